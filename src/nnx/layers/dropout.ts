import { LinnetError } from '#linnet/core';
import { type KeyArray, random } from '#linnet/random';
import { type Array as JaxArray, jnp } from '#linnet/tensor';
import { FLAX_NAMES } from '../flaxNames';
import { Module } from '../module';
import { RngStream } from '../rngs/rngStream';
import { Rngs } from '../rngs/rngs';

export interface DropoutOptions {
  /** Where masks are drawn from. Without it, give `rngs` at each call. */
  readonly rngs?: Rngs | RngStream;
  /** Axes along which one mask is used, by default none. */
  readonly broadcastDims?: readonly number[];
  /** Whether nothing is dropped; `eval()` sets it. By default false. */
  readonly deterministic?: boolean;
  /** Name of the stream, by default `dropout`. */
  readonly rngCollection?: string;
}

export interface DropoutCall {
  readonly deterministic?: boolean;
  /** A key, a stream or streams to use in this call. */
  readonly rngs?: KeyArray | Rngs | RngStream;
}

/** Sets elements to 0 with probability `rate` and divides the others by 1 - rate (Srivastava et al. 2014). Like `flax.nnx.Dropout`. */
export class Dropout extends Module {
  static override readonly attributeNames = FLAX_NAMES;
  readonly rate: number;
  readonly broadcastDims: readonly number[];
  deterministic: boolean;
  readonly rngCollection: string;
  rngs: Rngs | RngStream | null;

  constructor(rate: number, options: DropoutOptions = {}) {
    super();
    if (!(rate >= 0 && rate <= 1))
      throw new LinnetError('InvalidArgumentError', `nnx.Dropout has the rate ${rate}; rates are from 0 to 1.`);
    this.rate = rate;
    this.broadcastDims = options.broadcastDims ?? [];
    this.deterministic = options.deterministic ?? false;
    this.rngCollection = options.rngCollection ?? 'dropout';
    this.rngs = ownStream(options.rngs, this.rngCollection);
  }

  /** `x` of any shape; the result has it too. */
  call(x: JaxArray, { deterministic = this.deterministic, rngs }: DropoutCall = {}): JaxArray {
    if (this.rate === 0 || deterministic) return x;
    if (this.rate === 1) return jnp.zerosLike(x);
    const keep = 1 - this.rate;
    const broadcast = new Set(this.broadcastDims.map((axis) => (axis < 0 ? axis + x.ndim : axis)));
    const shape = x.shape.map((length, axis) => (broadcast.has(axis) ? 1 : length));
    const mask = random.bernoulli(this.nextKey(rngs), keep, shape);
    return jnp.where(mask, x.div(keep), 0).astype(x.dtype as 'float32');
  }

  private nextKey(rngs: DropoutCall['rngs']): KeyArray {
    const source = rngs ?? this.rngs;
    if (source instanceof Rngs) return source.stream(this.rngCollection).call();
    if (source instanceof RngStream) return source.call();
    if (source !== null) return source;
    throw new LinnetError('InvalidArgumentError', 'nnx.Dropout has no random stream: give { rngs } to its constructor or to the call.');
  }
}

/** Flax 0.12 forks the stream at construction, which takes a key; 0.10 keeps the streams it was given. */
function ownStream(rngs: Rngs | RngStream | undefined, name: string): Rngs | RngStream | null {
  if (rngs === undefined) return null;
  if (rngs instanceof RngStream) return rngs.fork();
  return rngs.flax === '0.10' ? rngs : rngs.stream(name).fork();
}
