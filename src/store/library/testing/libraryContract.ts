import { describe, expect, it } from 'vitest';
import { expectBytes, patterned } from '../../testing/contract';
import type { Library } from '../library';

const made = new Map<string, ReadonlyMap<string, Uint8Array>>();

/** Files of a step, different for each seed; not to be changed. */
export function stepFiles(seed: number, byteLength = 3000): ReadonlyMap<string, Uint8Array> {
  const name = `${seed}/${byteLength}`;
  const files = made.get(name) ?? makeFiles(seed, byteLength);
  // Large ones are made again, so as not to pile up.
  if (byteLength < 100_000) made.set(name, files);
  return files;
}

function makeFiles(seed: number, byteLength: number): ReadonlyMap<string, Uint8Array> {
  return new Map([
    ['model/_METADATA', Uint8Array.of(seed & 0xff, seed >> 8, 1)],
    ['model/ocdbt.process_0/d/data', patterned(byteLength, seed)],
    ['model/manifest.ocdbt', new Uint8Array(0)],
    ['_CHECKPOINT_METADATA', Uint8Array.of(seed & 0xff)],
  ]);
}

/** Asserts that a step holds exactly these files. */
export async function expectStep(library: Library, run: string, step: number, files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const store = await library.openStep(run, step);
  expect(new Set((await store.list()).map(({ key }) => key))).toEqual(new Set(files.keys()));
  for (const [key, bytes] of files) expectBytes(await store.read(key), bytes, `${run}/${step}/${key}`);
}

/** What a library promises whatever it stands on. `make` gives an empty one, `large` is a size that goes to slots where there are any. */
export function libraryContract(name: string, large: number, make: () => Promise<Library>): void {
  describe(`${name}`, () => {
    it('gives back what was saved, small and large, with everything said about it', async () => {
      const library = await make();
      for (const [step, size] of [10, large, 0].entries()) {
        const files = stepFiles(step, size);
        const info = await library.commitStep('run', step, files, {
          metrics: { loss: 0.5 - step },
          name: `n${step}`,
          note: 'why',
          kind: 'autosave',
        });
        expect(info).toMatchObject({
          run: 'run',
          step,
          kind: 'autosave',
          metrics: { loss: 0.5 - step },
          name: `n${step}`,
          note: 'why',
          byteLength: size + 4,
        });
        await library.idle();
      }
      for (const [step, size] of [10, large, 0].entries()) {
        await expectStep(library, 'run', step, stepFiles(step, size));
        expect(await library.verifyStep('run', step)).toEqual([]);
      }
      expect(await library.scan({ deep: true })).toEqual([]);
      expect((await library.listSteps('run')).map(({ step }) => step)).toEqual([0, 1, 2]);
      expect((await library.listRuns()).map((run) => [run.name, run.stepCount])).toEqual([['run', 3]]);
    });

    it('reads parts, and says what is not there', async () => {
      const library = await make();
      const files = stepFiles(5, large);
      await library.commitStep('run', 7, files);
      const store = await library.openStep('run', 7);
      const data = files.get('model/ocdbt.process_0/d/data') as Uint8Array;
      for (const [offset, length] of [
        [0, 1],
        [large - 3, 3],
        [large >> 1, 1000],
        [4090, 20],
      ] as const)
        expectBytes(await store.read('model/ocdbt.process_0/d/data', { offset, length }), data.slice(offset, offset + length));
      expect(await store.read('model')).toBeUndefined();
      await expect(store.read('model/_METADATA', { offset: 2, length: 2 })).rejects.toMatchObject({ kind: 'CorruptFileError' });
      await expect(library.openStep('run', 8)).rejects.toMatchObject({ kind: 'CheckpointNotFoundError' });
      await expect(library.openStep('none', 7)).rejects.toMatchObject({ kind: 'CheckpointNotFoundError' });
      expect(await library.findStep('run', 8)).toBeUndefined();
    });

    it('refuses a second step of one number unless told to replace it', async () => {
      const library = await make();
      await library.commitStep('run', 1, stepFiles(1));
      await expect(library.commitStep('run', 1, stepFiles(2))).rejects.toMatchObject({ kind: 'CheckpointExistsError' });
      await expectStep(library, 'run', 1, stepFiles(1));
      await library.nameStep('run', 1, 'mine');
      const replaced = await library.commitStep('run', 1, stepFiles(3, large), { replace: true, note: 'again' });
      expect(replaced).toMatchObject({ name: 'mine', note: 'again' });
      await expectStep(library, 'run', 1, stepFiles(3, large));
      expect((await library.usage()).steps).toBe(1);
      expect(await library.scan({ deep: true })).toEqual([]);
    });

    it('bins, brings back and removes for good', async () => {
      const library = await make();
      for (const step of [1, 2, 3]) await library.commitStep('run', step, stepFiles(step, step === 2 ? large : 50));
      const binned = await library.bin('run', 2);
      expect((await library.listSteps('run')).map(({ step }) => step)).toEqual([1, 3]);
      await expect(library.openStep('run', 2)).rejects.toMatchObject({ kind: 'CheckpointNotFoundError' });
      expect(await library.listBin()).toMatchObject([{ id: binned.id, kind: 'step', run: 'run', step: 2 }]);
      await library.restoreFromBin(binned.id);
      await expectStep(library, 'run', 2, stepFiles(2, large));

      const run = await library.bin('run');
      expect(await library.listRuns()).toEqual([]);
      await library.commitStep('run', 9, stepFiles(9));
      await expect(library.restoreFromBin(run.id)).rejects.toMatchObject({ kind: 'CheckpointExistsError' });
      await library.restoreFromBin(run.id, 'old run');
      await expectStep(library, 'old run', 3, stepFiles(3, 50));
      expect((await library.listRuns()).map((info) => info.name)).toEqual(['old run', 'run']);

      await library.purge((await library.bin('old run')).id);
      await library.purge((await library.bin('run', 9)).id);
      await library.purge('not there');
      await library.idle();
      expect(await library.usage()).toMatchObject({ steps: 0, binned: 0, fileRows: 0, stepBytes: 0, binnedBytes: 0 });
      expect(await library.scan({ deep: true })).toEqual([]);
    });

    it('discards what retention names, and nothing else', async () => {
      const library = await make();
      for (const step of [1, 2, 3, 4]) await library.commitStep('run', step, stepFiles(step, step % 2 ? 50 : large));
      expect(await library.discard('run', [1, 2, 77])).toEqual([1, 2]);
      await library.idle();
      for (const step of [3, 4]) await expectStep(library, 'run', step, stepFiles(step, step % 2 ? 50 : large));
      expect(await library.listBin()).toEqual([]);
      expect(await library.scan({ deep: true })).toEqual([]);
    });

    it('renames and annotates', async () => {
      const library = await make();
      await library.createRun('a', { note: 'first' });
      await expect(library.createRun('a')).rejects.toMatchObject({ kind: 'CheckpointExistsError' });
      await library.commitStep('a', 1, stepFiles(1));
      await library.commitStep('b', 1, stepFiles(2));
      await expect(library.renameRun('a', 'b')).rejects.toMatchObject({ kind: 'CheckpointExistsError' });
      await library.renameRun('a', 'c');
      await library.noteRun('c', 'noted');
      await library.nameStep('c', 1, 'best');
      await library.noteStep('c', 1, 'why');
      expect(await library.findRun('c')).toMatchObject({ name: 'c', note: 'noted', stepCount: 1 });
      expect(await library.findStep('c', 1)).toMatchObject({ name: 'best', note: 'why' });
      await library.nameStep('c', 1, undefined);
      expect(await library.findStep('c', 1)).not.toHaveProperty('name');
      await expectStep(library, 'c', 1, stepFiles(1));
      await expectStep(library, 'b', 1, stepFiles(2));
    });

    it('refuses names and numbers that nobody means', async () => {
      const library = await make();
      const kind = 'InvalidArgumentError';
      for (const run of ['', '  ', 'a\nb', '\u0000', 'x'.repeat(201), '\ud800'])
        await expect(library.commitStep(run, 1, stepFiles(1)), run).rejects.toMatchObject({ kind });
      for (const step of [-1, 0.5, Number.NaN, 2 ** 53])
        await expect(library.commitStep('run', step, stepFiles(1))).rejects.toMatchObject({ kind });
      const twice: [string, Uint8Array][] = [
        ['a', new Uint8Array(1)],
        ['a', new Uint8Array(2)],
      ];
      await expect(library.commitStep('run', 1, twice)).rejects.toMatchObject({ kind });
      expect(await library.listRuns()).toEqual([]);
    });

    it('keeps hostile names and keys apart', async () => {
      const library = await make();
      const names = ['__proto__', '../up', '/', 'con', 'W', 'w', 'e\u0301', '\u00e9', 'a/1', '\uffff'];
      const files = new Map(names.map((key, i) => [key, Uint8Array.of(i)]));
      for (const [step, run] of names.entries()) await library.commitStep(run, step, files);
      for (const [step, run] of names.entries()) await expectStep(library, run, step, files);
      expect((await library.listRuns()).length).toBe(names.length);
    });

    it('lets one tab at a time train a run', async () => {
      const library = await make();
      await library.createRun('a');
      await library.createRun('b');
      const held = await library.holdRun('a');
      expect(await library.holdRun('a')).toBeUndefined();
      (await library.holdRun('b'))?.release();
      await library.renameRun('a', 'z');
      expect(await library.holdRun('z')).toBeUndefined();
      held?.release();
      await library.whenRunFree('z');
      (await library.holdRun('z'))?.release();
    });
  });
}
