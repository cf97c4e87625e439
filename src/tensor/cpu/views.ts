import { type HostArray, type Shape, sizeOf, stridesOf } from '#linnet/core';
import { allocate, elementsOf, toHostArray } from '../elements';
import type { PadParams } from '../primitives/pad';
import type { SliceParams } from '../primitives/views';
import { defineCpuRule } from './rules';
import { copyStrided } from './strided';

/** The elements of `x` at `offset` plus coordinates of `shape` times `strides`. */
function strided(x: HostArray, shape: Shape, strides: readonly number[], offset = 0): HostArray[] {
  const out = allocate(shape, x.dtype);
  copyStrided(elementsOf(x), out, shape, strides, offset);
  return [toHostArray(out, shape, x.dtype)];
}

defineCpuRule<{ shape: Shape; axes: readonly number[] }>('broadcastInDim', ([x], { shape, axes }) => {
  const source = elementsOf(x!);
  if (source.length === 1) return [toHostArray(allocate(shape, x!.dtype).fill(source[0]!), shape, x!.dtype)];
  const from = stridesOf(x!.shape);
  const strides = shape.map((_, axis) => {
    const i = axes.indexOf(axis);
    return i < 0 || x!.shape[i] === 1 ? 0 : from[i]!;
  });
  return strided(x!, shape, strides);
});

defineCpuRule<{ shape: Shape }>('reshape', ([x], { shape }) => [{ ...x!, shape }]);

defineCpuRule<{ permutation: readonly number[] }>('transpose', ([x], { permutation }, [output]) => {
  const strides = stridesOf(x!.shape);
  return strided(
    x!,
    output!.shape,
    permutation.map((axis) => strides[axis]!),
  );
});

defineCpuRule<SliceParams>('slice', ([x], { starts, strides }, [output]) => {
  const from = stridesOf(x!.shape);
  return strided(
    x!,
    output!.shape,
    from.map((stride, i) => stride * strides[i]!),
    starts.reduce((sum, start, i) => sum + start * from[i]!, 0),
  );
});

defineCpuRule<{ axes: readonly number[] }>('reverse', ([x], { axes }) => {
  const from = stridesOf(x!.shape);
  return strided(
    x!,
    x!.shape,
    from.map((stride, axis) => (axes.includes(axis) ? -stride : stride)),
    axes.reduce((sum, axis) => sum + Math.max(0, x!.shape[axis]! - 1) * from[axis]!, 0),
  );
});

defineCpuRule<PadParams>('pad', ([x, value], { low, interior }, [output]) => {
  const source = elementsOf(x!);
  const out = allocate(output!.shape, x!.dtype);
  out.fill(elementsOf(value!)[0]!);
  const index = new Array<number>(x!.shape.length).fill(0);
  const strides = stridesOf(output!.shape);
  for (let i = 0; i < source.length; i++) {
    let at = 0;
    let inside = true;
    for (let axis = 0; axis < index.length; axis++) {
      const position = low[axis]! + index[axis]! * (interior[axis]! + 1);
      if (position < 0 || position >= output!.shape[axis]!) inside = false;
      at += position * strides[axis]!;
    }
    if (inside) out[at] = source[i]!;
    for (let axis = index.length - 1; axis >= 0 && ++index[axis]! === x!.shape[axis]!; axis--) index[axis] = 0;
  }
  return [toHostArray(out, output!.shape, x!.dtype)];
});

defineCpuRule<{ axis: number }>('concatenate', (inputs, { axis }, [output]) => {
  const out = allocate(output!.shape, output!.dtype);
  const inner = sizeOf(output!.shape.slice(axis + 1));
  const rows = sizeOf(output!.shape.slice(0, axis));
  const rowLength = output!.shape[axis]! * inner;
  let column = 0;
  for (const input of inputs) {
    const source = elementsOf(input) as Float32Array;
    const length = input.shape[axis]! * inner;
    for (let row = 0; row < rows; row++) out.set(source.subarray(row * length, (row + 1) * length), row * rowLength + column);
    column += length;
  }
  return [toHostArray(out, output!.shape, output!.dtype)];
});

defineCpuRule<{ shape: Shape; axis: number; dtype: string }>('iota', (_inputs, { shape, axis, dtype }) => {
  const out = allocate(shape, dtype);
  const inner = sizeOf(shape.slice(axis + 1));
  const length = shape[axis]!;
  for (let i = 0; i < out.length; i++) out[i] = Math.floor(i / inner) % length;
  return [toHostArray(out, shape, dtype)];
});
