import { checkLimit, decodeUtf8, LIMITS, LinnetError } from '#linnet/core';

/** A JSON value whose objects are Maps, so that no name of a foreign file is ever a property. Integers above 2^53 - 1 are bigint. */
export type JsonValue = null | boolean | number | bigint | string | JsonValue[] | JsonMap;
export type JsonMap = Map<string, JsonValue>;

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const WORDS: readonly [string, JsonValue][] = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
];
const BACKSLASH = 0x5c;
const QUOTE = 0x22;
const SPACE = 0x20;
/** Digits of an integer that becomes a bigint; more are read as a double, which no field accepts. */
const MAX_DIGITS = 40;

class Parser {
  readonly #text: string;
  readonly #what: string;
  #at = 0;

  constructor(text: string, what: string) {
    this.#text = text;
    this.#what = what;
  }

  document(): JsonValue {
    const value = this.#value(0);
    if (this.#at < this.#text.length) throw this.#error('text is left over');
    return value;
  }

  #error(message: string): LinnetError {
    return new LinnetError('CorruptFileError', `${this.#what} is not valid JSON: ${message} at character ${this.#at}.`, {
      details: { offset: this.#at },
    });
  }

  #space(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== SPACE && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at++;
    }
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    this.#space();
    return true;
  }

  #value(depth: number): JsonValue {
    if (depth > LIMITS.jsonDepth) checkLimit(`${this.#what}: nesting of JSON`, depth, LIMITS.jsonDepth, 'levels');
    this.#space();
    const value = this.#bare(depth);
    this.#space();
    return value;
  }

  #bare(depth: number): JsonValue {
    const char = this.#text[this.#at];
    if (char === '"') return this.#string();
    if (char === '{') return this.#object(depth);
    if (char === '[') return this.#array(depth);
    if (char === undefined || char === '-' || char > '9') {
      for (const [word, value] of WORDS) {
        if (!this.#text.startsWith(word, this.#at)) continue;
        this.#at += word.length;
        return value;
      }
    }
    return this.#number();
  }

  #object(depth: number): JsonMap {
    const map: JsonMap = new Map();
    this.#take('{');
    if (this.#text[this.#at] === '}') return this.#close(map);
    do {
      if (this.#text[this.#at] !== '"') throw this.#error('a name in quotes is missing');
      const name = this.#string();
      if (map.has(name)) throw this.#error(`the name ${JSON.stringify(name)} occurs twice in one object`);
      this.#space();
      if (!this.#take(':')) throw this.#error('a colon is missing');
      map.set(name, this.#value(depth + 1));
    } while (this.#take(','));
    if (this.#text[this.#at] !== '}') throw this.#error('an object does not end');
    return this.#close(map);
  }

  #array(depth: number): JsonValue[] {
    const list: JsonValue[] = [];
    this.#take('[');
    if (this.#text[this.#at] === ']') return this.#close(list);
    do list.push(this.#value(depth + 1));
    while (this.#take(','));
    if (this.#text[this.#at] !== ']') throw this.#error('an array does not end');
    return this.#close(list);
  }

  #close<T>(value: T): T {
    this.#at++;
    return value;
  }

  #string(): string {
    const start = this.#at;
    let end = start + 1;
    let isPlain = true;
    for (; ; end++) {
      const code = this.#text.charCodeAt(end);
      if (code === QUOTE) break;
      // Past the end the code is NaN.
      if (!(code >= SPACE)) throw this.#error(Number.isNaN(code) ? 'a string does not end' : 'a string has a control character');
      if (code !== BACKSLASH) continue;
      isPlain = false;
      end++;
    }
    const value = isPlain ? this.#text.slice(start + 1, end) : this.#unescape(this.#text.slice(start, end + 1));
    this.#at = end + 1;
    return value;
  }

  #unescape(quoted: string): string {
    try {
      return JSON.parse(quoted) as string;
    } catch {
      throw this.#error('a string has a bad escape');
    }
  }

  #number(): number | bigint {
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (match === null) throw this.#error('a value is missing');
    this.#at = NUMBER.lastIndex;
    const value = Number(match[0]);
    const isInteger = match[1] === undefined && match[2] === undefined;
    return isInteger && !Number.isSafeInteger(value) && match[0].length <= MAX_DIGITS ? BigInt(match[0]) : value;
  }
}

/**
 * `bytes` as one JSON document, size and nesting checked. Stricter than most: a name that occurs twice is refused, as two readers could
 * take two different values. Looser in one point: NaN and Infinity are read, since Python writes them. `what` names it in messages.
 * Errors: CorruptFileError, LimitExceededError.
 */
export function parseJson(bytes: Uint8Array, what: string): JsonValue {
  checkLimit(what, bytes.byteLength, LIMITS.jsonByteLength, 'bytes');
  return new Parser(decodeUtf8(bytes, what), what).document();
}
