import { type HostArray, hostArray, isHostArray, LinnetError, sizeOf, typedView } from '#linnet/core';
import { type Aval, bind, fromHost, isStaging, KeyArray, NDArray } from '#linnet/tensor';
import { threefrySeed } from './primitives';

/**
 * Keys whose words are known on the host, so that drawing from them needs no reading back and they take no device memory until an
 * operation on the device needs them.
 */
export class HostKeyArray extends KeyArray {
  readonly hostWords: Uint32Array;
  readonly #shape: readonly number[];
  #onDevice: NDArray | undefined;

  /** Keys of `shape` from their words, two a key. */
  constructor(shape: readonly number[], hostWords: Uint32Array) {
    const words = [...shape, 2];
    if (hostWords.length !== sizeOf(words)) {
      throw new LinnetError(
        'ShapeError',
        `Keys of shape [${shape.join(', ')}] have ${sizeOf(words)} words; ${hostWords.length} were given.`,
      );
    }
    // The base class only looks at shape and dtype; the words themselves are made when they are asked for.
    super({ dtype: 'uint32', shape: words } as unknown as NDArray);
    this.hostWords = hostWords;
    this.#shape = shape;
    Object.defineProperty(this, 'words', { get: () => this.#wordsNow(), configurable: true, enumerable: true });
  }

  override get aval(): Aval {
    return { shape: this.#shape, dtype: 'key<fry>', weakType: false };
  }

  override async toHost(): Promise<HostArray> {
    return hostArray('key<fry>', this.#shape, this.#bytes());
  }

  override dispose(): void {
    this.#onDevice?.dispose();
    this.#onDevice = undefined;
  }

  /** The words as part of the program being traced, or in device memory. */
  #wordsNow(): NDArray {
    if (isStaging() && this.#shape.length === 0) return bind(threefrySeed, [], { words: Array.from(this.hostWords) })[0]!;
    this.#onDevice ??= fromHost(hostArray('uint32', [...this.#shape, 2], this.#bytes()));
    return this.#onDevice;
  }

  #bytes(): Uint8Array {
    const { buffer, byteOffset, byteLength } = this.hostWords;
    return new Uint8Array(buffer, byteOffset, byteLength).slice();
  }
}

/** Typed keys from their words: a `HostArray`, a `[hi, lo]` list, or uint32 `[..., 2]` on the device. Like `jax.random.wrap_key_data`. */
export function wrapKeyData(data: NDArray | HostArray | Uint32Array | readonly number[]): KeyArray {
  if (data instanceof NDArray) return asKeys(data);
  if (isHostArray(data)) {
    const shape = data.dtype === 'key<fry>' ? data.shape : data.shape.slice(0, -1);
    return new HostKeyArray(shape, Uint32Array.from(typedView(data) as Uint32Array));
  }
  return new HostKeyArray(data.length === 2 ? [] : [data.length / 2], Uint32Array.from(data));
}

/** The words of typed keys, uint32 `[..., 2]`. Like `jax.random.key_data`. */
export const keyData = (keys: NDArray): NDArray => asKeys(keys).words;

/** `value` as typed keys; raw uint32 `[..., 2]` words are accepted, as JAX accepts them. */
export function asKeys(value: NDArray): KeyArray {
  if (value instanceof KeyArray) return value;
  if (value instanceof NDArray) return new KeyArray(value);
  throw new LinnetError('InvalidArgumentError', `A random key was expected (jax.random.key(seed)), but ${typeof value} was given.`);
}
