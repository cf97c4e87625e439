import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright';
import { createServer } from 'vite';
import { CHROMIUM_ARGS, findChromium } from '../../scripts/chromium.mjs';

const ROOT = resolve(import.meta.dirname, '../..');

/** Storage throughput of 64 MiB in a browser with its profile on disk (a private window keeps OPFS elsewhere and is several times slower). */
export async function benchStorage(only = null) {
  const scratch = await mkdtemp(join(tmpdir(), 'linnet-bench-'));
  const profile = join(scratch, 'profile');
  const server = await createServer({
    root: ROOT,
    cacheDir: join(scratch, 'vite'),
    optimizeDeps: { include: ['idb'] },
    server: { port: 0, host: '127.0.0.1', hmr: false },
    logLevel: 'error',
  });
  await server.listen();
  const executablePath = findChromium();
  const context = await chromium.launchPersistentContext(profile, {
    headless: true,
    args: CHROMIUM_ARGS,
    ...(executablePath ? { executablePath } : {}),
  });
  try {
    const page = context.pages()[0] ?? (await context.newPage());
    page.on('console', (message) => console.log(message.text()));
    page.on('pageerror', (error) => console.error(error));
    await page.goto(`http://127.0.0.1:${server.httpServer.address().port}/bench/io/index.html`);
    await page.waitForFunction(() => 'measure' in globalThis);
    return await page.evaluate((what) => globalThis.measure(what), only);
  } finally {
    await context.close();
    await server.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

const sorted = (list) => [...list].sort((a, b) => a - b);
const median = (list) => sorted(list)[Math.floor(list.length / 2)];
const shown = (list) => `${median(list).toFixed(1).padStart(7)} [${sorted(list)[0].toFixed(0)} – ${sorted(list).at(-1).toFixed(0)}]`;

if (process.argv[1] === import.meta.filename) {
  const { storage } = await benchStorage('storage');
  for (const [place, timings] of Object.entries(storage)) {
    console.log(`\n${place}`);
    for (const [what, list] of Object.entries(timings)) {
      const raw = timings[/save/.test(what) ? 'raw write' : /restore/.test(what) ? 'raw read' : ''];
      console.log(what.padEnd(30), shown(list), raw ? `${((100 * median(raw)) / median(list)).toFixed(0)} %` : '');
    }
  }
}
