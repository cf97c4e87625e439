import { wgslFunctions } from '#linnet/gpu';
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
