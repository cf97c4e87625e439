// node bench/checkpoint/run.mjs [--rounds 5] [--sizes a,b] [--peak]   Linnet beside real Orbax, in turns, on one disk; writes bench/CHECKPOINTS.md.

import { writeFileSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { linnetInChromium, linnetInNode, orbaxInPython } from './contenders.mjs';
import { render } from './table.mjs';

const ROOT = resolve(import.meta.dirname, '../..');
const SCRATCH = join(ROOT, '.cache', 'checkpoint-bench');
const SIZES = {
  '16 x 4 MB': { count: 16, shape: [1024, 1024], perBlock: 0 },
  '1 x 64 MB': { count: 1, shape: [4096, 4096], perBlock: 0 },
  '16 x 16 MB': { count: 16, shape: [2048, 2048], perBlock: 0 },
  // Orbax takes minutes for one round of these.
  '10,000 leaves': { count: 10_000, shape: [2, 3], perBlock: 10, rounds: 1 },
};
const GIGABYTE = { count: 16, shape: [4096, 4096], perBlock: 0 };

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    sizes: { type: 'string', default: Object.keys(SIZES).join(';') },
    peak: { type: 'boolean', default: true },
  },
  allowNegative: true,
});

async function filesBelow(directory) {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => relative(directory, join(entry.parentPath, entry.name)));
}

const results = { date: new Date().toISOString(), cpu: `${cpus().length} x ${cpus()[0].model}`, load: loadavg()[0], sizes: {}, peak: {} };

/** One round of everything that is timed, in turns. */
async function round(size, contenders, record) {
  const own = { orbax: join(SCRATCH, 'by-orbax'), node: join(SCRATCH, 'by-node'), chromium: 'opfs:/by-chromium' };
  for (const [name, contender] of Object.entries(contenders)) record(name, 'save', await contender.call('save', own[name]));
  await contenders.chromium.call('remove', 'opfs:/by-orbax');
  await contenders.chromium.call('download', '/files/by-orbax', await filesBelow(own.orbax), 'opfs:/by-orbax');
  const linnets = { orbax: own.node, node: own.node, chromium: own.chromium };
  const orbaxs = { orbax: own.orbax, node: own.orbax, chromium: 'opfs:/by-orbax' };
  for (const [what, places] of Object.entries({ "Linnet's files": linnets, "Orbax's files": orbaxs })) {
    for (const method of ['metadata', 'restore'])
      for (const [name, contender] of Object.entries(contenders)) {
        const took = await contender.call(method, places[name]);
        if (took.leaves !== size.count) throw new Error(`${name} ${method} gave ${took.leaves} leaves instead of ${size.count}.`);
        record(name, `${method}, ${what}`, took);
      }
  }
}

async function measure(label, size) {
  const rows = {};
  const contenders = { orbax: await orbaxInPython(), node: await linnetInNode(SCRATCH), chromium: await linnetInChromium(SCRATCH) };
  try {
    for (const contender of Object.values(contenders)) await contender.call('prepare', size);
    // The first round warms up and is not counted.
    for (let i = -1; i < (size.rounds ?? Number(options.rounds)); i++) {
      await round(size, contenders, (name, action, { ms }) => {
        if (i < 0) return;
        rows[action] ??= {};
        rows[action][name] = [...(rows[action][name] ?? []), ms];
      });
    }
  } finally {
    for (const contender of Object.values(contenders)) await contender.close();
  }
  results.sizes[label] = rows;
}

/** Most memory of a process of its own while it saves and restores 1 GB, less what it had with the data before. */
async function measurePeaks() {
  const contenders = { orbax: orbaxInPython, node: () => linnetInNode(SCRATCH), chromium: () => linnetInChromium(SCRATCH) };
  for (const [name, open] of Object.entries(contenders)) {
    const place = name === 'chromium' ? 'opfs:/peak' : join(SCRATCH, `peak-${name}`);
    const saver = await open();
    await saver.call('prepare', GIGABYTE);
    const before = await saver.call('peak');
    const { ms } = await saver.call('save', place);
    results.peak[name] = { save: (await saver.call('peak')) - before, saveMs: ms };
    await saver.close();
    const restorer = await open();
    const empty = await restorer.call('peak');
    const restored = await restorer.call('restore', place);
    results.peak[name].restore = (await restorer.call('peak')) - empty - 2 ** 30;
    results.peak[name].restoreMs = restored.ms;
    if (name === 'chromium') await restorer.call('remove', place);
    await restorer.close();
    await rm(join(SCRATCH, `peak-${name}`), { recursive: true, force: true });
    save();
  }
}

/** Writes what there is so far: a run that is cut short keeps its results. */
function save() {
  const text = render(results);
  writeFileSync(join(ROOT, 'bench', 'CHECKPOINTS.md'), text);
  return text;
}

await rm(SCRATCH, { recursive: true, force: true });
await mkdir(SCRATCH, { recursive: true });
try {
  for (const label of options.sizes.split(';').filter(Boolean)) {
    await measure(label, SIZES[label]);
    save();
  }
  if (options.peak) await measurePeaks();
} finally {
  await rm(SCRATCH, { recursive: true, force: true });
}
console.log(save());
