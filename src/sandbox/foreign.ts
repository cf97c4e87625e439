import {
  type DType,
  type ForeignArrays,
  flatten,
  flattenWithPath,
  type HostArray,
  keysText,
  type LeafForm,
  LinnetError,
  type ModelLeaves,
  unflatten,
  variableKeys,
} from '#linnet/core';
import * as nnx from '#linnet/nnx';
import { random } from '#linnet/random';
import { fromHost, type Array as JaxArray, jnp } from '#linnet/tensor';
import { splitModel } from './stepItems';
import { shareTree, type TrainingState } from './trainingState';

/** What became of the leaves of a load, by path. */
export interface LoadReport {
  readonly loaded: string[];
  readonly zeroed: string[];
  readonly fresh: string[];
}

const formsOf = (state: nnx.State): LeafForm[] =>
  flattenWithPath(state).leaves.map(([path, leaf]) => {
    const { shape, dtype } = leaf as JaxArray;
    return { path, shape, dtype: dtype as DType };
  });

/** Every array that a run's model and optimiser have, for matching a foreign checkpoint against. */
export const modelLeaves = ({ model, optimizer }: TrainingState): ModelLeaves => ({
  model: formsOf(splitModel(model).model),
  optimizer: formsOf(optimizer),
});

/** An array from outside as one of the model's own; its shape and type were matched where it was read, and are checked again. */
function adopt(host: HostArray, own: JaxArray, path: string): JaxArray {
  const isKey = own.dtype === 'key<fry>';
  if (!isKey && (host.dtype !== own.dtype || host.shape.join() !== own.shape.join())) {
    throw new LinnetError(
      'CheckpointMismatchError',
      `${path} is ${host.dtype}[${host.shape.join(', ')}]; the model needs ${own.dtype}[${own.shape.join(', ')}].`,
    );
  }
  return isKey ? random.wrapKeyData(host) : fromHost(host);
}

function filled(state: nnx.State, arrays: ForeignArrays['model'], zeros: ReadonlySet<string>, report?: LoadReport): nnx.State {
  const given = new Map(arrays);
  const leaves = flattenWithPath(state).leaves.map(([path, leaf]) => {
    const text = keysText(variableKeys(path));
    const host = given.get(text);
    const list = host !== undefined ? report?.loaded : zeros.has(text) ? report?.zeroed : report?.fresh;
    list?.push(text);
    if (host !== undefined) return adopt(host, leaf as JaxArray, text);
    return zeros.has(text) ? jnp.zerosLike(leaf as JaxArray) : shareTree(leaf as JaxArray);
  });
  return unflatten(flatten(state).structure, leaves) as nnx.State;
}

/** A new run's state with the arrays of a foreign checkpoint put in; what is named nowhere stays as a new model has it. */
export function withForeign(arrays: ForeignArrays, fresh: TrainingState): { readonly state: TrainingState; readonly report: LoadReport } {
  const report: LoadReport = { loaded: [], zeroed: [], fresh: [] };
  const parts = splitModel(fresh.model);
  const model = filled(parts.model, arrays.model, new Set(arrays.zeros), report);
  const optimizer = arrays.optimizer === null ? shareTree(fresh.optimizer) : filled(fresh.optimizer, arrays.optimizer, new Set());
  return { state: { model: nnx.mergeState(model, shareTree(parts.rngs)), optimizer }, report };
}
