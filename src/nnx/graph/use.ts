import { formatPath, isHostArray, LinnetError } from '#linnet/core';
import { DeviceArray, fromHost, KeyArray } from '#linnet/tensor';
import { asTypedKeys, isAbstract } from '../leaf';
import { canStore, peek, storeOwned, type Variable } from '../variable';
import { modelOf } from './owners';
import type { VariableLeaf } from './variableLeaf';

/** Whether the memory of an array was given back. */
const isDisposed = (value: unknown): boolean =>
  value instanceof KeyArray ? isDisposed(value.words) : value instanceof DeviceArray && value.disposed;

const namesOf = (variables: readonly VariableLeaf[], is: (value: unknown) => boolean): string[] =>
  variables.filter(([, variable]) => is(peek(variable))).map(([path]) => formatPath(path));

/** The error of computing with `values` if some are abstract or disposed, naming all such Variables; undefined if none is. */
export function unusable(values: readonly unknown[], variables: () => readonly VariableLeaf[], action: string): LinnetError | undefined {
  if (values.some(isAbstract)) return abstractError(namesOf(variables(), isAbstract), action);
  return values.some(isDisposed) ? disposedError(namesOf(variables(), isDisposed), action) : undefined;
}

const abstractError = (names: readonly string[], action: string): LinnetError =>
  new LinnetError(
    'InvalidArgumentError',
    `${action} found leaves without values: ${names.join(', ')}. The model is abstract there (nnx.evalShape): restore a checkpoint into its state, or nnx.update it.`,
    { details: { abstract: names } },
  );

const disposedError = (names: readonly string[], action: string): LinnetError =>
  new LinnetError(
    'DisposedError',
    `${action} needs ${names.join(', ')}, whose memory was given back by dispose(). Give the model these values again: nnx.update it with a state that has them, or restore a checkpoint.`,
    { details: { disposed: names } },
  );

/**
 * The value of `variable` to compute with: a HostArray is moved to the device, once. An abstract or disposed one is an error that names
 * every such leaf of its model.
 */
export function use<T>(variable: Variable<T>): T {
  const value = peek(variable);
  if (isHostArray(value)) {
    const array = (value.dtype === 'key<fry>' ? asTypedKeys(value) : fromHost(value)) as T;
    if (canStore(variable)) storeOwned(variable, array);
    return array;
  }
  const error = unusable([value], () => modelOf(variable), 'A layer');
  if (error) throw error;
  return value;
}
