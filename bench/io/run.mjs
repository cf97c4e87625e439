import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { chromium } from 'playwright';
import { createServer } from 'vite';
import { CHROMIUM_ARGS, findChromium } from '../../scripts/chromium.mjs';

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
  const { storage, pauses, rates } = await benchStorage();
  for (const { what, ms, mibPerSecond, longestPauseMs } of storage)
    console.log(
      `${what.padEnd(40)} ${ms.toFixed(0).padStart(6)} ms ${mibPerSecond.toFixed(0).padStart(6)} MiB/s   longest pause ${longestPauseMs?.toFixed(1)} ms`,
    );
  console.log('\nA save of 64 MiB, as the thread that trains feels it');
  for (const { what, ms, longestPauseMs } of pauses)
    console.log(`${what.padEnd(40)} ${ms.toFixed(0).padStart(6)} ms   longest pause ${longestPauseMs.toFixed(1)} ms`);
  const { without, withSaves, saves } = rates;
  console.log(
    `\nsteps/s of 64-256-128-10: ${without.toFixed(1)} without saves, ${withSaves.toFixed(1)} with one every 100 steps (${saves} saves): ${(withSaves / without).toFixed(2)}`,
  );
}
