import { formatPath, isHostArray, LinnetError, type Path } from '#linnet/core';
import { fromHost } from '#linnet/tensor';
import { asTypedKeys, isAbstract } from '../leaf';
import { peek, storeOwned, Variable } from '../variable';
import { flattenGraph } from './flattenGraph';

type Watched = readonly (readonly [Path, Variable<any>])[];

/** For Variables of a merged model that held abstract leaves: all of the model's Variables. */
const models = new WeakMap<Variable<any>, Watched>();

/** Remembers which model the abstract Variables of `root` belong to, so that the first use of one can name all. */
export function watchAbstract(root: object): void {
  const variables = flattenGraph(root).leaves.filter((leaf): leaf is [Path, Variable<any>] => leaf[1] instanceof Variable);
  for (const [, variable] of variables) if (isAbstract(peek(variable))) models.set(variable, variables);
}

/** The error of computing with abstract leaves: names all of `variables` that are still abstract. */
export function abstractError(variables: Watched, action: string): LinnetError {
  const names = variables.filter(([, variable]) => isAbstract(peek(variable))).map(([path]) => formatPath(path));
  return new LinnetError(
    'InvalidArgumentError',
    `${action} found leaves without values: ${names.join(', ')}. The model is abstract there (nnx.evalShape): restore a checkpoint into its state, or nnx.update it.`,
    { details: { abstract: names } },
  );
}

/**
 * The value of `variable` to compute with: a HostArray is moved to the device, once. An abstract one is an error that names every
 * abstract leaf of its model.
 */
export function use<T>(variable: Variable<T>): T {
  const value = peek(variable);
  if (isHostArray(value)) {
    const array = (value.dtype === 'key<fry>' ? asTypedKeys(value) : fromHost(value)) as T;
    storeOwned(variable, array);
    return array;
  }
  if (!isAbstract(value)) return value;
  throw abstractError(models.get(variable) ?? [[[variable.type.name], variable]], 'A layer');
}
