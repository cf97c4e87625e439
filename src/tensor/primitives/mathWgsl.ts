import { type WgslFunction, wgslFunctions } from '#linnet/gpu';
import type { LoweringContext } from './lowering';

/** WGSL type of a dtype. */
export const WGSL_TYPE: Record<string, string> = { float32: 'f32', float16: 'f16', int32: 'i32', uint32: 'u32', bool: 'bool' };

/** Zero of a dtype as a WGSL literal. */
export const WGSL_ZERO: Record<string, string> = { float32: '0f', float16: '0h', int32: '0i', uint32: '0u', bool: 'false' };

/** Calls a function of float32 arguments on operands of the context's float dtype; float16 goes through float32. */
export function callFloat(fn: WgslFunction, operands: readonly string[], context: LoweringContext<any>): string {
  const name = context.use(fn);
  if (context.inputs[0]?.dtype !== 'float16') return `${name}(${operands.join(', ')})`;
  const call = `${name}(${operands.map((operand) => `f32(${operand})`).join(', ')})`;
  return context.outputs[0]?.dtype === 'float16' ? `f16(${call})` : call;
}

export const isFloatContext = (context: LoweringContext<any>): boolean => context.inputs[0]!.dtype.startsWith('float');

/** The larger or smaller of two values of the context's dtype; NaN wins, as in NumPy. */
export function extremum(op: 'max' | 'min', x: string, y: string, context: LoweringContext<any>): string {
  if (context.inputs[0]!.dtype === 'bool') return op === 'max' ? `(${x} | ${y})` : `(${x} & ${y})`;
  if (!isFloatContext(context)) return `${op}(${x}, ${y})`;
  return callFloat(op === 'max' ? wgslFunctions.maxNan : wgslFunctions.minNan, [x, y], context);
}
