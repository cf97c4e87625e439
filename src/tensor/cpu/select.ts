import { INTEGER_RANGE } from '../primitives/select';
import { defineLoop } from './elementwise';

defineLoop('select', ([condition, x, y], out) => {
  const [stepC, stepX, stepY] = [condition!, x!, y!].map((operand) => (operand.length === 1 ? 0 : 1)) as [number, number, number];
  for (let i = 0; i < out.length; i++) out[i] = condition![i * stepC]! !== 0 ? x![i * stepX]! : y![i * stepY]!;
});

defineLoop<{ dtype: string }>('cast', ([x], out, { dtype }, [source]) => {
  const range = source!.dtype.startsWith('float') ? INTEGER_RANGE[dtype] : undefined;
  if (dtype === 'bool') for (let i = 0; i < out.length; i++) out[i] = x![i]! !== 0 ? 1 : 0;
  else if (range === undefined) out.set(x as Float32Array);
  else for (let i = 0; i < out.length; i++) out[i] = saturate(x![i]!, range);
});

/** Float to integer as XLA does it: towards zero, out of range to the nearest end, NaN to 0. */
const saturate = (x: number, [low, high]: readonly [number, number]): number =>
  Number.isNaN(x) ? 0 : Math.min(high, Math.max(low, Math.trunc(x)));

defineLoop('bitcast', ([x], out) => {
  const source = x! as Float32Array;
  const bits = new Uint32Array(source.buffer, source.byteOffset, source.length);
  const target = new Uint32Array(out.buffer, out.byteOffset, out.length);
  if (bits.length === target.length) target.set(bits);
  else target.fill(bits[0]!);
});
