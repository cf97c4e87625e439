import { broadcastShapes, type DeviceDType, formatShape, LinnetError, type Shape, shapesEqual } from '#linnet/core';
import { isArray, isFloatArray, LiteralArray, NDArray } from '../array';
import * as lax from '../primitives/lax';
import { type Operand, promote } from '../promotion';

/** What operations take: arrays, and bare JS numbers and booleans, which give way in promotion. */
export type ArrayLike = NDArray | number | boolean;

/** Refuses what is neither an array nor a number, with the operation's name. */
function checkOperand(x: unknown, name: string): asserts x is ArrayLike {
  if (isArray(x) || typeof x === 'number' || typeof x === 'boolean') return;
  const found = x === null ? 'null' : typeof x === 'object' ? (x.constructor?.name ?? 'object') : typeof x;
  throw new LinnetError('InvalidArgumentError', `${name} takes arrays and numbers, but got ${found}. Make an array with jnp.array first.`);
}

/** `x` as an array: a bare number as a weak scalar (float32, whatever its value), a boolean as bool. */
export function asArray(x: ArrayLike, name = 'The operation'): NDArray {
  if (x instanceof NDArray) return x;
  checkOperand(x, name);
  return typeof x === 'boolean' ? new LiteralArray(x ? 1 : 0, 'bool') : new LiteralArray(x as number, 'float32', true);
}

/** `x` in a floating dtype: integers and bool become float32. */
export function asFloat(x: ArrayLike, name = 'The operation'): NDArray {
  const array = asArray(x, name);
  return isFloatArray(array) ? array : withType(array, 'float32', array.weakType);
}

/** `x` as `dtype`, and weak or not. Scalars known on the host stay so. */
function withType(x: NDArray, dtype: DeviceDType, weakType: boolean): NDArray {
  if (x.dtype === dtype) return x instanceof LiteralArray && x.weakType !== weakType ? new LiteralArray(x.value, dtype, weakType) : x;
  if (x instanceof LiteralArray && isPlainCast(x.dtype, dtype)) return new LiteralArray(x.value, dtype, weakType);
  return lax.apply('cast', [x], weakType ? { dtype, weakType } : { dtype });
}

const isPlainCast = (from: string, to: string): boolean => to.startsWith('float') || from === 'bool';

/** A bare number in the type chosen for the operation. */
function literal(value: number | boolean, dtype: DeviceDType, weakType: boolean): LiteralArray {
  return new LiteralArray(Number(value), dtype, weakType);
}

const operandOf = (x: ArrayLike): Operand => (isArray(x) ? { dtype: x.dtype, weakType: x.weakType } : x);

/** `operands` in their common dtype. */
export function promoteDTypes(operands: readonly ArrayLike[], name: string): NDArray[] {
  for (const operand of operands) {
    checkOperand(operand, name);
    if (isArray(operand) && operand.dtype === 'key<fry>')
      throw new LinnetError('DTypeError', `${name} is not defined on typed keys (key<fry>).`);
  }
  const { dtype, weakType } = promote(operands.map(operandOf));
  return operands.map((operand) => (isArray(operand) ? withType(operand, dtype, weakType) : literal(operand, dtype, weakType)));
}

/** `x` spread to `shape` by NumPy's rule. Scalars known on the host stay scalars when `keepLiterals`. */
export function spread(x: NDArray, shape: Shape, keepLiterals = false): NDArray {
  if (shapesEqual(x.shape, shape) || (keepLiterals && x instanceof LiteralArray)) return x;
  const offset = shape.length - x.ndim;
  const fits = offset >= 0 && x.shape.every((dim, axis) => dim === shape[offset + axis] || dim === 1);
  if (!fits) throw new LinnetError('ShapeError', `Shape ${formatShape(x.shape)} does not broadcast to ${formatShape(shape)}.`);
  return lax.broadcastInDim(
    x,
    shape,
    x.shape.map((_, axis) => offset + axis),
  );
}

/** `operands` in one shape; scalars known on the host stay scalars, as elementwise primitives take them. */
export function spreadAll(operands: readonly NDArray[]): NDArray[] {
  const shape = broadcastShapes(...operands.map((operand) => operand.shape));
  return operands.map((operand) => spread(operand, shape, true));
}

/** `operands` in one dtype and one shape. */
export const promoteAll = (operands: readonly ArrayLike[], name: string): NDArray[] => spreadAll(promoteDTypes(operands, name));
