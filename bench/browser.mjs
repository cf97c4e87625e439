import { createReadStream, existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename, extname, join, normalize } from 'node:path';
import { chromium } from 'playwright';
import { CHROMIUM_ARGS, findChromium } from '../scripts/chromium.mjs';
import { BUNDLES } from './bundle.mjs';

const here = import.meta.dirname;
const TYPES = { '.js': 'text/javascript', '.wasm': 'application/wasm' };

/** A Chromium with every contender in a worker of its own. `scripts` is told each script that a worker asks for. */
export async function open(names, scripts = () => {}) {
  const server = createServer((request, response) => {
    response.setHeader('Cross-Origin-Opener-Policy', 'same-origin');
    response.setHeader('Cross-Origin-Embedder-Policy', 'require-corp');
    const path = normalize(decodeURIComponent(request.url.split('?')[0]));
    if (path === '/') return response.setHeader('content-type', 'text/html').end('<!doctype html><title>bench</title>');
    const file = path.startsWith('/wasm/')
      ? join(here, 'node_modules/@tensorflow/tfjs-backend-wasm/dist', path.slice(6))
      : join(BUNDLES, path);
    if (!existsSync(file)) return response.writeHead(404).end();
    if (extname(file) === '.js') scripts(basename(file));
    response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const chromiumServer = await chromium.launchServer({ executablePath: findChromium(), args: CHROMIUM_ARGS });
  const browser = await chromium.connect(chromiumServer.wsEndpoint());
  const page = await browser.newPage();
  page.on('console', (message) => message.type() === 'error' && console.error(message.text().slice(0, 500)));
  await page.goto(`http://127.0.0.1:${server.address().port}/`);
  await page.evaluate(startWorkers, names);
  const { pid } = chromiumServer.process();
  return {
    call: (name, method, ...args) => page.evaluate(([n, m, a]) => globalThis.ask(n, m, a), [name, method, args]),
    /** CPU seconds that the browser's processes used so far. */
    cpuSeconds: () => cpuSeconds(pid),
    close: async () => {
      await browser.close();
      await chromiumServer.close();
      server.close();
    },
  };
}

/** Runs in the page: one worker per contender, and `ask` to talk to them. */
async function startWorkers(names) {
  const pending = new Map();
  let nextId = 0;
  const workers = {};
  for (const name of names) {
    await new Promise((resolve, reject) => {
      const worker = new Worker(`/${name}.js`, { type: 'module' });
      worker.onerror = (event) => reject(new Error(`${name}: ${event.message}`));
      worker.onmessage = ({ data }) => {
        if (data.ready) return resolve();
        const { resolve: done, reject: fail } = pending.get(data.id);
        pending.delete(data.id);
        if (data.error) fail(new Error(`${name}: ${data.error}`));
        else done(data.value);
      };
      workers[name] = worker;
    });
  }
  globalThis.ask = (name, method, args) =>
    new Promise((resolve, reject) => {
      pending.set(++nextId, { resolve, reject });
      workers[name].postMessage({ id: nextId, method, args });
    });
}

/** CPU seconds that the process `root` and those it started used so far. */
export function cpuSeconds(root) {
  const children = new Map();
  const ticks = new Map();
  for (const entry of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      ticks.set(Number(entry), Number(fields[11]) + Number(fields[12]));
      children.set(Number(fields[1]), [...(children.get(Number(fields[1])) ?? []), Number(entry)]);
    } catch {
      // The process ended meanwhile.
    }
  }
  let sum = 0;
  const stack = [root];
  while (stack.length > 0) {
    const pid = stack.pop();
    sum += ticks.get(pid) ?? 0;
    stack.push(...(children.get(pid) ?? []));
  }
  return sum / 100;
}
