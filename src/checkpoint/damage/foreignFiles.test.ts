import { describe, test } from 'vitest';
import { expectCutsFound, expectFlipsFoundOrUnchecked } from '../../testing/hostile/foreignDamage';

/** Small checkpoints of Orbax in plain files, where nothing but the shard indices of zarr 3 has a checksum. */
const FIXTURES: readonly (readonly [fixture: string, step: number])[] = [
  ['d_zarr2_files_old', 1],
  ['d_zarr3_files_old', 1],
];

describe.each(FIXTURES)('%s', (fixture, step) => {
  test('a flipped bit under a checksum is found; others reach only what verify calls unchecked', { timeout: 600_000 }, () =>
    expectFlipsFoundOrUnchecked(fixture, step),
  );
  test('a file cut off anywhere is refused, or what is gone is not needed', { timeout: 600_000 }, () => expectCutsFound(fixture, step));
});
