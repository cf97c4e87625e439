import { type WgslFunction, wgslFunctions } from '#linnet/gpu';
import type { NDArray } from '../array';
import { type DTypeClass, defineElementwise } from './elementwise';
import * as lax from './lax';
import type { LoweringContext } from './lowering';
import { callFloat } from './mathWgsl';

interface UnaryDefinition {
  readonly name: string;
  readonly accepts?: DTypeClass;
  /** Derivative times tangent, from tangent t, input x and output y. */
  readonly jvp?: (t: NDArray, x: NDArray, y: NDArray) => NDArray | null;
  /** WGSL: a template on the operand, or a float32 function. */
  readonly wgsl: ((x: string, context: LoweringContext<any>) => string) | WgslFunction;
  readonly boolean?: boolean;
}

function defineUnary({ name, accepts = 'float', jvp, wgsl, boolean }: UnaryDefinition): void {
  defineElementwise({
    name,
    accepts,
    ...(boolean && { dtype: () => 'bool' as const }),
    ...(jvp && { jvp: ([x], [t], _params, [y]) => [t ? jvp(t, x!, y!) : null] }),
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
  // Unsigned integers have no unary minus in WGSL.
  expression: ([x], context) => (context.inputs[0]!.dtype === 'uint32' ? `(0u - ${x})` : `(-${x})`),
});

defineElementwise({
  name: 'stopGradient',
  accepts: 'any',
  jvp: () => [null],
  expression: ([x]) => x!,
});

defineUnary({
  name: 'abs',
  accepts: 'number',
  // 1 at 0, as JAX has it.
  jvp: (t, x) => lax.select(lax.ge(x, scalarLike(x, 0)), t, lax.neg(t)),
  wgsl: builtin('abs'),
});
defineUnary({
  name: 'sign',
  accepts: 'number',
  jvp: () => null,
  wgsl: (x, context) =>
    context.inputs[0]!.dtype === 'uint32'
      ? `min(${x}, 1u)`
      : isInteger(context)
        ? `sign(${x})`
        : callFloat(wgslFunctions.signFloat, [x], context),
});
defineUnary({ name: 'floor', jvp: () => null, wgsl: builtin('floor') });
defineUnary({ name: 'ceil', jvp: () => null, wgsl: builtin('ceil') });
defineUnary({ name: 'round', jvp: () => null, wgsl: builtin('round') });
defineUnary({ name: 'trunc', jvp: () => null, wgsl: builtin('trunc') });

defineUnary({ name: 'exp', jvp: (t, _x, y) => mul(t, y), wgsl: wgslFunctions.expFloat });
defineUnary({ name: 'expm1', jvp: (t, _x, y) => mul(t, add(y, one(y))), wgsl: wgslFunctions.expm1Float });
defineUnary({ name: 'log', jvp: (t, x) => div(t, x), wgsl: wgslFunctions.logFloat });
defineUnary({ name: 'log1p', jvp: (t, x) => div(t, add(x, one(x))), wgsl: wgslFunctions.log1pFloat });
defineUnary({ name: 'sqrt', jvp: (t, _x, y) => div(t, mul(y, scalarLike(y, 2))), wgsl: builtin('sqrt') });
defineUnary({
  name: 'rsqrt',
  jvp: (t, x, y) => mul(t, mul(div(y, x), scalarLike(x, -0.5))),
  wgsl: builtin('inverseSqrt'),
});
defineUnary({ name: 'sin', jvp: (t, x) => mul(t, lax.cos(x)), wgsl: wgslFunctions.sinFloat });
defineUnary({ name: 'cos', jvp: (t, x) => lax.neg(mul(t, lax.sin(x))), wgsl: wgslFunctions.cosFloat });
defineUnary({ name: 'tan', jvp: (t, _x, y) => mul(t, add(square(y), one(y))), wgsl: wgslFunctions.tanFloat });
defineUnary({
  name: 'asin',
  jvp: (t, x) => mul(t, rsqrtOf(sub(one(x), square(x)))),
  wgsl: wgslFunctions.asinFloat,
});
defineUnary({
  name: 'acos',
  jvp: (t, x) => lax.neg(mul(t, rsqrtOf(sub(one(x), square(x))))),
  wgsl: wgslFunctions.acosFloat,
});
defineUnary({ name: 'atan', jvp: (t, x) => div(t, add(square(x), one(x))), wgsl: wgslFunctions.atanFloat });
defineUnary({ name: 'sinh', jvp: (t, x) => mul(t, lax.apply('cosh', [x])), wgsl: wgslFunctions.sinhFloat });
defineUnary({ name: 'cosh', jvp: (t, x) => mul(t, lax.apply('sinh', [x])), wgsl: wgslFunctions.coshFloat });
defineUnary({
  name: 'tanh',
  jvp: (t, _x, y) => mul(t, sub(one(y), square(y))),
  wgsl: wgslFunctions.tanhFloat,
});
defineUnary({
  name: 'asinh',
  jvp: (t, x) => mul(t, rsqrtOf(add(square(x), one(x)))),
  wgsl: wgslFunctions.asinhFloat,
});
defineUnary({
  name: 'acosh',
  jvp: (t, x) => mul(t, rsqrtOf(sub(square(x), one(x)))),
  wgsl: wgslFunctions.acoshFloat,
});
defineUnary({ name: 'atanh', jvp: (t, x) => div(t, sub(one(x), square(x))), wgsl: wgslFunctions.atanhFloat });
defineUnary({
  name: 'logistic',
  jvp: (t, _x, y) => mul(t, mul(y, sub(one(y), y))),
  wgsl: wgslFunctions.logisticFloat,
});
/** t · 2/√π · e^(-x²). */
const erfSlope = (t: NDArray, x: NDArray): NDArray => mul(t, mul(lax.exp(lax.neg(square(x))), scalarLike(x, 2 / Math.sqrt(Math.PI))));
defineUnary({ name: 'erf', jvp: erfSlope, wgsl: wgslFunctions.erfFloat });
defineUnary({ name: 'erfc', jvp: (t, x) => lax.neg(erfSlope(t, x)), wgsl: wgslFunctions.erfcFloat });
defineUnary({
  name: 'erfInv',
  jvp: (t, _x, y) => mul(t, mul(lax.exp(square(y)), scalarLike(y, Math.sqrt(Math.PI) / 2))),
  wgsl: wgslFunctions.erfInvFloat,
});
defineUnary({
  name: 'isFinite',
  boolean: true,
  wgsl: (x, context) => `${context.use(wgslFunctions.isFiniteFloat)}(${context.inputs[0]!.dtype === 'float16' ? `f32(${x})` : x})`,
});

defineElementwise({
  name: 'not',
  accepts: 'integerOrBool',
  expression: ([x], context) => (context.inputs[0]!.dtype === 'bool' ? `!${x}` : `~${x}`),
});

defineElementwise<{ exponent: number }>({
  name: 'integerPow',
  accepts: 'number',
  jvp: ([x], [t], { exponent }) => [t ? mul(t, powerRule(x!, exponent)) : null],
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

/** x^n by squaring. */
const powerExpression = (x: string, power: number): string => {
  if (power === 1) return x;
  const half = powerExpression(x, Math.floor(power / 2));
  return power % 2 === 0 ? `(${half} * ${half})` : `(${half} * ${half} * ${x})`;
};
