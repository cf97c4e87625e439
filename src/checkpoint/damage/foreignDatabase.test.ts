import { describe, test } from 'vitest';
import { expectCutsFound, expectFlipsFoundOrUnchecked } from '../../testing/hostile/foreignDamage';

/** Small checkpoints of Orbax in databases: all in nodes, old and new, shards; a larger one with values outside nodes, of which every 61st byte. */
const FIXTURES: readonly (readonly [fixture: string, step: number])[] = [
  ['a_guide_state_new', 1],
  ['c_intkeys_old', 1],
  ['d_zarr3_chunks_new', 1],
  ['c_chunks_old', 61],
];

describe.each(FIXTURES)('%s', (fixture, step) => {
  test('a flipped bit under a checksum is found; others reach only what verify calls unchecked', { timeout: 600_000 }, () =>
    expectFlipsFoundOrUnchecked(fixture, step),
  );
  test('a file cut off anywhere is refused, or what is gone is not needed', { timeout: 600_000 }, () => expectCutsFound(fixture, step));
});
