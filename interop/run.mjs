// Proves both directions against real Orbax: Linnet writes, Python restores and saves again, Linnet reads. Prints "N passed, N failed, N skipped".
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { createServer } from 'vite';
import { checkContinuing } from './continuing.mjs';
import { checkNames } from './names.mjs';
import { checkPrinting } from './printing.mjs';
import { pythonOf, STACKS } from './python.mjs';

const ROOT = resolve(import.meta.dirname, '..');
const WORK = join(ROOT, '.cache', 'interop');
const RANDOM_TREES = Number(process.env.INTEROP_TREES ?? (process.env.LINNET_SOAK === '1' ? 300 : 50));
const SEED = Number(process.env.INTEROP_SEED ?? Math.floor(Math.random() * 2 ** 31));

const counts = { passed: 0, failed: 0, skipped: 0 };

/** One line for the person who watches. */
const say = (line) => process.stdout.write(`${line}\n`);

function count(name, error, skipped = false) {
  if (skipped) counts.skipped++;
  else if (error) {
    counts.failed++;
    say(`FAILED ${name}: ${error}`);
  } else counts.passed++;
}

/** Runs the Python side; every line it prints is one result. */
async function check(stack, python, plan, resaved) {
  await rm(resaved, { recursive: true, force: true });
  await mkdir(resaved, { recursive: true });
  const child = spawn(python, [join(ROOT, 'interop', 'check.py'), stack, plan, resaved], {
    env: { ...process.env, JAX_PLATFORMS: 'cpu', PYTHONDONTWRITEBYTECODE: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (data) => {
    errors = (errors + data).slice(-4000);
  });
  const ended = new Promise((done) => child.on('close', done));
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.startsWith('{')) continue;
    const { name, error, skipped } = JSON.parse(line);
    count(name, error, skipped);
  }
  const code = await ended;
  if (code !== 0) count(`${stack} Python`, `it ended with code ${code}: ${errors}`);
}

async function readBack(linnet, stack, cases, resaved) {
  for (const { name, leaves, resave } of cases.filter((one) => one.resave)) {
    const directory = join(resaved, name);
    if (!existsSync(directory)) continue;
    try {
      const problems = await linnet.compareResaved(directory, leaves, stack);
      count(`${stack} ${name} read again by Linnet`, problems.join('; '), !resave);
    } catch (cause) {
      count(`${stack} ${name} read again by Linnet`, cause.stack);
    }
  }
}

async function readContinued(linnet, stack, managers, resaved) {
  try {
    const problems = await linnet.compareContinued(join(resaved, 'continued'), managers);
    count(`${stack} manager continued by Python, read by Linnet`, problems.join('; '));
  } catch (cause) {
    count(`${stack} manager continued by Python, read by Linnet`, cause.stack);
  }
}

const pythons = new Map();
for (const { name } of STACKS) {
  try {
    pythons.set(name, await pythonOf(name));
  } catch (cause) {
    count(`${name} stack`, `its Python packages could not be installed: ${cause.message}`);
    pythons.set(name, null);
  }
}
const missing = STACKS.filter(({ name }) => pythons.get(name) === undefined);
for (const { name, minors } of missing) {
  const reason = `no Python of a fitting version was found (3.${minors[0]} to 3.${minors.at(-1)})`;
  if (process.env.CI === 'true') count(`${name} stack`, reason);
  else {
    console.warn(`SKIPPED the ${name} stack: ${reason}`);
    count(`${name} stack`, undefined, true);
  }
}

const vite = await createServer({
  root: ROOT,
  configFile: false,
  logLevel: 'error',
  oxc: { target: 'es2023' },
  server: { middlewareMode: true, hmr: false, ws: false },
  optimizeDeps: { noDiscovery: true },
  appType: 'custom',
});
try {
  if ([...pythons.values()].some(Boolean)) {
    const linnet = await vite.ssrLoadModule('/interop/linnet.ts');
    say(`Random trees from seed ${SEED} (INTEROP_SEED repeats them).`);
    const cases = join(WORK, 'cases');
    await linnet.writeCases(cases, RANDOM_TREES, SEED);
    const plan = join(cases, 'plan.json');
    const { cases: list, managers } = JSON.parse(await readFile(plan, 'utf8'));
    const stacks = STACKS.filter(({ name }) => pythons.get(name));
    await Promise.all(stacks.map(({ name }) => check(name, pythons.get(name), plan, join(WORK, `resaved-${name}`))));
    // The page and what is exported are for the present Flax.
    if (pythons.get('new')) {
      await checkNames(pythons.get('new'), count).catch((cause) => count('FEATURES.md', cause.stack));
      const printing = await vite.ssrLoadModule('/interop/printing.ts');
      await checkPrinting(printing, pythons.get('new'), { file: join(WORK, 'printed.json'), arrays: 500, seed: SEED }, count).catch(
        (cause) => count('Texts of arrays', cause.stack),
      );
      const continuing = await vite.ssrLoadModule('/interop/continuing.ts');
      await checkContinuing(continuing, pythons.get('new'), join(WORK, 'continuing'), count).catch((cause) =>
        count('Continue in JAX', cause.stack),
      );
    }
    for (const { name } of stacks) {
      await readBack(linnet, name, list, join(WORK, `resaved-${name}`));
      await readContinued(linnet, name, managers, join(WORK, `resaved-${name}`));
    }
  }
} finally {
  await vite.close();
}
say(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
process.exitCode = counts.failed > 0 ? 1 : 0;
