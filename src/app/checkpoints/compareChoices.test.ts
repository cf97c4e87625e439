import { expect, test } from 'vitest';
import type { CheckpointInfo } from '#linnet/core';
import type { RunSummary } from '../state/session';
import { choices, keyOf } from './compareChoices';

const info = (run: string, step: number): CheckpointInfo => ({ run, step, isBest: false, name: null }) as CheckpointInfo;
const summary = (id: string, latestStep: number): RunSummary => ({ run: { id, name: `Run ${id}` }, latestStep }) as RunSummary;

test('the checkpoint that is compared with is always among the choices, also an older one of another run', () => {
  const steps = [info('a', 0), info('a', 10)];
  const runs = [summary('a', 10), summary('b', 90)];
  const keys = (first: { run: string; step: number }) => choices(steps, runs, first, { run: 'a', step: 10 });
  expect(keys({ run: 'a', step: 0 })).toEqual([
    ['0 a', 'step 0'],
    ['90 b', 'Run b, step 90'],
  ]);
  expect(keys({ run: 'b', step: 5 })[0]).toEqual([keyOf({ run: 'b', step: 5 }), 'Run b, step 5']);
  expect(keys({ run: 'gone', step: 5 })[0]![1]).toBe('another run, step 5');
});
