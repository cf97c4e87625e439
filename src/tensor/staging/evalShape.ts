import { type DeviceDType, type DType, flatten, isDeviceDType, LinnetError, mapTree, type Shape, unflatten } from '#linnet/core';
import { isArray, type NDArray } from '../array';
import { type Aval, makeAval } from '../aval';
import { KeyArray } from '../keyArray';
import { ShapeDtypeStruct } from '../shapeDtypeStruct';
import { traceProgram } from '../trace/builder';
import { leafToArray } from '../transfer';

/** Shape and dtype of a leaf; for typed keys those of the words behind them. */
function avalOf(leaf: unknown): { aval: Aval; isKey: boolean } {
  if (leaf instanceof ShapeDtypeStruct) return avalFor(leaf.shape, leaf.dtype);
  const array = leafToArray(leaf, () => 'An argument of evalShape');
  return array.dtype === 'key<fry>' ? avalFor(array.shape, array.dtype) : { aval: array.aval, isKey: false };
}

function avalFor(shape: Shape, dtype: DType): { aval: Aval; isKey: boolean } {
  if (dtype === 'key<fry>') return { aval: makeAval([...shape, 2], 'uint32'), isKey: true };
  if (isDeviceDType(dtype)) return { aval: makeAval(shape, dtype), isKey: false };
  throw new LinnetError('DTypeError', `evalShape: the device does not compute with ${dtype}.`);
}

/** `f` applied to arguments of which only shapes and dtypes matter: the tree of results as ShapeDtypeStructs. No memory is allocated. Like `jax.eval_shape`. */
export function evalShape(f: (...args: any[]) => unknown, ...args: unknown[]): any {
  const { leaves, structure } = flatten(args);
  const described = leaves.map(avalOf);
  let result: unknown;
  traceProgram(
    (inputs) => {
      const values = inputs.map((input, i) => (described[i]!.isKey ? new KeyArray(input) : input));
      const output = f(...(unflatten(structure, values) as unknown[]));
      result = mapTree((leaf: unknown) => (isArray(leaf) ? structOf(leaf) : leaf), output);
      return [];
    },
    described.map(({ aval }) => aval),
    'evalShape',
  );
  return result;
}

const structOf = (array: NDArray): ShapeDtypeStruct => new ShapeDtypeStruct(array.shape, array.dtype as DeviceDType);
