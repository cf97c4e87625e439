import { flattenWithPath, formatPath, invariant, LinnetError, type Path, shapesEqual, type TreeStructure, unflatten } from '#linnet/core';
import type { GradientTransformation } from '#linnet/optim';
import { type Array as JaxArray, jnp } from '#linnet/tensor';
import { VariableTree } from './containers';
import type { Filter } from './filters';
import { FLAX_NAMES } from './flaxNames';
import { flattenGraph } from './graph/flattenGraph';
import { checkNode, state as stateOf } from './graph/split';
import { use } from './graph/use';
import { dtypeOf, shapeOf } from './leaf';
import { Pytree } from './pytree';
import { toFlatState } from './state/flatState';
import { typeText } from './state/matchLeaves';
import type { State } from './state/state';
import { storeOwned, Variable } from './variable';
import { OptArray, OptState, OptVariable } from './variableTypes';

/** Where the leaves of the state of a gradient transformation go in the tree that is saved. Static: opaque to the graph. */
class OptStructure {
  readonly structure: TreeStructure;
  readonly paths: readonly Path[];

  constructor(structure: TreeStructure, paths: readonly Path[]) {
    this.structure = structure;
    this.paths = paths;
  }
}

export interface OptimizerOptions {
  /** What is trained: usually `nnx.Param`. */
  readonly wrt: Filter;
}

/**
 * Trains the Variables of a module that `wrt` selects by a gradient transformation. Holds a step count and the transformation's state
 * (paths as Flax and Optax write them: `step`, `opt_state/0/mu/linear1/kernel`), not the module. Like `flax.nnx.Optimizer` since 0.11.
 */
export class Optimizer extends Pytree {
  static override readonly attributeNames = FLAX_NAMES;
  readonly step: OptState;
  readonly tx: GradientTransformation;
  readonly optState: VariableTree | OptArray | null;
  readonly wrt: Filter;
  readonly structure: OptStructure;

  constructor(model: object, tx: GradientTransformation, options: OptimizerOptions) {
    super();
    checkNode(model, 'nnx.Optimizer');
    if (options?.wrt === undefined) {
      throw new LinnetError(
        'InvalidArgumentError',
        'nnx.Optimizer needs to know what to train: new nnx.Optimizer(model, tx, { wrt: nnx.Param }).',
      );
    }
    this.step = new OptState(jnp.zeros([], 'uint32'));
    this.tx = tx;
    this.wrt = options.wrt;
    const { leaves, structure } = flattenWithPath(tx.init(stateOf(model, options.wrt)));
    // The Variables of a State add a last key `value`: those leaves mirror a Variable.
    const paths = leaves.map(([path]) => (isMirror(path) ? path.slice(0, -1) : path));
    this.structure = new OptStructure(structure, paths);
    this.optState = treeOf(paths.map((path, i) => [path, leaves[i]![0].length > path.length, leaves[i]![1] as JaxArray]));
  }

  /** One step: changes the trained Variables of `model` by the rule, given gradients from `nnx.grad` of the same `wrt`. */
  update(model: object, grads: State): void {
    const params = stateOf(model, this.wrt);
    const variables = this.variables();
    checkMoments(this.structure.paths, variables, params);
    checkGradients(params, grads);
    const before = unflatten(this.structure.structure, variables.map(use));
    const [updates, after] = this.tx.update(grads, before, params);
    const { leaves } = flattenWithPath(after);
    invariant(leaves.length === variables.length, 'a gradient transformation keeps the form of its state');
    for (const [i, variable] of variables.entries()) storeOwned(variable, leaves[i]![1] as JaxArray);
    applyUpdates(model, updates as State);
    storeOwned(this.step, use(this.step).add(1));
  }

  private variables(): Variable<JaxArray>[] {
    return this.structure.paths.map((path) => variableAt(this.optState, path));
  }
}

const isMirror = (path: Path): boolean => path.at(-1) === 'value';

function treeOf(leaves: readonly (readonly [Path, boolean, JaxArray])[]): VariableTree | OptArray | null {
  const root = new VariableTree();
  for (const [path, isVariable, value] of leaves) {
    if (path.length === 0) return new OptArray(value);
    let node = root;
    for (const part of path.slice(0, -1)) {
      const next = node.children.get(part) ?? new VariableTree();
      node.children.set(part, next);
      node = next as VariableTree;
    }
    node.children.set(path.at(-1)!, isVariable ? new OptVariable(value) : new OptArray(value));
  }
  return leaves.length === 0 ? null : root;
}

function variableAt(root: unknown, path: Path): Variable<JaxArray> {
  const found = path.reduce<unknown>((node, part) => (node as VariableTree).children.get(part), root);
  invariant(found instanceof Variable, `the optimiser has a Variable at ${path.join('.')}`);
  return found;
}

/** Writes `params + updates` into the Variables of `model` that `updates` names. */
function applyUpdates(model: object, updates: State): void {
  const flat = toFlatState(updates);
  for (const [path, leaf] of flattenGraph(model).leaves) {
    const update = flat.get(path);
    if (!(leaf instanceof Variable) || !(update instanceof Variable)) continue;
    const old = use(leaf) as JaxArray;
    storeOwned(leaf, old.add(update.value as JaxArray).astype(old.dtype as 'float32'));
  }
}

const list = (parts: readonly string[]): string => parts.join(', ') || 'none';

/** Refuses gradients that are not those of `params`: other paths, or other shapes. */
function checkGradients(params: State, grads: State): void {
  if (grads === undefined) {
    throw new LinnetError('InvalidArgumentError', 'optimizer.update takes the model and its gradients: optimizer.update(model, grads).');
  }
  const expected = toFlatState(params);
  const found = toFlatState(grads);
  const missing = expected.paths.filter((path) => !found.has(path)).map(formatPath);
  const unexpected = found.paths.filter((path) => !expected.has(path)).map(formatPath);
  const how = 'Take them from nnx.grad of the same model with the same wrt as the optimiser.';
  if (missing.length > 0 || unexpected.length > 0) {
    throw new LinnetError(
      'InvalidArgumentError',
      `optimizer.update: the gradients do not fit what is trained. Without gradient: ${list(missing)}; not trained: ${list(unexpected)}. ${how}`,
    );
  }
  const misshaped = misfits(expected.entries().map(([path, leaf]) => [path, leaf, found.get(path)]));
  if (misshaped.length === 0) return;
  throw new LinnetError('ShapeError', `optimizer.update: the gradients are of another shape. ${misshaped.join('; ')}. ${how}`);
}

/** Refuses a model that the moments of the optimiser are not of. */
function checkMoments(paths: readonly Path[], variables: readonly Variable<JaxArray>[], params: State): void {
  const flat = toFlatState(params);
  const rows = paths.flatMap((path, i): [Path, unknown, unknown][] => {
    if (!(variables[i] instanceof OptVariable)) return [];
    const suffixes = path.map((_, start) => path.slice(start));
    const owner = suffixes.find((suffix) => flat.has(suffix));
    return [[owner ?? path, owner === undefined ? undefined : flat.get(owner), variables[i]]];
  });
  const strangers = rows.filter(([, param]) => param === undefined).map(([path]) => formatPath(path));
  const misshaped = misfits(rows);
  if (strangers.length === 0 && misshaped.length === 0) return;
  throw new LinnetError(
    misshaped.length > 0 ? 'ShapeError' : 'InvalidArgumentError',
    `optimizer.update: the optimiser was made for another model. Not in this one: ${list(strangers)}; of another shape: ${misshaped.join('; ') || 'none'}. ` +
      'Make one for this model: new nnx.Optimizer(model, tx, { wrt }).',
  );
}

/** `path: expected float32[3, 4], found float32[3, 5]` for each row whose two arrays differ in shape. */
function misfits(rows: Iterable<readonly [Path, unknown, unknown]>): string[] {
  const texts = new Set<string>();
  for (const [path, expected, found] of rows) {
    const [wanted, given] = [shapeOf(expected), shapeOf(found)];
    if (wanted === undefined || given === undefined || shapesEqual(wanted, given)) continue;
    texts.add(`${formatPath(path)}: expected ${typeText(wanted, dtypeOf(expected))}, found ${typeText(given, dtypeOf(found))}`);
  }
  return [...texts];
}
