import { LinnetError } from '#linnet/core';
import { attempting } from './platformError';
import { checkRange, rangeError, resolveRange } from './range';
import type { ByteRange, ReadableStore, StoreEntry } from './store';

/** Settings of an HTTP folder. */
export interface HttpStoreOptions {
  /** Files known to be there: HTTP itself cannot list. Without it `list` is an UnsupportedFormatError. */
  readonly entries?: readonly StoreEntry[];
  /** How to make requests; the platform's `fetch` when not given. */
  readonly fetch?: typeof fetch;
}

const rangeHeader = (range: ByteRange) =>
  'suffix' in range ? `bytes=-${range.suffix}` : `bytes=${range.offset}-${range.offset + range.length - 1}`;

const isEmpty = (range: ByteRange) => ('suffix' in range ? range.suffix : range.length) === 0;

class HttpStore implements ReadableStore {
  readonly name: string;
  readonly #base: URL;
  readonly #entries: readonly StoreEntry[] | undefined;
  readonly #fetch: typeof fetch;

  constructor(base: URL, options: HttpStoreOptions) {
    this.#base = base;
    this.name = base.href;
    this.#entries = options.entries;
    this.#fetch = options.fetch ?? ((input, init) => fetch(input, init));
  }

  read(key: string, range?: ByteRange): Promise<Uint8Array | undefined> {
    return attempting(`Reading ${this.#url(key)}`, async () => {
      if (range) checkRange(range);
      if (range && isEmpty(range)) return this.#readNothing(key, range);
      const response = await this.#request(key, range ? { headers: { Range: rangeHeader(range) } } : {});
      if (response === undefined) return undefined;
      if (range && response.status === 416) throw rangeError(range, totalLength(response) ?? 0, key, this.name);
      const bytes = new Uint8Array(await response.arrayBuffer());
      return range ? this.#partOf(response, bytes, range, key) : bytes;
    });
  }

  byteLength(key: string): Promise<number | undefined> {
    return attempting(`Asking for the size of ${this.#url(key)}`, async () => {
      const response = await this.#request(key, { method: 'HEAD' });
      if (response === undefined) return undefined;
      const length = response.headers.get('Content-Length');
      // A compressed answer gives the length of what travels, not of the file.
      if (length !== null && !response.headers.get('Content-Encoding')) return Number(length);
      return (await this.read(key))?.byteLength;
    });
  }

  async list(prefix = ''): Promise<StoreEntry[]> {
    if (this.#entries) return this.#entries.filter(({ key }) => key.startsWith(prefix));
    throw new LinnetError(
      'UnsupportedFormatError',
      `${this.name} cannot be listed: HTTP has no listing. Name the files in it, or download it as a zip and open that.`,
    );
  }

  /** The asked bytes of an answer, whether the server sent only those (206) or, knowing no ranges, the whole file (200). */
  #partOf(response: Response, bytes: Uint8Array, range: ByteRange, key: string): Uint8Array {
    if (response.status !== 206) {
      const { start, end } = resolveRange(range, bytes.byteLength, key, this.name);
      return bytes.slice(start, end);
    }
    const wanted = 'suffix' in range ? range.suffix : range.length;
    if (bytes.byteLength !== wanted) throw rangeError(range, totalLength(response) ?? bytes.byteLength, key, this.name);
    return bytes;
  }

  async #readNothing(key: string, range: ByteRange): Promise<Uint8Array | undefined> {
    const byteLength = await this.byteLength(key);
    if (byteLength === undefined) return undefined;
    resolveRange(range, byteLength, key, this.name);
    return new Uint8Array(0);
  }

  async #request(key: string, init: RequestInit): Promise<Response | undefined> {
    const response = await this.#fetch(this.#url(key), init);
    if (response.status === 404 || response.status === 410) return undefined;
    if (response.ok || response.status === 416) return response;
    throw new LinnetError(
      'StorageError',
      `${this.#url(key)} answered ${response.status} ${response.statusText}. Check the address and that the server allows this site.`,
    );
  }

  #url(key: string): string {
    return this.#base.href + key.split('/').map(encodeURIComponent).join('/');
  }
}

function totalLength(response: Response): number | undefined {
  const total = /\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '')?.[1];
  return total === undefined ? undefined : Number(total);
}

/** The folder at `url`, read only, through Range requests where the server knows them. */
export function httpStore(url: string, options: HttpStoreOptions = {}): ReadableStore {
  const base = URL.canParse(url) ? new URL(url.endsWith('/') ? url : `${url}/`) : undefined;
  if (base === undefined || !/^https?:$/.test(base.protocol))
    throw new LinnetError('InvalidArgumentError', `An HTTP store needs an http or https address; got ${JSON.stringify(url)}.`);
  return new HttpStore(base, options);
}
