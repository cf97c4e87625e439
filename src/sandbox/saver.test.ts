import { expect, test } from 'vitest';
import { DEFAULT_EXPERIMENT, LinnetError, type SessionState } from '#linnet/core';
import { openMemoryLibrary } from '#linnet/store';
import { startEngine } from './engine';
import { RunLibrary } from './runLibrary';
import { Sandbox } from './sandbox';
import { type OnWritten, type StepWriter, writeInto } from './stepWriter';

const SMALL = {
  ...DEFAULT_EXPERIMENT,
  data: { ...DEFAULT_EXPERIMENT.data, samples: 60 },
  model: { ...DEFAULT_EXPERIMENT.model, hidden: [{ width: 4, activation: 'tanh' as const }] },
};

async function sandboxWith(makeWriter: (store: Awaited<ReturnType<typeof openMemoryLibrary>>) => StepWriter) {
  const store = await openMemoryLibrary();
  const states: SessionState[] = [];
  const listener = { state: (state: SessionState) => void states.push(state), metrics() {}, checkpoints() {}, changed() {} };
  const sandbox = new Sandbox(await startEngine('cpu'), new RunLibrary(store, null, null, makeWriter(store)), listener);
  await sandbox.newRun(SMALL);
  await sandbox.step(2);
  return { sandbox, states };
}

test('news of bytes written that are heard after a save has failed do not hide that it failed', async () => {
  let late: OnWritten = () => {};
  const { sandbox } = await sandboxWith(() => ({
    write: async (_step, onWritten) => {
      late = onWritten;
      throw new LinnetError('StorageError', 'the disk is gone');
    },
  }));
  await expect(sandbox.save()).rejects.toMatchObject({ kind: 'StorageError' });
  late(1, 3);
  expect(sandbox.state().save).toMatchObject({ type: 'failed', step: 2 });
});

test('nor after one was saved', async () => {
  let late: OnWritten = () => {};
  const { sandbox } = await sandboxWith((store) => ({
    write: (step, onWritten) => {
      late = onWritten;
      return writeInto(store, step, onWritten);
    },
  }));
  await sandbox.save();
  late(1, 3);
  expect(sandbox.state().save).toMatchObject({ type: 'saved', step: 2 });
});
