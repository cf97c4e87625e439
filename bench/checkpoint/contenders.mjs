// The three that save and restore: Linnet in Node, Linnet in Chromium, Orbax in Python. Each has `call(method, ...args)` and `close()`.
import { spawn } from 'node:child_process';
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, normalize, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium } from 'playwright';
import { build } from 'vite';
import { pythonOf } from '../../interop/python.mjs';
import { CHROMIUM_ARGS, findChromium } from '../../scripts/chromium.mjs';
import { rendererPeak } from './processes.mjs';

const ROOT = resolve(import.meta.dirname, '../..');

async function bundle(entry, outDir, forNode) {
  const file = join(import.meta.dirname, `${entry}.ts`);
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'error',
    build: {
      outDir,
      emptyOutDir: false,
      copyPublicDir: false,
      target: 'es2023',
      ...(forNode ? { ssr: file } : { modulePreload: false }),
      rolldownOptions: { input: file, output: { entryFileNames: `${entry}.js`, codeSplitting: false } },
    },
    ssr: { noExternal: true },
  });
  return join(outDir, `${entry}.js`);
}

/** A child process that answers each line with one. */
function talkTo(command, args) {
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async call(method, ...rest) {
      child.stdin.write(`${JSON.stringify({ method, args: rest })}\n`);
      for (;;) {
        const { value: line, done } = await lines.next();
        if (done) throw new Error(`${command} ended.`);
        if (!line.startsWith('{')) continue;
        const { value, error } = JSON.parse(line);
        if (error) throw new Error(error);
        return value;
      }
    },
    async close() {
      child.stdin.end();
      await new Promise((done) => (child.exitCode === null ? child.once('exit', done) : done()));
    },
  };
}

export async function linnetInNode(scratch) {
  return talkTo(process.execPath, ['--max-old-space-size=4096', await bundle('node', scratch, true)]);
}

export async function orbaxInPython() {
  const python = await pythonOf('new');
  if (python === undefined) throw new Error('No Python that fits the new stack was found.');
  return talkTo(python, [join(import.meta.dirname, 'realOrbax.py')]);
}

/** Where the page is served: any free port the first time. */
let port = 0;

/** A dedicated worker of Chromium, whose profile lies on disk below `scratch`; what lies in `scratch` is served under /files. */
export async function linnetInChromium(scratch) {
  const script = await bundle('worker', scratch, false);
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(request.url.split('?')[0]));
    if (path === '/') return response.setHeader('content-type', 'text/html').end('<!doctype html><title>bench</title>');
    const file = path === '/worker.js' ? script : join(scratch, path.replace(/^\/files\//, ''));
    if (!existsSync(file)) return response.writeHead(404).end();
    response.setHeader('content-type', file.endsWith('.js') ? 'text/javascript' : 'application/octet-stream');
    createReadStream(file).pipe(response);
  });
  await new Promise((done) => server.listen(port, '127.0.0.1', done));
  // Another port would be another origin, which does not see the files of this one.
  port = server.address().port;
  const executablePath = findChromium();
  const context = await chromium.launchPersistentContext(join(scratch, 'profile'), {
    headless: true,
    args: CHROMIUM_ARGS,
    ...(executablePath ? { executablePath } : {}),
  });
  const page = context.pages()[0] ?? (await context.newPage());
  await page.goto(`http://127.0.0.1:${port}/`);
  await page.evaluate(() => {
    const worker = new Worker('/worker.js', { type: 'module' });
    globalThis.ask = (method, args) =>
      new Promise((done, fail) => {
        worker.onerror = ({ message }) => fail(new Error(message));
        worker.onmessage = ({ data }) => (data.error ? fail(new Error(data.error)) : done(data.value));
        worker.postMessage({ method, args });
      });
  });
  return {
    call: async (method, ...args) => (method === 'peak' ? rendererPeak() : page.evaluate(([m, a]) => globalThis.ask(m, a), [method, args])),
    async close() {
      await context.close();
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}
