import type { Shape } from '#linnet/core';

/** A block of code with the names known in it. */
interface Scope {
  readonly names: Map<string, string>;
  readonly flats: Map<string, string>;
}

const ATOM = /^(?:[A-Za-z_]\w*|\d+u)$/;

/** Writes statements in nested blocks; equal expressions get one name, as long as that is in scope. */
export class CodeWriter {
  readonly #lines: string[] = [];
  readonly #scopes: Scope[] = [{ names: new Map(), flats: new Map() }];
  readonly #counter: { next: number };

  /** `counter` is shared by writers whose code ends up in one function. */
  constructor(counter: { next: number } = { next: 0 }) {
    this.#counter = counter;
  }

  line(text: string): void {
    this.#lines.push(text);
  }

  /** A name that is not in use yet, and is no keyword: `i` and 32 would make one without the bar. */
  fresh(prefix: string): string {
    return `${prefix}_${this.#counter.next++}`;
  }

  /** A name for the value of `expression`: itself if it is a name or an index, else a new constant. */
  name(expression: string, prefix = 'i'): string {
    if (ATOM.test(expression)) return expression;
    const known = this.recall(expression);
    if (known !== undefined) return known;
    const name = this.fresh(prefix);
    this.line(`let ${name} = ${expression};`);
    this.remember(expression, name);
    return name;
  }

  /** What `remember` was told under `key` in this block or one around it. */
  recall(key: string): string | undefined {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const known = this.#scopes[i]!.names.get(key);
      if (known !== undefined) return known;
    }
    return undefined;
  }

  remember(key: string, name: string): void {
    this.#scopes.at(-1)!.names.set(key, name);
  }

  /** The flat index that these coordinates are known to stand for. */
  flatOf(shape: Shape, coordinates: readonly string[]): string | undefined {
    const key = `${shape}|${coordinates}`;
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const flat = this.#scopes[i]!.flats.get(key);
      if (flat !== undefined) return flat;
    }
    return undefined;
  }

  rememberFlat(shape: Shape, coordinates: readonly string[], flat: string): void {
    this.#scopes.at(-1)!.flats.set(`${shape}|${coordinates}`, flat);
  }

  /** Writes `header { … }`; names made inside are forgotten after it. */
  block(header: string, write: () => void): void {
    this.line(`${header} {`);
    this.#scopes.push({ names: new Map(), flats: new Map() });
    write();
    this.#scopes.pop();
    this.line('}');
  }

  text(): string {
    return this.#lines.join('\n');
  }
}
