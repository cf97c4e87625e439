// npm run bench:storage   What saving and restoring cost beside raw OPFS and IndexedDB; writes bench/STORAGE.md.

import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright';
import { createServer } from 'vite';
import { CHROMIUM_ARGS, findChromium } from '../../scripts/chromium.mjs';
import { render } from './table.mjs';

const ROOT = resolve(import.meta.dirname, '../..');

/** Storage throughput of 64 MiB in a browser with its profile on disk (a private window keeps OPFS elsewhere and is several times slower). */
export async function benchStorage() {
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
    page.on('console', (message) => message.type() === 'error' && console.error(message.text()));
    page.on('pageerror', (error) => console.error(error));
    await page.goto(`http://127.0.0.1:${server.httpServer.address().port}/bench/io/index.html`);
    await page.waitForFunction(() => 'measure' in globalThis);
    return await page.evaluate(() => globalThis.measure());
  } finally {
    await context.close();
    await server.close();
    await rm(scratch, { recursive: true, force: true });
  }
}

if (process.argv[1] === import.meta.filename) {
  const figures = {
    date: new Date().toISOString(),
    cpus: cpus(),
    loadBefore: loadavg()[0],
    ...(await benchStorage()),
    loadAfter: loadavg()[0],
  };
  const text = render(figures);
  console.log(text);
  writeFileSync(join(ROOT, 'bench/STORAGE.md'), text);
}
