import { type HostArray, LinnetError } from '#linnet/core';
import { NDArray } from './array';
import type { Aval } from './aval';

/**
 * An array of typed PRNG keys, dtype `key<fry>`: a face on uint32 words [..., 2]. Programs only ever see the words, so keys take part in
 * every transformation without rules of their own.
 */
export class KeyArray extends NDArray {
  readonly words: NDArray;

  constructor(words: NDArray) {
    super();
    if (words.dtype !== 'uint32' || words.shape.at(-1) !== 2) {
      throw new LinnetError('ShapeError', `Keys are made of uint32[..., 2], not of ${words.toString()}.`);
    }
    this.words = words;
  }

  get aval(): Aval {
    return { shape: this.words.shape.slice(0, -1), dtype: 'key<fry>', weakType: false };
  }

  async toHost(): Promise<HostArray> {
    const host = await this.words.toHost();
    return { dtype: 'key<fry>', shape: this.shape, data: host.data };
  }

  override share(): KeyArray {
    return new KeyArray(this.words.share());
  }

  override dispose(): void {
    this.words.dispose();
  }
}

/** The uint32 words [..., 2] of typed keys. */
export function keyWords(keys: NDArray): NDArray {
  if (keys instanceof KeyArray) return keys.words;
  throw new LinnetError('DTypeError', `Typed keys (key<fry>) were expected, not ${keys.toString()}.`);
}

/** `f` of the array, or of the words behind typed keys (whose last axis of length 2 must stay), as the same kind again. */
export function throughKeys(x: NDArray, f: (x: NDArray) => NDArray): NDArray {
  return x instanceof KeyArray ? new KeyArray(f(x.words)) : f(x);
}
