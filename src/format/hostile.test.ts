import { afterAll, expect, test } from 'vitest';
import { isLinnetError } from '#linnet/core';
import { bounded } from '../testing/hostile/bounded';
import { HOSTILE_CORPUS } from '../testing/hostile/corpus';
import { prototypeState, READ_ALL } from '../testing/hostile/readers';

const before = prototypeState();
afterAll(() => expect(prototypeState()).toBe(before));

test('the corpus has a name for every idea', () => {
  expect(new Set(HOSTILE_CORPUS.map(({ name }) => name)).size).toBe(HOSTILE_CORPUS.length);
  expect(HOSTILE_CORPUS.length).toBeGreaterThanOrEqual(120);
});

test.each(HOSTILE_CORPUS)('$name is a $kind', { timeout: 10_000 }, async ({ parser, kind, build }) => {
  const content = build();
  const { error } = await bounded(() => READ_ALL[parser](content), parser);
  expect(isLinnetError(error), String(error)).toBe(true);
  expect((error as { kind: string }).kind, String(error)).toBe(kind);
});
