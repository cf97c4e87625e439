import { wgslFunctions as f, type WgslFunction } from '#linnet/gpu';
import type { GraphNode } from './graph';

/**
 * Operations on floats whose WGSL builtins are imprecise, or undefined at NaN and infinity; the engine's own functions stand in for
 * them, so that results agree with the CPU reference everywhere.
 */
const ACCURATE: Readonly<Record<string, WgslFunction>> = {
  exp: f.expFloat,
  expm1: f.expm1Float,
  log: f.logFloat,
  log1p: f.log1pFloat,
  pow: f.powFloat,
  sin: f.sinFloat,
  cos: f.cosFloat,
  tan: f.tanFloat,
  asin: f.asinFloat,
  acos: f.acosFloat,
  atan: f.atanFloat,
  atan2: f.atan2Float,
  sinh: f.sinhFloat,
  cosh: f.coshFloat,
  tanh: f.tanhFloat,
  asinh: f.asinhFloat,
  acosh: f.acoshFloat,
  atanh: f.atanhFloat,
  logistic: f.logisticFloat,
  erf: f.erfFloat,
  erfc: f.erfcFloat,
  erfInv: f.erfInvFloat,
  rem: f.remFloat,
};

/** The engine's function for `node`, if it has one for its dtype. float16 is computed in float32. */
export function accurateCall(node: GraphNode, operands: readonly string[], use: (fn: WgslFunction) => string): string | undefined {
  const { dtype } = node.outputs[0]!.aval;
  const fn = Object.hasOwn(ACCURATE, node.primitive.name) ? ACCURATE[node.primitive.name] : undefined;
  if (!fn || node.inputs.some((input) => input.aval.dtype !== dtype)) return undefined;
  if (dtype === 'float32') return `${use(fn)}(${operands.join(', ')})`;
  return dtype === 'float16' ? `f16(${use(fn)}(${operands.map((operand) => `f32(${operand})`).join(', ')}))` : undefined;
}
