import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { build } from 'vite';
import { CHROMIUM_ARGS, findChromium } from '../../scripts/chromium.mjs';
import { createSiteServer, DIST, listen } from '../../scripts/server.mjs';
import { diffOfMillion, firstSteps, longTasks, pauseTime, scrub, treeOfTenThousand } from './measures.mjs';

/** What is measured, in the order of the table of goals. */
const MEASURES = [
  ['UX-01', 'first step, cold open', '8,000 ms without a GPU, 3,000 with one', firstSteps],
  ['UX-01', 'first step, second open', '3,000 ms', firstSteps],
  ['UX-03', 'longest task / p95 input delay while training and saving', '100 / 50 ms', longTasks],
  ['UX-04', 'pause: click to last step', '100 ms', pauseTime],
  ['UX-08', 'tree of 10,000 leaves: open / frames while scrolling', '1,000 ms / 50 a second', treeOfTenThousand],
  ['UX-13', 'time travel, a checkpoint', '50 ms', scrub],
  ['UX-14', 'diff of two checkpoints of 1 M parameters', '500 ms', diffOfMillion],
];

await build({ root: join(import.meta.dirname, '..', '..'), logLevel: 'error' });
const server = createSiteServer(DIST);
const url = `http://127.0.0.1:${await listen(server, 0)}/`;
const profile = mkdtempSync(join(tmpdir(), 'linnet-ux-'));

/** A page of the site in the one profile: what was kept stays kept. */
async function open() {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: findChromium(),
    headless: true,
    args: CHROMIUM_ARGS,
    viewport: { width: 1280, height: 800 },
  });
  return { context, page: context.pages()[0] ?? (await context.newPage()), url };
}

const load = () => loadavg()[0].toFixed(1);
console.log(`${cpus().length} × ${cpus()[0].model}, load ${load()} at the start\n`);
const only = process.argv.slice(2);
for (const [id, what, goal, measure] of MEASURES) {
  if (only.length > 0 && !only.includes(id)) continue;
  const result = await measure(open).catch((error) => `not measured: ${String(error.message).split('\n')[0]}`);
  console.log(`${id}  ${what.padEnd(58)} ${result.padEnd(24)} goal ${goal}; load ${load()}`);
}
server.closeAllConnections();
server.close();
rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
