import type { DeviceDType, Shape } from '#linnet/core';
import { checkShape } from '#linnet/core';
import { makeAval } from '../aval';
import { WGSL_TYPE } from './mathWgsl';
import { definePrimitive } from './primitive';

definePrimitive<{ shape: Shape; axis: number; dtype: DeviceDType }>({
  name: 'iota',
  abstract: (_inputs, { shape, dtype }) => {
    checkShape(shape);
    return [makeAval(shape, dtype)];
  },
  gpu: { kind: 'indexed', value: (coordinates, _read, { params }) => `${WGSL_TYPE[params.dtype]}(${coordinates[params.axis]})` },
});
