import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { POLICY_HEADER, POLICY_SERVICE_WORKER } from './contentSecurityPolicy.mjs';

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
};

/** Ports tried in order before asking the system for any free one. */
const PORT_ATTEMPTS = 20;

function headersFor(file, bare) {
  const headers = { 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream', 'X-Content-Type-Options': 'nosniff' };
  if (bare) return headers;
  return {
    ...headers,
    'Cache-Control': file.includes(`${sep}assets${sep}`) ? 'public, max-age=31536000, immutable' : 'no-cache',
    'Content-Security-Policy': file.endsWith('sw.js') ? POLICY_SERVICE_WORKER : POLICY_HEADER,
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Embedder-Policy': 'require-corp',
    'Referrer-Policy': 'no-referrer',
  };
}

async function findFile(root, url) {
  const path = decodeURIComponent(new URL(url, 'http://localhost').pathname);
  const file = resolve(root, `.${path.endsWith('/') ? `${path}index.html` : path}`);
  if (file !== root && !file.startsWith(root + sep)) return undefined;
  const found = await stat(file).catch(() => undefined);
  return found?.isFile() ? { file, byteLength: found.size } : undefined;
}

/**
 * Serves the built site in `root` on 127.0.0.1.
 *
 * @param {string} root
 * @param {{ bare?: boolean, onRequest?: (path: string) => void }} [options] `bare` leaves out every policy header, to show that the
 *   page's own policy holds without them; `onRequest` sees each request.
 */
export function createSiteServer(root, { bare = false, onRequest } = {}) {
  const base = resolve(root);
  return createServer((request, response) => {
    onRequest?.(request.url ?? '/');
    const answer = async () => {
      const found = await findFile(base, request.url ?? '/').catch(() => undefined);
      if (!found || (request.method !== 'GET' && request.method !== 'HEAD')) {
        response.writeHead(404, { 'Content-Type': 'text/plain' }).end('Not found\n');
        return;
      }
      response.writeHead(200, { ...headersFor(found.file, bare), 'Content-Length': found.byteLength });
      if (request.method === 'HEAD') response.end();
      else createReadStream(found.file).pipe(response);
    };
    void answer();
  });
}

function listenOnce(server, port) {
  return new Promise((done, fail) => {
    server.once('error', fail);
    server.listen(port, '127.0.0.1', () => {
      server.removeListener('error', fail);
      done(server.address().port);
    });
  });
}

/** Listens on `port`, or on the next free one when it is taken; resolves to the port. 0 asks for any. */
export async function listen(server, port) {
  for (let attempt = 0; attempt < PORT_ATTEMPTS; attempt++) {
    try {
      return await listenOnce(server, port === 0 ? 0 : port + attempt);
    } catch (error) {
      if (error.code !== 'EADDRINUSE') throw error;
    }
  }
  return listenOnce(server, 0);
}

export const DIST = join(import.meta.dirname, '..', 'dist', 'site');
