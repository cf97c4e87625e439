import { afterAll, beforeAll, expect, test } from 'vitest';
import { dispose, init } from '#linnet/tensor';
import { compareEdge, EDGE_CASES } from './edgeCases';

beforeAll(() => init());
afterAll(() => dispose());

test.each(Object.keys(EDGE_CASES))('%s is what JAX gives', async (name) => {
  const { found, expected } = await compareEdge(name);
  expect(found).toEqual(expected);
});
