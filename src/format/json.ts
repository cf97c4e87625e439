import { checkLimit, decodeUtf8, LIMITS, LinnetError } from '#linnet/core';

/** A JSON value whose objects are Maps, so that no name of a foreign file is ever a property. Integers above 2^53 - 1 are bigint. */
export type JsonValue = null | boolean | number | bigint | string | JsonValue[] | JsonMap;
export type JsonMap = Map<string, JsonValue>;

const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/y;
const SPACE = /[ \t\r\n]*/y;
const WORDS: readonly [string, JsonValue][] = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
];

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
    SPACE.lastIndex = this.#at;
    SPACE.test(this.#text);
    this.#at = SPACE.lastIndex;
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    this.#space();
    return true;
  }

  #value(depth: number): JsonValue {
    checkLimit(`${this.#what}: nesting of JSON`, depth, LIMITS.jsonDepth, 'levels');
    this.#space();
    const value = this.#bare(depth);
    this.#space();
    return value;
  }

  #bare(depth: number): JsonValue {
    const char = this.#text[this.#at];
    if (char === '{') return this.#object(depth);
    if (char === '[') return this.#array(depth);
    if (char === '"') return this.#string();
    for (const [word, value] of WORDS) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    return this.#number();
  }

  #object(depth: number): JsonMap {
    const map: JsonMap = new Map();
    this.#take('{');
    if (this.#take('}')) return map;
    do {
      if (this.#text[this.#at] !== '"') throw this.#error('a name in quotes is missing');
      const name = this.#string();
      if (map.has(name)) throw this.#error(`the name ${JSON.stringify(name)} occurs twice in one object`);
      this.#space();
      if (!this.#take(':')) throw this.#error('a colon is missing');
      map.set(name, this.#value(depth + 1));
    } while (this.#take(','));
    if (this.#text[this.#at] !== '}') throw this.#error('an object does not end');
    this.#at++;
    return map;
  }

  #array(depth: number): JsonValue[] {
    const list: JsonValue[] = [];
    this.#take('[');
    if (this.#take(']')) return list;
    do list.push(this.#value(depth + 1));
    while (this.#take(','));
    if (this.#text[this.#at] !== ']') throw this.#error('an array does not end');
    this.#at++;
    return list;
  }

  #string(): string {
    // Most strings hold no escape and no control character; the regular expression would recurse on very long ones.
    const end = this.#text.indexOf('"', this.#at + 1);
    if (end < 0) throw this.#error('a string does not end');
    const plain = this.#text.slice(this.#at + 1, end);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids exactly these.
    if (!/[\\\u0000-\u001f]/.test(plain)) {
      this.#at = end + 1;
      return plain;
    }
    return this.#escapedString();
  }

  #escapedString(): string {
    let end = this.#at + 1;
    for (; this.#text[end] !== '"'; end++) {
      if (end >= this.#text.length) throw this.#error('a string does not end');
      if (this.#text[end] === '\\') end++;
    }
    try {
      const value = JSON.parse(this.#text.slice(this.#at, end + 1)) as string;
      this.#at = end + 1;
      return value;
    } catch {
      throw this.#error('a string has a bad escape or a control character');
    }
  }

  #number(): number | bigint {
    NUMBER.lastIndex = this.#at;
    const match = NUMBER.exec(this.#text);
    if (match === null) throw this.#error('a value is missing');
    this.#at = NUMBER.lastIndex;
    const value = Number(match[0]);
    const isInteger = match[1] === undefined && match[2] === undefined;
    // Above 2^53 digits would be lost; a number of more digits than any format has is refused by whoever expects it.
    return isInteger && !Number.isSafeInteger(value) && match[0].length <= 40 ? BigInt(match[0]) : value;
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
