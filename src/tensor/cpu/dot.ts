import { sizeOf } from '#linnet/core';
import { allocate, toHostArray } from '../elements';
import { type DotParams, splitAxes } from '../primitives/dot';
import { matmulBlocked } from './matmul';
import { defineCpuRule } from './rules';
import { arranged } from './strided';

defineCpuRule<DotParams>('dotGeneral', ([lhs, rhs], params, [output]) => {
  const out = allocate(output!.shape, output!.dtype);
  const l = splitAxes(0, lhs!.shape, params);
  const r = splitAxes(1, rhs!.shape, params);
  const [count, m, k, n] = [l.batch, l.freeSizes, l.contracted, r.freeSizes].map(sizeOf) as [number, number, number, number];
  const a = arranged(lhs!, [...params.batch[0], ...l.free, ...params.contracting[0]]);
  const b = arranged(rhs!, [...params.batch[1], ...params.contracting[1], ...r.free]);
  for (let i = 0; i < count; i++) {
    matmulBlocked(
      a.subarray(i * m * k, (i + 1) * m * k),
      b.subarray(i * k * n, (i + 1) * k * n),
      out.subarray(i * m * n, (i + 1) * m * n),
      [m, k, n],
    );
  }
  return [toHostArray(out, output!.shape, output!.dtype)];
});
