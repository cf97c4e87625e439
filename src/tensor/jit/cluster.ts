import { sizeOf } from '#linnet/core';
import type { Var } from '../trace/program';
import { CodeWriter } from './codeWriter';
import { describeContraction } from './contraction';
import { type Environment, Evaluator } from './evaluator';
import { type Graph, type GraphNode, type Guard, isInline } from './graph';
import { handKernelPart } from './handKernels';
import { carriesOf } from './loops';
import { mapPart } from './mapPart';
import { type PickVariant, registerVariant } from './matmulChoices';
import { matmulPart } from './matmulPart';
import { DRAFT } from './matmulVariant';
import type { Part, PartContext } from './part';
import { type RowsWork, rowsPart } from './rowsPart';
import { type Location, storageType } from './storage';
import { WgslModule } from './wgslModule';

export type ClusterKind = 'map' | 'rows' | 'contraction' | 'kernel' | 'control';

/** What a trial run of a cluster's code touched. */
export interface Footprint {
  /** Values of other clusters, and inputs, that the code reads. */
  readonly reads: ReadonlyMap<Var, readonly string[]>;
  /** The flat index at which each root is computed. */
  readonly writes: ReadonlyMap<Var, string>;
  /** Roots that an item has stored before it reads a value: they must not take that value's memory. */
  readonly storedBefore: ReadonlyMap<Var, ReadonlySet<Var>>;
}

/** Nodes that become one kernel. `roots` are the values it makes that have a name outside expressions, in execution order. */
export class Cluster {
  readonly id: number;
  readonly kind: ClusterKind;
  readonly graph: Graph;
  readonly roots: readonly Var[];
  readonly #isNamed: (variable: Var) => boolean;
  #footprint: Footprint | undefined;

  constructor(id: number, kind: ClusterKind, graph: Graph, roots: readonly Var[], isNamed: (variable: Var) => boolean) {
    this.id = id;
    this.kind = kind;
    this.graph = graph;
    this.roots = [...roots].sort((a, b) => graph.producer(a)!.index - graph.producer(b)!.index);
    this.#isNamed = isNamed;
  }

  /** The same cluster with more roots. */
  with(roots: readonly Var[]): Cluster {
    return new Cluster(this.id, this.kind, this.graph, [...this.roots, ...roots], this.#isNamed);
  }

  has(variable: Var): boolean {
    return this.roots.includes(variable);
  }

  /** The node that a contraction, kernel or control cluster is about. */
  get anchor(): GraphNode {
    return this.nodes.find((node) => !isInline(node)) ?? this.nodes[0]!;
  }

  get nodes(): GraphNode[] {
    return [...new Set(this.roots.map((root) => this.graph.producer(root)!))];
  }

  /** The choices that lead to the cluster's work, outermost first; the same for all of it. */
  get guards(): readonly Guard[] {
    return this.nodes[0]!.guards;
  }

  /** Whether both do their work in the same case. */
  sharesGuards({ guards }: Cluster): boolean {
    const own = this.guards;
    return (
      own.length === guards.length && own.every(({ predicate, side }, i) => predicate === guards[i]!.predicate && side === guards[i]!.side)
    );
  }

  get domainSize(): number {
    return sizeOf(this.kind === 'rows' ? this.anchor.inputs[0]!.aval.shape : this.roots[0]!.aval.shape);
  }

  /** The cluster's code; `pick` says how its matmul is computed, by default in a way that needs no workgroups of its own. */
  part(pick: PickVariant = registerVariant): Part {
    switch (this.kind) {
      case 'map':
        return mapPart(this.roots);
      case 'rows':
        return rowsPart(this.#rowsWork());
      case 'contraction':
        return this.#contractionPart(pick);
      default:
        return handKernelPart(this.anchor);
    }
  }

  /** Runs the code on paper; throws NotFusable if it cannot be written. */
  footprint(): Footprint {
    this.#footprint ??= this.#withGuards(this.kind === 'control' ? this.#controlFootprint() : this.#trial());
    return this.#footprint;
  }

  /** Where values may be loaded from while this cluster's code is written, given the locations of stored values. */
  environment(locate: (variable: Var) => Location, onLoad?: (variable: Var, flat: string) => void): Environment {
    return {
      graph: this.graph,
      location: (variable) => (this.#isNamed(variable) && !this.has(variable) ? locate(variable) : undefined),
      ...(onLoad && { onLoad }),
    };
  }

  /** Values of one element that `roots` are computed from: expressions without elements of the work in them. */
  scalars = (roots: readonly Var[]): Var[] => {
    const found = new Set<Var>();
    const seen = new Set<Var>();
    const visit = (variable: Var): void => {
      if (seen.has(variable)) return;
      seen.add(variable);
      if (sizeOf(variable.aval.shape) === 1 && this.anchor.outputs[0] !== variable) {
        if (!this.#dependsOnAnchor(variable)) found.add(variable);
        return;
      }
      const node = this.graph.producer(variable);
      if (!node || !isInline(node) || (this.#isNamed(variable) && !this.has(variable))) return;
      for (const input of node.inputs) if (input.type === 'var') visit(input);
    };
    for (const root of roots) visit(root);
    return [...found];
  };

  #dependsOnAnchor(variable: Var): boolean {
    if (this.anchor.outputs.includes(variable)) return true;
    const node = this.graph.producer(variable);
    if (!node || !isInline(node) || (this.#isNamed(variable) && !this.has(variable))) return false;
    return node.inputs.some((input) => input.type === 'var' && this.#dependsOnAnchor(input));
  }

  #contractionPart(pick: PickVariant): Part {
    const contraction = describeContraction(
      this.graph,
      this.anchor,
      (variable) => this.#isNamed(variable) || !this.graph.producer(variable),
    );
    return matmulPart(contraction, this.roots, pick(contraction));
  }

  #rowsWork(): RowsWork {
    const reductions = this.nodes.filter((node) => node.lowering.kind === 'reduce');
    const [first] = reductions;
    const domain = first!.inputs[0]!.aval.shape;
    const axes = first!.params.axes as readonly number[];
    const rows = sizeOf(first!.outputs[0]!.aval.shape);
    const levels: { reductions: GraphNode[]; rowRoots: Var[] }[] = [];
    const fullRoots: Var[] = [];
    const memo = new Map<Var, number>();
    const levelOf = (variable: Var): number => {
      const known = memo.get(variable);
      if (known !== undefined) return known;
      const node = this.graph.producer(variable);
      let level = 0;
      if (node && !(this.#isNamed(variable) && !this.has(variable))) {
        for (const input of node.inputs) if (input.type === 'var') level = Math.max(level, levelOf(input));
        if (node.lowering.kind === 'reduce') level++;
      }
      memo.set(variable, level);
      return level;
    };
    const at = (level: number) => {
      while (levels.length <= level) levels.push({ reductions: [], rowRoots: [] });
      return levels[level]!;
    };
    for (const root of this.roots) {
      const node = this.graph.producer(root)!;
      if (node.lowering.kind === 'reduce') at(levelOf(root) - 1).reductions.push(node);
      else if (sizeOf(root.aval.shape) === rows) at(Math.max(0, levelOf(root) - 1)).rowRoots.push(root);
      else fullRoots.push(root);
    }
    return { domain, axes, levels, fullRoots };
  }

  #withGuards(footprint: Footprint): Footprint {
    if (this.guards.length === 0) return footprint;
    return { ...footprint, reads: new Map([...footprint.reads, ...this.guards.map(({ predicate }) => [predicate, ['*']] as const)]) };
  }

  /** A loop may overwrite the initial value of a carry with its last one, if nothing else of the loop reads it. */
  #controlFootprint(): Footprint {
    const { inputs, outputs } = this.anchor;
    const carries = carriesOf(this.anchor);
    const reads = new Map<Var, string[]>();
    inputs.forEach((input, index) => {
      if (input.type !== 'var') return;
      const isOnly = inputs.indexOf(input) === inputs.lastIndexOf(input);
      const carry = carries.indexOf(index);
      reads.set(input, [carry >= 0 && isOnly ? `carry ${carry}` : '*']);
    });
    return { reads, writes: new Map(outputs.map((output, index) => [output, `carry ${index}`])), storedBefore: new Map() };
  }

  #trial(): Footprint {
    const reads = new Map<Var, string[]>();
    const writes = new Map<Var, string>();
    const storedBefore = new Map<Var, Set<Var>>();
    const note = (variable: Var, flat: string): void => {
      const list = reads.get(variable) ?? [];
      reads.set(variable, list);
      if (!list.includes(flat)) list.push(flat);
      if (writes.size > 0) storedBefore.set(variable, new Set([...(storedBefore.get(variable) ?? []), ...writes.keys()]));
    };
    const fake = (variable: Var): Location => ({ buffer: `b${variable.id}`, type: storageType(variable.aval), offset: 0 });
    const module = new WgslModule();
    const code = new CodeWriter();
    const evaluator = new Evaluator(code, module, this.environment(fake, note));
    const store = evaluator.store.bind(evaluator);
    evaluator.store = (variable, location, flat, value) => {
      writes.set(variable, flat);
      store(variable, location, flat, value);
    };
    const context: PartContext = {
      code,
      module,
      evaluator,
      scalars: this.scalars,
      target: fake,
      source: (variable) => {
        note(variable, '*');
        return fake(variable);
      },
    };
    this.part(() => DRAFT).write(context, 'item');
    return { reads, writes, storedBefore };
  }
}
