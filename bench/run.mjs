// npm run bench [-- --rounds 3 --nets tiny,mnist]   Linnet beside its peers in one Chromium, interleaved; writes RESULTS.md.
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { bundle, open } from './browser.mjs';
import { renderResults } from './table.mjs';

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, nets: { type: 'string', default: 'tiny,mnist,wide' } },
});
const NAMES = ['linnet', 'jaxWebgpu', 'tfWebgpu', 'jaxWasm', 'tfWasm', 'tfCpu'];
const rounds = Number(options.rounds);
const nets = options.nets.split(',');
/** Contenders that would take minutes a round, and those that get one round only. */
const SKIPPED = { wide: ['tfCpu'] };
const ONCE = { wide: ['tfWebgpu'] };
const MATMUL = 1024;

const results = {
  date: new Date().toISOString(),
  cpu: `${cpus().length} × ${cpus()[0].model}`,
  load: loadavg()[0],
  sizes: await bundle(NAMES),
  train: {},
  first: {},
  counts: {},
  matmul: {},
};

/** Runs `f` and adds what it took: CPU seconds of the whole browser. */
async function timed(browser, f) {
  const before = browser.cpuSeconds();
  const value = await f();
  return { ...value, cpuSeconds: browser.cpuSeconds() - before };
}

async function withBrowser(names, f) {
  const browser = await open(names);
  try {
    const ready = [];
    for (const name of names) {
      await browser.call(name, 'init').then(
        () => ready.push(name),
        (error) => console.error(`${name} does not start: ${error.message.slice(0, 200)}`),
      );
    }
    return await f(browser, ready);
  } finally {
    await browser.close();
  }
}

/** Writes what there is so far: a run that is cut short keeps its results. */
function save() {
  const text = renderResults(results);
  writeFileSync(join(import.meta.dirname, 'RESULTS.md'), text);
  return text;
}

for (const net of nets) {
  const names = NAMES.filter((name) => !SKIPPED[net]?.includes(name));
  await withBrowser(names, async (browser, ready) => {
    const rates = {};
    results.first[net] = {};
    results.train[net] = {};
    results.counts[net] = {};
    for (const name of ready) {
      results.first[net][name] = await timed(browser, () => browser.call(name, 'firstStep', net));
      const probe = await browser.call(name, 'train', net, net === 'tiny' ? 20 : 1);
      rates[name] = (await browser.call(name, 'train', net, net === 'tiny' ? 20 : 1).then((r) => r.steps / r.ms)) || probe.steps / probe.ms;
      results.train[net][name] = [];
    }
    for (let round = 0; round < rounds; round++) {
      for (const name of ready) {
        if (round > 0 && ONCE[net]?.includes(name)) continue;
        const steps = Math.max(1, Math.round(rates[name] * 1500));
        const before = await browser.call(name, 'counts');
        const run = await timed(browser, () => browser.call(name, 'train', net, steps));
        const after = await browser.call(name, 'counts');
        rates[name] = run.steps / run.ms;
        results.train[net][name].push({ perSecond: (run.steps / run.ms) * 1000, perCpuSecond: run.steps / run.cpuSeconds });
        results.counts[net][name] = Object.fromEntries(
          Object.entries(after).map(([key, count]) => [key, (count - (before[key] ?? 0)) / run.steps]),
        );
        console.error(net, name, results.train[net][name].at(-1));
      }
    }
  });
  save();
}

await withBrowser(
  NAMES.filter((name) => name !== 'tfCpu'),
  async (browser, ready) => {
    for (let round = 0; round < rounds; round++) {
      for (const name of ready) {
        if (name === 'tfWebgpu' && round > 0) continue;
        const count = name.endsWith('Wasm') ? 8 : 2;
        const run = await timed(browser, () => browser.call(name, 'matmul', MATMUL, count));
        results.matmul[name] = [
          ...(results.matmul[name] ?? []),
          { perSecond: (2 * MATMUL ** 3 * count) / run.ms / 1e6, perCpuSecond: (2 * MATMUL ** 3 * (count + 1)) / 1e9 / run.cpuSeconds },
        ];
      }
    }
  },
);

console.log(save());
