import { test } from 'vitest';
import { expectAllDamageFound } from '../../testing/hostile/ownDamage';

test('as zarr 3 in chunks: every flipped bit and every cut is found', { timeout: 600_000 }, () =>
  expectAllDamageFound({ zarr: 3, chunkByteSize: 600 }),
);
