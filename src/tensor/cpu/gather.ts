import { sizeOf } from '#linnet/core';
import { allocate, type Elements, elementsOf, toHostArray } from '../elements';
import type { GatherParams, ScatterCombine, ScatterParams } from '../primitives/lax';
import { defineCpuRule } from './rules';

/** Loop bounds of gather and scatter: batches, elements before the axis, its length, elements after it, indices a batch. */
function extents(operand: readonly number[], indices: readonly number[], { axis, batchDims }: Pick<GatherParams, 'axis' | 'batchDims'>) {
  return {
    batches: sizeOf(operand.slice(0, batchDims)),
    before: sizeOf(operand.slice(batchDims, axis)),
    length: operand[axis]!,
    after: sizeOf(operand.slice(axis + 1)),
    count: sizeOf(indices.slice(batchDims)),
  };
}

defineCpuRule<GatherParams>('gather', ([operand, indices], params, [output]) => {
  const source = elementsOf(operand!);
  const index = elementsOf(indices!);
  const out = allocate(output!.shape, output!.dtype);
  const { batches, before, length, after, count } = extents(operand!.shape, indices!.shape, params);
  let at = 0;
  for (let b = 0; b < batches; b++) {
    for (let p = 0; p < before; p++) {
      const base = (b * before + p) * length;
      for (let i = 0; i < count; i++, at += after) {
        const wanted = index[b * count + i]!;
        if (params.mode === 'fill' && (wanted < 0 || wanted >= length)) continue;
        const from = (base + Math.min(length - 1, Math.max(0, wanted))) * after;
        for (let j = 0; j < after; j++) out[at + j] = source[from + j]!;
      }
    }
  }
  return [toHostArray(out, output!.shape, output!.dtype)];
});

const COMBINE: Record<ScatterCombine, (old: number, update: number) => number> = {
  set: (_old, update) => update,
  add: (old, update) => old + update,
  mul: (old, update) => old * update,
  min: (old, update) => (update < old || Number.isNaN(update) ? update : old),
  max: (old, update) => (update > old || Number.isNaN(update) ? update : old),
};

defineCpuRule<ScatterParams>('scatter', ([operand, indices, updates], params) => {
  const out = elementsOf(operand!).slice() as Elements;
  const index = elementsOf(indices!);
  const source = elementsOf(updates!);
  const combine = COMBINE[params.combine];
  const { batches, before, length, after, count } = extents(operand!.shape, indices!.shape, params);
  let from = 0;
  for (let b = 0; b < batches; b++) {
    for (let p = 0; p < before; p++) {
      const base = (b * before + p) * length;
      for (let i = 0; i < count; i++, from += after) {
        const wanted = index[b * count + i]!;
        if (wanted < 0 || wanted >= length) continue;
        const at = (base + wanted) * after;
        for (let j = 0; j < after; j++) out[at + j] = combine(out[at + j]!, source[from + j]!);
      }
    }
  }
  return [toHostArray(out, operand!.shape, operand!.dtype)];
});
