import { type DeviceDType, LinnetError } from '#linnet/core';
import { wgslFunctions } from '#linnet/gpu';
import { formatAval } from '../aval';
import { checkDType, defineElementwise } from './elementwise';
import * as lax from './lax';
import { callFloat, WGSL_TYPE, WGSL_ZERO } from './mathWgsl';

defineElementwise({
  name: 'select',
  accepts: 'any',
  dtype: (inputs) => inputs[1]!.dtype,
  check: ([condition, onTrue, onFalse]) => {
    if (condition!.dtype === 'bool' && onTrue!.dtype === onFalse!.dtype) return;
    throw new LinnetError(
      'DTypeError',
      `select takes a bool condition and two operands of one dtype, but got ${[condition!, onTrue!, onFalse!].map(formatAval).join(', ')}.`,
    );
  },
  jvp: ([condition, x, y], [, t, u]) => {
    if (!t && !u) return [null];
    return [lax.select(condition!, t ?? lax.scalarLike(x!, 0), u ?? lax.scalarLike(y!, 0))];
  },
  transpose: ([ct], [condition, x, y]) => {
    const zero = lax.scalarLike(ct!, 0);
    return [null, x === undefined ? lax.select(condition!, ct!, zero) : null, y === undefined ? lax.select(condition!, zero, ct!) : null];
  },
  expression: ([condition, x, y]) => `select(${y}, ${x}, ${condition})`,
});

/** The smallest and the largest number of an integer dtype. */
export const INTEGER_RANGE: Record<string, readonly [number, number]> = { int32: [-(2 ** 31), 2 ** 31 - 1], uint32: [0, 2 ** 32 - 1] };

defineElementwise<{ dtype: DeviceDType; weakType?: boolean }>({
  name: 'cast',
  weakType: ({ weakType }) => weakType === true,
  accepts: 'any',
  check: ([x]) => checkDType('cast', x!, 'any'),
  dtype: (_inputs, { dtype }) => dtype,
  jvp: (_primals, [t], { dtype }) => [t && dtype.startsWith('float') ? lax.cast(t, dtype) : null],
  transpose: ([ct], _inputs, _params, [aval]) => [lax.cast(ct!, aval!.dtype as DeviceDType)],
  expression: ([x], context) => {
    const { params, inputs, use } = context;
    const [from, to] = [inputs[0].dtype as string, params.dtype as string];
    if (to === 'bool' && from.startsWith('float')) return callFloat(wgslFunctions.neFloat, [x!, '0f'], context);
    if (to === 'bool') return from === 'bool' ? x! : `(${x} != ${WGSL_ZERO[from]})`;
    if (!from.startsWith('float') || !INTEGER_RANGE[to]) return `${WGSL_TYPE[to]}(${x})`;
    const convert = to === 'int32' ? wgslFunctions.floatToInt : wgslFunctions.floatToUint;
    return `${use(convert)}(${from === 'float16' ? `f32(${x})` : x})`;
  },
});

defineElementwise<{ dtype: DeviceDType }>({
  name: 'bitcast',
  accepts: 'any',
  check: ([x], { dtype }) => {
    const wide = ['float32', 'int32', 'uint32'];
    if (wide.includes(x!.dtype) && wide.includes(dtype)) return;
    throw new LinnetError('DTypeError', `bitcast goes between 32-bit dtypes; from ${formatAval(x!)} to ${dtype} it cannot.`);
  },
  dtype: (_inputs, { dtype }) => dtype,
  expression: ([x], { params }) => `bitcast<${WGSL_TYPE[params.dtype as string]}>(${x})`,
});
