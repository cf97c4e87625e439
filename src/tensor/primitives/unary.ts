import { type WgslFunction, wgslFunctions } from '#linnet/gpu';
import type { NDArray } from '../array';
import type { Elements } from '../elements';
import { roundHalfEven } from '../float16';
import { type DTypeClass, defineElementwise } from './elementwise';
import * as lax from './lax';
import type { LoweringContext } from './lowering';
import { callFloat } from './mathWgsl';
import { erf, erfc, erfInv } from './specialFunctions';

interface UnaryDefinition {
  readonly name: string;
  readonly accepts?: DTypeClass;
  readonly f: (x: number) => number;
  /** Derivative times tangent, from tangent t, input x and output y. */
  readonly jvp?: (t: NDArray, x: NDArray, y: NDArray) => NDArray | null;
  /** WGSL: a template on the operand, or a float32 function. */
  readonly wgsl: ((x: string, context: LoweringContext<any>) => string) | WgslFunction;
  readonly boolean?: boolean;
}

function defineUnary({ name, accepts = 'float', f, jvp, wgsl, boolean }: UnaryDefinition): void {
  defineElementwise({
    name,
    accepts,
    ...(boolean && { dtype: () => 'bool' as const }),
    ...(jvp && { jvp: ([x], [t], _params, [y]) => [t ? jvp(t, x!, y!) : null] }),
    loop: ([x], out) => {
      for (let i = 0; i < out.length; i++) out[i] = f(x![i]!);
    },
    expression: ([x], context) => (typeof wgsl === 'function' ? wgsl(x!, context) : callFloat(wgsl, [x!], context)),
  });
}

const { mul, div, sub, add, scalarLike } = lax;
const builtin = (name: string) => (x: string) => `${name}(${x})`;
const one = (x: NDArray): NDArray => scalarLike(x, 1);
const square = (x: NDArray): NDArray => mul(x, x);
const rsqrtOf = (x: NDArray): NDArray => lax.rsqrt(x);
const isInteger = (context: LoweringContext<any>): boolean => /int/.test(context.inputs[0]!.dtype);

defineElementwise({
  name: 'neg',
  accepts: 'number',
  jvp: (_primals, [t]) => [t ? lax.neg(t) : null],
  transpose: ([ct]) => [lax.neg(ct!)],
  loop: ([x], out) => {
    for (let i = 0; i < out.length; i++) out[i] = -x![i]!;
  },
  // Unsigned integers have no unary minus in WGSL.
  expression: ([x], context) => (context.inputs[0]!.dtype === 'uint32' ? `(0u - ${x})` : `(-${x})`),
});

defineElementwise({
  name: 'stopGradient',
  accepts: 'any',
  jvp: () => [null],
  loop: ([x], out) => out.set(x as Elements & ArrayLike<number>),
  expression: ([x]) => x!,
});

defineUnary({
  name: 'abs',
  accepts: 'number',
  f: (x) => Math.abs(x),
  jvp: (t, x) => mul(t, lax.sign(x)),
  wgsl: builtin('abs'),
});
defineUnary({
  name: 'sign',
  accepts: 'number',
  f: (x) => Math.sign(x),
  jvp: () => null,
  wgsl: (x, context) =>
    context.inputs[0]!.dtype === 'uint32'
      ? `min(${x}, 1u)`
      : isInteger(context)
        ? `sign(${x})`
        : callFloat(wgslFunctions.signFloat, [x], context),
});
defineUnary({ name: 'floor', f: (x) => Math.floor(x), jvp: () => null, wgsl: builtin('floor') });
defineUnary({ name: 'ceil', f: (x) => Math.ceil(x), jvp: () => null, wgsl: builtin('ceil') });
defineUnary({ name: 'round', f: (x) => (Number.isFinite(x) ? keepSign(roundHalfEven(x), x) : x), jvp: () => null, wgsl: builtin('round') });
defineUnary({ name: 'trunc', f: (x) => Math.trunc(x), jvp: () => null, wgsl: builtin('trunc') });

/** -0.4 rounds to -0. */
const keepSign = (rounded: number, x: number): number => (rounded === 0 && (x < 0 || Object.is(x, -0)) ? -0 : rounded);

defineUnary({ name: 'exp', f: (x) => Math.exp(x), jvp: (t, _x, y) => mul(t, y), wgsl: wgslFunctions.expFloat });
defineUnary({ name: 'expm1', f: (x) => Math.expm1(x), jvp: (t, _x, y) => mul(t, add(y, one(y))), wgsl: wgslFunctions.expm1Float });
defineUnary({ name: 'log', f: (x) => Math.log(x), jvp: (t, x) => div(t, x), wgsl: wgslFunctions.logFloat });
defineUnary({ name: 'log1p', f: (x) => Math.log1p(x), jvp: (t, x) => div(t, add(x, one(x))), wgsl: wgslFunctions.log1pFloat });
defineUnary({ name: 'sqrt', f: (x) => Math.sqrt(x), jvp: (t, _x, y) => div(t, mul(y, scalarLike(y, 2))), wgsl: builtin('sqrt') });
defineUnary({
  name: 'rsqrt',
  f: (x) => 1 / Math.sqrt(x),
  jvp: (t, x, y) => mul(t, mul(div(y, x), scalarLike(x, -0.5))),
  wgsl: builtin('inverseSqrt'),
});
defineUnary({ name: 'sin', f: (x) => Math.sin(x), jvp: (t, x) => mul(t, lax.cos(x)), wgsl: wgslFunctions.sinFloat });
defineUnary({ name: 'cos', f: (x) => Math.cos(x), jvp: (t, x) => lax.neg(mul(t, lax.sin(x))), wgsl: wgslFunctions.cosFloat });
defineUnary({ name: 'tan', f: (x) => Math.tan(x), jvp: (t, _x, y) => mul(t, add(square(y), one(y))), wgsl: wgslFunctions.tanFloat });
defineUnary({
  name: 'asin',
  f: (x) => Math.asin(x),
  jvp: (t, x) => mul(t, rsqrtOf(sub(one(x), square(x)))),
  wgsl: wgslFunctions.asinFloat,
});
defineUnary({
  name: 'acos',
  f: (x) => Math.acos(x),
  jvp: (t, x) => lax.neg(mul(t, rsqrtOf(sub(one(x), square(x))))),
  wgsl: wgslFunctions.acosFloat,
});
defineUnary({ name: 'atan', f: (x) => Math.atan(x), jvp: (t, x) => div(t, add(square(x), one(x))), wgsl: wgslFunctions.atanFloat });
defineUnary({ name: 'sinh', f: (x) => Math.sinh(x), jvp: (t, x) => mul(t, lax.apply('cosh', [x])), wgsl: wgslFunctions.sinhFloat });
defineUnary({ name: 'cosh', f: (x) => Math.cosh(x), jvp: (t, x) => mul(t, lax.apply('sinh', [x])), wgsl: wgslFunctions.coshFloat });
defineUnary({
  name: 'tanh',
  f: (x) => Math.tanh(x),
  jvp: (t, _x, y) => mul(t, sub(one(y), square(y))),
  wgsl: wgslFunctions.tanhFloat,
});
defineUnary({
  name: 'asinh',
  f: (x) => Math.asinh(x),
  jvp: (t, x) => mul(t, rsqrtOf(add(square(x), one(x)))),
  wgsl: wgslFunctions.asinhFloat,
});
defineUnary({
  name: 'acosh',
  f: (x) => Math.acosh(x),
  jvp: (t, x) => mul(t, rsqrtOf(sub(square(x), one(x)))),
  wgsl: wgslFunctions.acoshFloat,
});
defineUnary({ name: 'atanh', f: (x) => Math.atanh(x), jvp: (t, x) => div(t, sub(one(x), square(x))), wgsl: wgslFunctions.atanhFloat });
defineUnary({
  name: 'logistic',
  f: (x) => 1 / (1 + Math.exp(-x)),
  jvp: (t, _x, y) => mul(t, mul(y, sub(one(y), y))),
  wgsl: wgslFunctions.logisticFloat,
});
/** t · 2/√π · e^(-x²). */
const erfSlope = (t: NDArray, x: NDArray): NDArray => mul(t, mul(lax.exp(lax.neg(square(x))), scalarLike(x, 2 / Math.sqrt(Math.PI))));
defineUnary({ name: 'erf', f: erf, jvp: erfSlope, wgsl: wgslFunctions.erfFloat });
defineUnary({ name: 'erfc', f: erfc, jvp: (t, x) => lax.neg(erfSlope(t, x)), wgsl: wgslFunctions.erfcFloat });
defineUnary({
  name: 'erfInv',
  f: erfInv,
  jvp: (t, _x, y) => mul(t, mul(lax.exp(square(y)), scalarLike(y, Math.sqrt(Math.PI) / 2))),
  wgsl: wgslFunctions.erfInvFloat,
});
defineUnary({
  name: 'isFinite',
  f: (x) => (Number.isFinite(x) ? 1 : 0),
  boolean: true,
  wgsl: (x, context) => `${context.use(wgslFunctions.isFiniteFloat)}(${context.inputs[0]!.dtype === 'float16' ? `f32(${x})` : x})`,
});

defineElementwise({
  name: 'not',
  accepts: 'integerOrBool',
  loop: ([x], out) => {
    const isBool = out instanceof Uint8Array;
    for (let i = 0; i < out.length; i++) out[i] = isBool ? 1 - x![i]! : ~x![i]!;
  },
  expression: ([x], context) => (context.inputs[0]!.dtype === 'bool' ? `!${x}` : `~${x}`),
});

defineElementwise<{ exponent: number }>({
  name: 'integerPow',
  accepts: 'number',
  jvp: ([x], [t], { exponent }) => [t ? mul(t, powerRule(x!, exponent)) : null],
  loop: ([x], out, { exponent }) => {
    const power = out instanceof Float32Array || out instanceof Float64Array ? integerPower : integerPowerWrapped;
    for (let i = 0; i < out.length; i++) out[i] = power(x![i]!, exponent);
  },
  expression: ([x], { params, inputs }) => {
    const power = Math.abs(params.exponent as number);
    const product = power === 0 ? '1' : powerExpression(x!, power);
    const dtype = inputs[0].dtype as string;
    const typed = power === 0 ? (dtype === 'int32' ? '1i' : dtype === 'uint32' ? '1u' : dtype === 'float16' ? '1h' : '1f') : product;
    return params.exponent < 0 ? `(1 / ${typed})` : typed;
  },
});

const powerRule = (x: NDArray, exponent: number): NDArray =>
  exponent === 0
    ? lax.zerosLike(x)
    : exponent === 1
      ? lax.full(x.shape, 1, x.dtype as 'float32')
      : mul(lax.apply('integerPow', [x], { exponent: exponent - 1 }), scalarLike(x, exponent));

/** x^n by squaring, the way the expression below multiplies. */
function integerPower(x: number, exponent: number): number {
  let result = 1;
  let square = x;
  for (let n = Math.abs(exponent); n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) result *= square;
    square *= square;
  }
  return exponent < 0 ? 1 / result : result;
}

function integerPowerWrapped(x: number, exponent: number): number {
  let result = 1;
  for (let n = 0; n < exponent; n++) result = Math.imul(result, x);
  return result;
}

const powerExpression = (x: string, power: number): string => {
  if (power === 1) return x;
  const half = powerExpression(x, Math.floor(power / 2));
  return power % 2 === 0 ? `(${half} * ${half})` : `(${half} * ${half} * ${x})`;
};
