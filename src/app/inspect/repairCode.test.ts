import { expect, test } from 'vitest';
import type { MatchRow } from '#linnet/core';
import { repairCode } from './repairCode';

const row = (status: MatchRow['status'], path: string, saved: string | null, wanted: string | null): MatchRow => ({
  status,
  path,
  saved,
  wanted,
  reason: null,
});

test('each difference becomes one line', () => {
  const code = repairCode(
    'old',
    [
      row('fits', 'linear1.kernel', 'float32[4, 4]', 'float32[4, 4]'),
      row('missing', 'linear1.bias', null, 'float32[4]'),
      row('unexpected', 'ema.kernel', 'float32[4, 4]', null),
      row('shape', 'linear2.kernel', 'float32[4, 9]', 'float32[4, 4]'),
      row('dtype', 'linear2.bias', 'float64[4]', 'float32[4]'),
    ],
    'zeros',
  );
  expect(code).toContain("p['linear1']['bias'] = jnp.zeros((4,))");
  expect(code).toContain("del p['ema']['kernel']");
  expect(code).toContain("p['linear2']['kernel'] = init['linear2']['kernel']");
  expect(code).toContain("p['linear2']['bias'] = p['linear2']['bias'].astype('float32')");
  expect(code).not.toContain("p['linear1']['kernel']");
});

test('names cannot break out of their quotes', () => {
  expect(repairCode("o'clock", [row('unexpected', "a'b", 'float32[]', null)], 'keep')).toContain("del p['a\\'b']");
});
