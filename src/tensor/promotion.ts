import type { DeviceDType } from '#linnet/core';
import type { Aval } from './aval';

/** A dtype, and whether it came from bare numbers only. */
export interface PromotedType {
  readonly dtype: DeviceDType;
  readonly weakType: boolean;
}

/** What takes part in promotion: an array's type, or a bare JS number or boolean. */
export type Operand = Pick<Aval, 'dtype' | 'weakType'> | number | boolean;

/** The type of a bare number: integral ones give way to integers, the others to floats. */
function typeOf(operand: Operand): Pick<Aval, 'dtype' | 'weakType'> {
  if (typeof operand === 'boolean') return { dtype: 'bool', weakType: false };
  if (typeof operand === 'number') return { dtype: Number.isInteger(operand) ? 'int32' : 'float32', weakType: true };
  return operand;
}

/**
 * The common type of `operands` by JAX's lattice, as far as the device goes: bool < weak int < uint32, int32 (together int32) < weak
 * float < float16 < float32. Strong types win over weak ones of the same kind.
 */
export function promote(operands: readonly Operand[]): PromotedType {
  const types = operands.map(typeOf);
  const strong = new Set(types.filter((type) => !type.weakType).map((type) => type.dtype));
  const weak = new Set(types.filter((type) => type.weakType).map((type) => type.dtype));
  if (strong.has('float32')) return { dtype: 'float32', weakType: false };
  if (strong.has('float16')) return { dtype: 'float16', weakType: false };
  if (weak.has('float32') || weak.has('float16')) return { dtype: 'float32', weakType: true };
  if (strong.has('int32')) return { dtype: 'int32', weakType: false };
  if (strong.has('uint32')) return { dtype: 'uint32', weakType: false };
  if (weak.size > 0 && !weak.has('bool')) return { dtype: 'int32', weakType: true };
  return { dtype: 'bool', weakType: false };
}
