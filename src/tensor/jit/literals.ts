import { wgslFunctions } from '#linnet/gpu';
import type { Equation } from '../trace/program';
import type { WgslModule } from './wgslModule';

/** `value` as a WGSL expression of `dtype`; NaN and infinities are made at run time, as WGSL refuses them as constants. */
export function literalText(module: WgslModule, value: number, dtype: string): string {
  switch (dtype) {
    case 'bool':
      return value !== 0 ? 'true' : 'false';
    case 'int32':
      return `i32(${Math.trunc(value) | 0})`;
    case 'uint32':
      return `${Math.trunc(value) >>> 0}u`;
    case 'float16':
      return Number.isFinite(value) ? `f16(${floatText(value)})` : `f16(${special(module, value)})`;
    default: {
      const rounded = Math.fround(value);
      return Number.isFinite(rounded) ? floatText(rounded) : special(module, rounded);
    }
  }
}

/**
 * The `operands` of a product or quotient so that shader compilers cannot lose NaN: they take `x * 0.0`, `0.0 / x` and `x / inf` for 0
 * whatever x is, and `1.0 / (x / 0.0)` and `1.0 / (x * inf)` for `0.0 / x`, unless they cannot tell.
 */
export function unfoldable(module: WgslModule, { primitive, inputs }: Equation, operands: readonly string[]): readonly string[] {
  const { name } = primitive;
  if ((name !== 'mul' && name !== 'div') || !inputs[0]!.aval.dtype.startsWith('float')) return operands;
  const texts = operands.map((operand, i) => {
    const input = inputs[i]!;
    if (input.type !== 'literal') return operand;
    const isInfinity = Math.abs(input.value) === Number.POSITIVE_INFINITY;
    if (input.value !== 0 && !isInfinity) return operand;
    const size = isInfinity ? `bitcast<f32>(0x7f800000u | bitcast<u32>(${module.runtimeZero}))` : module.runtimeZero;
    const text = input.value < 0 || Object.is(input.value, -0) ? `(-${size})` : size;
    return input.aval.dtype === 'float16' ? `f16(${text})` : text;
  });
  const divisor = inputs[1]!;
  // The dividend may be known to be 0 (an empty sum), too; which zero it is makes no difference then.
  if (name === 'div' && divisor.type === 'literal' && divisor.value === 0) return [`(${texts[0]} + ${texts[1]})`, texts[1]!];
  return texts;
}

function floatText(value: number): string {
  if (Object.is(value, -0)) return 'bitcast<f32>(0x80000000u)';
  const text = String(value);
  const digits = /[.e]/.test(text) ? text : `${text}.0`;
  return value < 0 ? `(${digits}f)` : `${digits}f`;
}

function special(module: WgslModule, value: number): string {
  if (Number.isNaN(value)) return `${module.use(wgslFunctions.nan)}()`;
  const infinity = `${module.use(wgslFunctions.inf)}()`;
  return value > 0 ? infinity : `(-${infinity})`;
}
