import type { DeviceDType, Shape } from '#linnet/core';
import { checkShape, sizeOf } from '#linnet/core';
import { makeAval } from '../aval';
import { allocate, toHostArray } from '../elements';
import { WGSL_TYPE } from './mathWgsl';
import { definePrimitive } from './primitive';

definePrimitive<{ shape: Shape; axis: number; dtype: DeviceDType }>({
  name: 'iota',
  abstract: (_inputs, { shape, dtype }) => {
    checkShape(shape);
    return [makeAval(shape, dtype)];
  },
  cpu: (_inputs, { shape, axis, dtype }) => {
    const out = allocate(shape, dtype);
    const inner = sizeOf(shape.slice(axis + 1));
    const length = shape[axis]!;
    for (let i = 0; i < out.length; i++) out[i] = Math.floor(i / inner) % length;
    return [toHostArray(out, shape, dtype)];
  },
  gpu: { kind: 'indexed', value: (coordinates, _read, { params }) => `${WGSL_TYPE[params.dtype]}(${coordinates[params.axis]})` },
});
