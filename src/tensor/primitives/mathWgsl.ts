import type { LoweringContext, WgslFunction } from './lowering';

/** WGSL compilers may assume that there is no NaN, so NaN is recognised by its bits. float16 goes through float32. */
export const isNanF32: WgslFunction = {
  name: 'linnet_is_nan',
  source: 'fn linnet_is_nan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }',
};

export const isFiniteF32: WgslFunction = {
  name: 'linnet_is_finite',
  source: 'fn linnet_is_finite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }',
};

/** NaN made at run time: constant expressions must be finite. */
export const nanF32: WgslFunction = {
  name: 'linnet_nan',
  source: 'fn linnet_nan() -> f32 { var bits = 0x7fc00000u; return bitcast<f32>(bits); }',
};

export const infF32: WgslFunction = {
  name: 'linnet_inf',
  source: 'fn linnet_inf() -> f32 { var bits = 0x7f800000u; return bitcast<f32>(bits); }',
};

/** WGSL type of a dtype. */
export const WGSL_TYPE: Record<string, string> = { float32: 'f32', float16: 'f16', int32: 'i32', uint32: 'u32', bool: 'bool' };

/** Calls a float32 function on operands of the context's float dtype. */
export function callF32(fn: WgslFunction, operands: readonly string[], context: LoweringContext<any>): string {
  const name = context.use(fn);
  if (context.inputs[0]?.dtype !== 'float16') return `${name}(${operands.join(', ')})`;
  const call = `${name}(${operands.map((operand) => `f32(${operand})`).join(', ')})`;
  return context.outputs[0]?.dtype === 'float16' ? `f16(${call})` : call;
}

/** A WGSL function of float32 arguments `x` (and `y`) from its body. */
export const f32Function = (name: string, body: string, args = 'x: f32', uses: readonly WgslFunction[] = []): WgslFunction => ({
  name: `linnet_${name}`,
  source: `fn linnet_${name}(${args}) -> f32 { ${body} }`,
  uses,
});
