import { describe, expect, it } from 'vitest';
import { httpStore } from './http';
import { compareKeys } from './keys';
import { contractFiles, readContract } from './testing/contract';

const BASE = 'https://example.org/checkpoints/run';

/** A server of `contractFiles()` that knows byte ranges, or does not. */
function server(knowsRanges: boolean): typeof fetch {
  return async (input, init) => {
    const key = decodeURIComponent(new URL(String(input)).pathname.slice('/checkpoints/run/'.length));
    const value = contractFiles().get(key);
    if (value === undefined) return new Response(null, { status: 404 });
    const range = knowsRanges ? new Headers(init?.headers).get('Range') : null;
    const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(range ?? '') ?? [];
    const size = value.byteLength;
    if (from === undefined)
      return new Response(init?.method === 'HEAD' ? null : value.slice(), { headers: { 'Content-Length': String(size) } });
    const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
    const end = from === '' || to === '' ? size : Math.min(size, Number(to) + 1);
    if (start >= size) return new Response(null, { status: 416, headers: { 'Content-Range': `bytes */${size}` } });
    return new Response(value.slice(start, end), { status: 206, headers: { 'Content-Range': `bytes ${start}-${end - 1}/${size}` } });
  };
}

const entries = Array.from(contractFiles(), ([key, value]) => ({ key, byteLength: value.byteLength })).sort((a, b) =>
  compareKeys(a.key, b.key),
);

readContract('http with ranges', async () => httpStore(BASE, { entries, fetch: server(true) }));
readContract('http without ranges', async () => httpStore(BASE, { entries, fetch: server(false) }));

describe('httpStore', () => {
  it('says that HTTP cannot list when the files are not named', async () => {
    await expect(httpStore(BASE, { fetch: server(true) }).list()).rejects.toMatchObject({ kind: 'UnsupportedFormatError' });
  });

  it('reports what a server answered', async () => {
    const broken = httpStore(BASE, { fetch: async () => new Response(null, { status: 503, statusText: 'Busy' }) });
    await expect(broken.read('a')).rejects.toMatchObject({ kind: 'StorageError', message: expect.stringContaining('503 Busy') });
    const offline = httpStore(BASE, { fetch: () => Promise.reject(new TypeError('Failed to fetch')) });
    await expect(offline.byteLength('a')).rejects.toMatchObject({
      kind: 'StorageError',
      message: expect.stringContaining('Failed to fetch'),
    });
  });

  it('refuses addresses that are not http', () => {
    for (const url of ['ftp://x/y', 'javascript:alert(1)', 'nothing']) expect(() => httpStore(url)).toThrow(/http or https/);
  });
});
