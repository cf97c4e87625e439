import { LinnetError, type Shape } from '#linnet/core';
import type { KeyArray } from '#linnet/random';
import { type GraphNode, graphNode, makeEmpty, type NodeProtocol } from '../graph/node';
import { type RngSeed, RngStream } from './rngStream';
import { samplerOf } from './samplers';

/** Release of Flax whose order of keys is followed. They differ after a Dropout: 0.12 forks its stream, 0.10 shares it. */
export type FlaxRelease = '0.10' | '0.12';

export interface RngsOptions {
  readonly flax?: FlaxRelease;
  /** Further streams by name. */
  readonly [stream: string]: RngSeed | FlaxRelease | undefined;
}

/** A stream of Rngs: call it for the next key, or use the stream's properties and the samplers of jax.random. */
export type StreamFunction = (() => KeyArray) &
  Pick<RngStream, 'tag' | 'key' | 'count' | 'fork' | 'split' | 'broadcast' | 'reseed'> & {
    readonly [sampler: string]: any;
  };

/** How `Rngs.split` treats the streams: one shape for all, or a shape (null: leave alone) for each name, `'...'` for the others. */
export type SplitSpec = number | Shape | Readonly<Record<string, number | Shape | null>>;

const functions = new WeakMap<RngStream, StreamFunction>();

function asFunction(stream: RngStream): StreamFunction {
  let known = functions.get(stream);
  if (known === undefined) {
    known = new Proxy((() => stream.call()) as StreamFunction, {
      get(target, name) {
        if (name in stream) {
          const value: unknown = Reflect.get(stream, name);
          return typeof value === 'function' ? value.bind(stream) : value;
        }
        return typeof name === 'string' ? (samplerOf(name, () => stream.call()) ?? Reflect.get(target, name)) : Reflect.get(target, name);
      },
    });
    functions.set(stream, known);
  }
  return known;
}

const handler: ProxyHandler<Rngs> = {
  get(target, name, receiver) {
    if (typeof name === 'symbol' || name in target || name === 'then' || name === 'toJSON')
      return Reflect.get(target, name, receiver) as unknown;
    return samplerOf(name, () => target.stream('default').call()) ?? asFunction(target.stream(name));
  },
};

/**
 * Random streams by name: `rngs.params()` is the next key of `params`. An unknown name falls back to `default` and shares its counter.
 * `new Rngs(0)`, `new Rngs({ params: 0, dropout: 1 })`, `new Rngs(0, { params: 1 })`. Like `flax.nnx.Rngs`.
 */
export class Rngs implements GraphNode {
  [stream: string]: any;
  declare readonly streams: Map<string, RngStream>;
  declare readonly flax: FlaxRelease;

  constructor(seeds?: RngSeed | Readonly<Record<string, RngSeed>>, options: RngsOptions = {}) {
    const { flax = '0.12', ...named } = options;
    if (flax !== '0.10' && flax !== '0.12')
      throw new LinnetError('InvalidArgumentError', `Rngs follows flax '0.10' or '0.12', not ${String(flax)}.`);
    const all: Record<string, unknown> = isSeed(seeds)
      ? { ...named, default: seeds }
      : { ...(seeds as Readonly<Record<string, RngSeed>> | undefined), ...named };
    const streams = new Map(
      Object.entries(all).flatMap(([name, seed]) => (seed === undefined ? [] : [[name, new RngStream(seed as RngSeed, name)] as const])),
    );
    Object.defineProperties(this, { streams: { value: streams }, flax: { value: flax, writable: true } });
    // biome-ignore lint/correctness/noConstructorReturn: the proxy gives access to streams by name
    return new Proxy<Rngs>(this, handler);
  }

  /** The stream called `name`, or `default`; an error names the streams there are. */
  stream(name: string): RngStream {
    const stream = this.streams.get(name) ?? this.streams.get('default');
    if (stream !== undefined) return stream;
    const known = [...this.streams.keys()].join(', ') || 'none';
    throw new LinnetError(
      'InvalidArgumentError',
      `There is no random stream "${name}" and no "default" to fall back to. Streams: ${known}.`,
    );
  }

  /** The next key of `default`. */
  call(): KeyArray {
    return this.stream('default').call();
  }

  /** Names of the streams, in order of declaration. */
  names(): string[] {
    return [...this.streams.keys()];
  }

  /** New streams from the next key of each of these, counters at 0. */
  fork(): Rngs {
    return mapStreams(this, (stream) => stream.fork());
  }

  /** New streams of several keys each, from the next key of these split: for `nnx.vmap`. */
  split(spec: SplitSpec): Rngs {
    return mapStreams(this, (stream, name) => {
      const shape = shapeFor(spec, name);
      return shape === null ? new RngStream(stream, stream.tag) : stream.split(shape);
    });
  }

  /** New streams that repeat one key each, the next of these. */
  broadcast(shape: number | Shape): Rngs {
    return mapStreams(this, (stream) => stream.broadcast(shape));
  }

  static [makeEmpty](): Rngs {
    return new Rngs();
  }

  [graphNode](): NodeProtocol {
    return {
      entries: () => [...this.streams.entries()],
      assign: (entries) => {
        this.streams.clear();
        for (const [name, stream] of entries) this.streams.set(String(name), stream as RngStream);
      },
    };
  }
}

function isSeed(seeds: unknown): seeds is RngSeed {
  if (seeds === undefined) return false;
  return typeof seeds !== 'object' || seeds === null || Object.getPrototypeOf(seeds) !== Object.prototype;
}

function shapeFor(spec: SplitSpec, name: string): number | Shape | null {
  if (typeof spec === 'number' || Array.isArray(spec)) return spec;
  const shapes = spec as Readonly<Record<string, number | Shape | null>>;
  return Object.hasOwn(shapes, name) ? shapes[name]! : (shapes['...'] ?? null);
}

function mapStreams(rngs: Rngs, f: (stream: RngStream, name: string) => RngStream): Rngs {
  const result = new Rngs(undefined, { flax: rngs.flax });
  for (const [name, stream] of rngs.streams) result.streams.set(name, f(stream, name));
  return result;
}
