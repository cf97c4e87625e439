// npm run bench [-- --rounds 3 --nets tiny,mnist --matmul 1024,4096 --peak 67000]
//   Linnet beside its peers in one Chromium, interleaved; writes RESULTS.md. --matmul: sizes of matrix products; --peak: the GPU's
//   float32 peak in GFLOP per second, to state products as a share of it.
// npm run bench -- --node [--software]
//   The same in Node on the optional package webgpu (npm install --no-save webgpu), on this machine's GPU or, with --software, on the
//   software adapter that Chromium brings along; writes RESULTS_NODE.md.
import { writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { MISSING } from '../scripts/webgpuForNode.mjs';
import { open } from './browser.mjs';
import { bundle } from './bundle.mjs';
import { openNode } from './node.mjs';
import { renderResults } from './table.mjs';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    nets: { type: 'string', default: 'tiny,mnist,wide' },
    matmul: { type: 'string', default: '1024' },
    peak: { type: 'string' },
    node: { type: 'boolean', default: false },
    software: { type: 'boolean', default: false },
  },
});
if (options.node) {
  await import('webgpu').catch(() => {
    console.error(MISSING);
    process.exit(1);
  });
}
const NAMES = options.node
  ? ['linnet', 'jaxWebgpu', 'tfWebgpu', 'jaxWasm', 'tfCpu']
  : ['linnet', 'jaxWebgpu', 'tfWebgpu', 'jaxWasm', 'tfWasm', 'tfCpu'];
const rounds = Number(options.rounds);
const nets = options.nets.split(',').filter(Boolean);
const sizes = options.matmul.split(',').filter(Boolean).map(Number);
/** Contenders that would take minutes a round, and those that get one round only. */
const SKIPPED = { wide: ['tfCpu'] };
const ONCE = { wide: ['tfWebgpu'] };
/** Calls before anything is counted: enough for as many losses as are ever waited for at once, for each of which memory is made once. */
const SETTLING_CALLS = { tiny: 20, mnist: 4, wide: 4 };

const results = {
  date: new Date().toISOString(),
  cpu: `${cpus().length} × ${cpus()[0].model}`,
  load: loadavg()[0],
  where: options.node ? `Node ${process.version} on the package webgpu` : 'headless Chromium',
  adapter: '',
  peak: options.peak && Number(options.peak),
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

/** The size of a contender is that of all scripts it loads: none may be missing there. */
function checkCounted(script) {
  const isCounted = Object.values(results.sizes).some(({ files }) => files.includes(script));
  if (!isCounted) throw new Error(`${script} was loaded, but is not counted in the sizes of contenders.`);
}

async function withBrowser(names, f) {
  const browser = options.node ? await openNode(names, options.software) : await open(names, checkCounted);
  try {
    const ready = [];
    for (const name of names) {
      await browser.call(name, 'init').then(
        (adapter) => {
          ready.push(name);
          results.adapter ||= adapter;
        },
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
  writeFileSync(join(import.meta.dirname, options.node ? 'RESULTS_NODE.md' : 'RESULTS.md'), text);
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
      const once = await browser.call(name, 'train', net, 1);
      const calls = ONCE[net]?.includes(name) ? 1 : SETTLING_CALLS[net];
      const settled = await browser.call(name, 'train', net, calls * once.steps);
      rates[name] = settled.steps / settled.ms || once.steps / once.ms;
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

/** A product takes this long at least, ms: short ones are timed many at a time. */
const PRODUCTS_MS = 500;

for (const n of sizes) {
  const names = NAMES.filter((name) => name !== 'tfCpu');
  await withBrowser(names, async (browser, ready) => {
    const counts = {};
    results.matmul[n] = {};
    for (let round = 0; round < rounds; round++) {
      for (const name of ready) {
        if (ONCE.wide.includes(name) && round > 0) continue;
        counts[name] ??= await browser.call(name, 'matmul', n, 1).then(({ ms }) => Math.max(2, Math.ceil(PRODUCTS_MS / ms)));
        const run = await timed(browser, () => browser.call(name, 'matmul', n, counts[name]));
        const flops = 2 * n ** 3 * counts[name];
        results.matmul[n][name] ??= [];
        results.matmul[n][name].push({
          perSecond: flops / run.ms / 1e6,
          // One more product warms each call up.
          perCpuSecond: (flops * (1 + 1 / counts[name])) / 1e9 / run.cpuSeconds,
        });
      }
    }
  });
}

console.log(save());
process.exit(0);
