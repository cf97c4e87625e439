import { type DeviceDType, isDeviceDType, LinnetError, normalizeAxes, parseDType, type Shape } from '#linnet/core';

/** One axis, several, or all of them (null). */
export type Axis = number | readonly number[] | null;

/** Arguments that may be positional or named: `sum(x, 1)` and `sum(x, { axis: 1, keepdims: true })`. */
export interface ReduceOptions {
  readonly axis?: Axis;
  readonly keepdims?: boolean;
  readonly dtype?: DeviceDType;
  /** Elements to count; the others are left out. */
  readonly where?: unknown;
}

/** An axis argument in either form as options. */
export function axisOptions<T extends object>(argument: Axis | undefined | T): T & { axis?: Axis } {
  if (typeof argument === 'number' || argument === null || argument === undefined || Array.isArray(argument)) {
    return { axis: argument ?? null } as T & { axis?: Axis };
  }
  return argument as T & { axis?: Axis };
}

/** A dtype argument in either form: `'int32'` or `{ dtype: 'int32' }`. */
export function dtypeOption(argument: string | { readonly dtype?: string | undefined } | undefined): DeviceDType | undefined {
  const name = typeof argument === 'string' ? argument : argument?.dtype;
  return name === undefined ? undefined : checkDeviceDType(name);
}

/** `name` as a dtype of the device, or a DTypeError. */
function checkDeviceDType(name: string): DeviceDType {
  if (isDeviceDType(name)) return name;
  throw new LinnetError(
    'DTypeError',
    `The device does not compute with ${parseDType(name)}. It has float32, int32, uint32, bool, and float16 where the adapter does.`,
  );
}

/** A shape argument: a list, or a number for one axis. */
export const shapeOf = (shape: number | Shape): Shape => (typeof shape === 'number' ? [shape] : shape);

/** The axes a reduction goes over, from its options. */
export const reducedAxes = (axis: Axis | undefined, ndim: number): number[] =>
  normalizeAxes(axis as number | readonly number[] | null, ndim);
