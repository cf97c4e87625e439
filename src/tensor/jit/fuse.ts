import { sizeOf } from '#linnet/core';
import type { Atom, Var } from '../trace/program';
import { stridedView } from './affine';
import { Cluster, type ClusterKind } from './cluster';
import { COPY } from './copyPrimitive';
import { NotFusable } from './evaluator';
import { type Graph, type GraphNode, isInline } from './graph';

export interface FuseLimits {
  /** Buffers one kernel may bind. */
  readonly maxBuffers: number;
  /** Buffers that a kernel would take, as the caller lays them out. */
  readonly countBuffers: (kernel: Cluster) => number;
}

/** The kernels of a graph in an order in which they can run, and which values lie in memory. */
export interface Fused {
  readonly clusters: readonly Cluster[];
  readonly isNamed: (variable: Var) => boolean;
  /** The cluster that makes `variable`; undefined for inputs. */
  readonly makerOf: (variable: Var) => Cluster | undefined;
}

/** Rough costs of one element, in loads. */
const EXPENSIVE = new Set([
  'exp',
  'log',
  'log1p',
  'expm1',
  'tanh',
  'logistic',
  'pow',
  'erf',
  'erfc',
  'erfInv',
  'sin',
  'cos',
  'tan',
  'sqrt',
  'rsqrt',
  'div',
  'lgamma',
  'digamma',
]);
const RECOMPUTE_BELOW = 3;
const SCALAR_COST = 6;

/**
 * Decides what becomes one kernel. Elementwise work and views are expressions inside whatever needs them; values that several kernels
 * need, and that cost more to compute again than to load, get a name and a home: the kernel that has their operands in registers.
 */
export function fuse(graph: Graph, limits: FuseLimits): Fused {
  return new Fuser(graph, limits).run();
}

class Fuser {
  readonly #graph: Graph;
  readonly #limits: FuseLimits;
  readonly #named = new Set<Var>();
  readonly #makers = new Map<Var, Cluster>();
  #clusters: Cluster[] = [];
  #nextId = 0;

  constructor(graph: Graph, limits: FuseLimits) {
    this.#graph = graph;
    this.#limits = limits;
  }

  run(): Fused {
    this.#nameValues();
    for (const node of this.#graph.nodes) {
      const roots = node.outputs.filter((output) => this.#named.has(output));
      if (roots.length === 0) continue;
      if (isInline(node)) this.#placeValue(node);
      else if (node.lowering.kind === 'reduce') this.#placeReduction(node);
      else
        this.#create(node.lowering.kind === 'contraction' ? 'contraction' : node.lowering.kind === 'control' ? 'control' : 'kernel', roots);
    }
    return { clusters: this.#inOrder(), isNamed: this.#isNamed, makerOf: (variable) => this.#makers.get(variable) };
  }

  readonly #isNamed = (variable: Var): boolean => this.#named.has(variable) || this.#graph.producer(variable) === undefined;

  #nameValues(): void {
    const graph = this.#graph;
    const outputs = new Set<Atom>(graph.outputs);
    const costs = new Map<Var, number>();
    for (const { guards } of graph.nodes) for (const { predicate } of guards) this.#named.add(predicate);
    for (const node of graph.nodes) {
      for (const output of node.outputs) {
        if (!isInline(node) || node.primitive === COPY) this.#named.add(output);
        else {
          const cost = this.#costOf(node, costs);
          if (outputs.has(output) || this.#isWorthKeeping(node, output, cost)) this.#named.add(output);
          costs.set(output, this.#named.has(output) ? 1 : cost);
        }
      }
      this.#nameOperands(node);
      if (node.lowering.kind === 'control') for (const input of node.inputs) if (input.type === 'var') this.#named.add(input);
      if (node.lowering.kind === 'kernel') for (const input of node.inputs) this.#nameComputed(input);
    }
    // A view that got a name since then may stand in the way: what is strided seen from further up need not be seen from there.
    for (let before = -1; before !== this.#named.size; ) {
      before = this.#named.size;
      for (const node of graph.nodes) this.#nameOperands(node);
    }
  }

  #nameOperands(node: GraphNode): void {
    if (node.lowering.kind === 'contraction') for (const input of node.inputs) this.#nameOperand(input);
  }

  /** Loads and operations per element when `node` is computed where it is needed. */
  #costOf(node: GraphNode, costs: ReadonlyMap<Var, number>): number {
    let cost = 0;
    const isScalar = sizeOf(node.outputs[0]!.aval.shape) === 1;
    for (const input of new Set(node.inputs)) {
      if (input.type !== 'var' || (sizeOf(input.aval.shape) === 1 && !isScalar)) continue;
      cost += this.#isNamed(input) ? 1 : (costs.get(input) ?? 1);
    }
    if (node.lowering.kind === 'indexed' && node.lowering.isView) return cost;
    return cost + (EXPENSIVE.has(node.primitive.name) ? 4 : 1);
  }

  #isWorthKeeping(node: GraphNode, output: Var, cost: number): boolean {
    if (sizeOf(output.aval.shape) === 0 || cost < RECOMPUTE_BELOW) return false;
    if (node.lowering.kind === 'indexed' && node.lowering.isView) return false;
    const consumers = this.#graph.consumers(output);
    // A scalar that takes a power or a logarithm (a bias correction, a schedule) is made once, beside other work.
    if (sizeOf(output.aval.shape) === 1) return cost >= SCALAR_COST && consumers.length > 1;
    const expands = (consumer: GraphNode): boolean =>
      consumer.lowering.kind === 'indexed' && sizeOf(consumer.outputs[0]!.aval.shape) > sizeOf(output.aval.shape);
    return consumers.length > 1 || consumers.some(expands);
  }

  /** A contraction reads strided memory: what is not a view of a value in memory becomes one, from as far up as possible. */
  #nameOperand(atom: Atom): void {
    if (atom.type === 'literal' || stridedView(this.#graph, atom, this.#isNamed)) return;
    const chain: Var[] = [atom];
    for (;;) {
      const node = this.#graph.producer(chain[0]!);
      if (node?.lowering.kind !== 'indexed' || !node.lowering.isView || node.inputs.length !== 1) break;
      const [input] = node.inputs;
      if (input?.type !== 'var') break;
      chain.unshift(input);
    }
    const isEnough = (stored: Var): boolean =>
      stridedView(this.#graph, atom, (variable) => variable === stored || this.#isNamed(variable)) !== undefined;
    this.#named.add(chain.find(isEnough)!);
  }

  /** A hand-written kernel may read an element many times: views are fine, computed values are stored first. */
  #nameComputed(atom: Atom): void {
    if (atom.type === 'literal' || this.#isNamed(atom)) return;
    const node = this.#graph.producer(atom)!;
    if (node.lowering.kind === 'indexed' && node.lowering.isView) for (const input of node.inputs) this.#nameComputed(input);
    else this.#named.add(atom);
  }

  #placeValue(node: GraphNode): void {
    const [root] = node.outputs;
    if (node.primitive === COPY) {
      this.#create('map', [root!]);
      return;
    }
    const { reads } = this.#alone(root!).footprint();
    const makers = [...reads.keys()].flatMap((variable) => this.#makers.get(variable) ?? []);
    const candidates = [...new Set(makers)].sort((a, b) => b.id - a.id);
    for (const cluster of candidates) if (this.#tryJoin(cluster, root!, reads.keys())) return;
    for (const cluster of this.#sharing(root!, reads)) if (this.#tryJoin(cluster, root!, reads.keys())) return;
    this.#create('map', [root!]);
  }

  /** Map kernels of the same size that read something that `root` reads too, latest first. */
  #sharing(root: Var, reads: ReadonlyMap<Var, unknown>): Cluster[] {
    const size = sizeOf(root.aval.shape);
    return this.#clusters
      .filter((cluster) => cluster.kind === 'map' && cluster.domainSize === size && size > 1)
      .filter((cluster) =>
        [...cluster.footprint().reads.keys()].some((variable) => reads.has(variable) && sizeOf(variable.aval.shape) === size),
      )
      .reverse();
  }

  #placeReduction(node: GraphNode): void {
    const [root] = node.outputs;
    const axes = String(node.params.axes);
    const domain = String(node.inputs[0]!.aval.shape);
    const same = this.#clusters.filter(({ kind, anchor }) => {
      return kind === 'rows' && String(anchor.params.axes) === axes && String(anchor.inputs[0]!.aval.shape) === domain;
    });
    const alone = new Cluster(-1, 'rows', this.#graph, [root!], this.#isNamed);
    const { reads } = alone.footprint();
    for (const cluster of same.reverse()) {
      const related = [...reads.keys()].some((variable) => cluster.has(variable) || cluster.footprint().reads.has(variable));
      // Rows that are walked anyway: whatever needs both sums need not wait for another kernel.
      if ((related || this.#fullRootsAllowed(cluster)) && this.#tryJoin(cluster, root!, reads.keys())) return;
    }
    const created = this.#create('rows', [root!]);
    this.#absorbMaps(created, reads.keys());
  }

  /** A map kernel that makes what a new row kernel reduces is done in the row kernel. */
  #absorbMaps(rows: Cluster, reads: Iterable<Var>): void {
    for (const variable of [...reads]) {
      const map = this.#makers.get(variable);
      const current = this.#clusters.find((cluster) => cluster.id === rows.id)!;
      if (map?.kind !== 'map' || map.domainSize !== current.domainSize || !this.#fullRootsAllowed(current)) continue;
      if (!map.sharesGuards(current)) continue;
      const others = [...current.footprint().reads.keys()].filter((read) => this.#makers.get(read) !== map);
      if (this.#anyDependsOn(others, map)) continue;
      const candidate = current.with(map.roots);
      if (!this.#isLegal(candidate)) continue;
      this.#clusters = this.#clusters.filter((cluster) => cluster !== map);
      this.#replace(current, candidate);
    }
  }

  /** Adds `root` to `cluster` if its code can then still be written, ordered, and bound. */
  #tryJoin(cluster: Cluster, root: Var, reads: Iterable<Var>): boolean {
    if (cluster.kind === 'kernel' || cluster.kind === 'control' || cluster.nodes.some((node) => node.primitive === COPY)) return false;
    const size = sizeOf(root.aval.shape);
    if (cluster.kind !== 'rows' && size !== cluster.domainSize) return false;
    if (cluster.kind === 'rows' && !this.#fitsRows(cluster, root, size)) return false;
    const outside = [...reads].filter((variable) => !cluster.has(variable));
    if (this.#anyDependsOn(outside, cluster)) return false;
    if (!cluster.sharesGuards(this.#alone(root))) return false;
    const candidate = cluster.with([root]);
    if (!this.#isLegal(candidate)) return false;
    this.#replace(cluster, candidate);
    return true;
  }

  #alone(root: Var): Cluster {
    return new Cluster(-1, 'map', this.#graph, [root], this.#isNamed);
  }

  #fitsRows(cluster: Cluster, root: Var, size: number): boolean {
    if (this.#graph.producer(root)!.lowering.kind === 'reduce') return true;
    const rows = sizeOf(cluster.anchor.outputs[0]!.aval.shape);
    if (size === rows) return true;
    return size === cluster.domainSize && this.#fullRootsAllowed(cluster);
  }

  /** Work on every element stays parallel only if there are rows enough. */
  #fullRootsAllowed(cluster: Cluster): boolean {
    return sizeOf(cluster.anchor.outputs[0]!.aval.shape) >= 32 || cluster.domainSize <= 1024;
  }

  #isLegal(candidate: Cluster): boolean {
    try {
      return this.#limits.countBuffers(candidate) <= this.#limits.maxBuffers;
    } catch (error) {
      if (error instanceof NotFusable) return false;
      throw error;
    }
  }

  /** Whether any of `variables` needs, directly or not, something that `cluster` makes. */
  #anyDependsOn(variables: Iterable<Var>, cluster: Cluster): boolean {
    const seen = new Set<Cluster>();
    const stack = [...variables].flatMap((variable) => this.#makers.get(variable) ?? []);
    while (stack.length > 0) {
      const maker = stack.pop()!;
      if (seen.has(maker)) continue;
      if (maker === cluster) return true;
      seen.add(maker);
      for (const variable of maker.footprint().reads.keys()) {
        const next = this.#makers.get(variable);
        if (next) stack.push(next);
      }
    }
    return false;
  }

  #create(kind: ClusterKind, roots: readonly Var[]): Cluster {
    const cluster = new Cluster(this.#nextId++, kind, this.#graph, roots, this.#isNamed);
    this.#clusters.push(cluster);
    for (const root of roots) this.#makers.set(root, cluster);
    return cluster;
  }

  #replace(old: Cluster, next: Cluster): void {
    this.#clusters = this.#clusters.map((cluster) => (cluster === old ? next : cluster));
    for (const root of next.roots) this.#makers.set(root, next);
  }

  /** Makers before readers, otherwise by first appearance. */
  #inOrder(): Cluster[] {
    const done = new Set<Cluster>();
    const ordered: Cluster[] = [];
    const visit = (cluster: Cluster): void => {
      if (done.has(cluster)) return;
      done.add(cluster);
      for (const variable of cluster.footprint().reads.keys()) {
        const maker = this.#makers.get(variable);
        if (maker && maker !== cluster) visit(maker);
      }
      ordered.push(cluster);
    };
    for (const cluster of this.#clusters) visit(cluster);
    return ordered;
  }
}
