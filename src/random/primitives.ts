import { hostArray, type Shape, sizeOf, typedView } from '#linnet/core';
import { type Aval, bind, definePrimitive, jnp, type NDArray, type Primitive } from '#linnet/tensor';
import { bits32, foldInWords, keyAt, splitWords } from './host/bits';
import { erfInv as hostErfInv } from './host/special';
import { ERF_INV, HASHED_WORD, SCALE_UNIT, THREEFRY } from './wgsl';

interface DrawParams extends Record<string, unknown> {
  /** Axes added behind those of the keys. */
  readonly shape: Shape;
  readonly partitionable: boolean;
}

const uint32 = (shape: Shape): Aval => ({ shape, dtype: 'uint32', weakType: false });
const keyAxes = (words: Aval): Shape => words.shape.slice(0, -1);
const fromWords = (shape: Shape, words: Uint32Array) =>
  hostArray('uint32', shape, new Uint8Array(words.buffer, words.byteOffset, words.byteLength));

/** Row-major index of WGSL coordinates, as an expression. */
function flatIndex(coordinates: readonly string[], shape: Shape): string {
  return coordinates.reduce((index, coordinate, axis) => (axis === 0 ? coordinate : `(${index} * ${shape[axis]}u + ${coordinate})`), '0u');
}

/** Draws for every key of `[..., 2]` words; the results of one key follow one another. */
function drawEach(words: Uint32Array, perKey: number, draw: (index: number) => Uint32Array): Uint32Array {
  const keys = words.length / 2;
  const out = new Uint32Array(keys * perKey);
  for (let i = 0; i < keys; i++) out.set(draw(i), i * perKey);
  return out;
}

/** Moves a batch axis of key words to the front, where these primitives leave it. */
const batchFirst = (array: NDArray, axis: number | null): NDArray => (axis === null || axis === 0 ? array : jnp.moveaxis(array, axis, 0));

/** Random uint32 words of `params.shape` for each key. */
export const threefryBits: Primitive<DrawParams> = definePrimitive<DrawParams>({
  name: 'threefryBits',
  abstract: ([words], { shape }) => [uint32([...keyAxes(words!), ...shape])],
  batch: ([words], [axis], params) => ({ outputs: bind(threefryBits, [batchFirst(words!, axis!)], params), axes: [0] }),
  cpu([words], { shape, partitionable }, [out]) {
    const view = typedView(words!) as Uint32Array;
    return [
      fromWords(
        out!.shape,
        drawEach(view, sizeOf(shape), (i) => bits32(keyAt(view, i), sizeOf(shape), partitionable)),
      ),
    ];
  },
  gpu: {
    kind: 'indexed',
    value(coordinates, read, { params: { shape, partitionable }, inputs, use }) {
      const batch = coordinates.slice(0, keyAxes(inputs[0]!).length);
      const key = `${read(0, [...batch, '0u'])}, ${read(0, [...batch, '1u'])}`;
      const index = flatIndex(coordinates.slice(batch.length), shape);
      if (!partitionable) return `${use(HASHED_WORD)}(${key}, ${index}, ${sizeOf(shape)}u)`;
      return `${use(XOR_WORD)}(${key}, ${index})`;
    },
  },
});

const XOR_WORD = {
  name: 'threefry_word',
  uses: [THREEFRY],
  source: `fn threefry_word(k0: u32, k1: u32, i: u32) -> u32 {
  let x = threefry2x32(k0, k1, 0u, i);
  return x.x ^ x.y;
}`,
};

/** New keys of `params.shape` for each key, as `[..., 2]` words. */
export const threefrySplit: Primitive<DrawParams> = definePrimitive<DrawParams>({
  name: 'threefrySplit',
  abstract: ([words], { shape }) => [uint32([...keyAxes(words!), ...shape, 2])],
  batch: ([words], [axis], params) => ({ outputs: bind(threefrySplit, [batchFirst(words!, axis!)], params), axes: [0] }),
  cpu([words], { shape, partitionable }, [out]) {
    const view = typedView(words!) as Uint32Array;
    const count = sizeOf(shape);
    return [
      fromWords(
        out!.shape,
        drawEach(view, 2 * count, (i) => splitWords(keyAt(view, i), count, partitionable)),
      ),
    ];
  },
  gpu: {
    kind: 'indexed',
    value(coordinates, read, { params: { shape, partitionable }, inputs, use }) {
      const batch = coordinates.slice(0, keyAxes(inputs[0]!).length);
      const key = `${read(0, [...batch, '0u'])}, ${read(0, [...batch, '1u'])}`;
      const index = flatIndex(coordinates.slice(batch.length, -1), shape);
      const word = coordinates.at(-1)!;
      if (!partitionable) return `${use(HASHED_WORD)}(${key}, 2u * ${index} + ${word}, ${2 * sizeOf(shape)}u)`;
      return `${use(THREEFRY)}(${key}, 0u, ${index})[${word}]`;
    },
  },
});

/** Folds a uint32 (second operand, of the keys' shape or a scalar) into each key: `[..., 2]` words. */
export const threefryFoldIn: Primitive = definePrimitive({
  name: 'threefryFoldIn',
  abstract: ([words]) => [words!],
  batch([words, data], [keyAxis, dataAxis], _, size) {
    const keys = keyAxis === null ? jnp.broadcastTo(words!, [size, ...words!.shape]) : batchFirst(words!, keyAxis!);
    const values = dataAxis === null ? jnp.broadcastTo(data!, [size, ...data!.shape]) : batchFirst(data!, dataAxis!);
    const missing = keys.ndim - 1 - values.ndim;
    return { outputs: bind(threefryFoldIn, [keys, spread(values, keys.shape.slice(0, -1), missing)]), axes: [0] };
  },
  cpu([words, data]) {
    const view = typedView(words!) as Uint32Array;
    const values = typedView(data!) as Uint32Array;
    const fold = (i: number) => Uint32Array.from(foldInWords(keyAt(view, i), values[values.length === 1 ? 0 : i]!));
    return [fromWords(words!.shape, drawEach(view, 2, fold))];
  },
  gpu: {
    kind: 'indexed',
    value(coordinates, read, { inputs, use }) {
      const batch = coordinates.slice(0, -1);
      const data = read(1, inputs[1]!.shape.length === 0 ? [] : batch);
      return `${use(THREEFRY)}(${read(0, [...batch, '0u'])}, ${read(0, [...batch, '1u'])}, 0u, ${data})[${coordinates.at(-1)}]`;
    },
  },
});

/** `[batch]` values spread over the key axes behind the batch axis. */
const spread = (values: NDArray, shape: Shape, missing: number): NDArray =>
  missing === 0 ? values : jnp.broadcastTo(jnp.reshape(values, [values.shape[0]!, ...new Array<number>(missing).fill(1)]), [...shape]);

/** The words of a key from a seed known on the host, inside a traced function. */
export const threefrySeed: Primitive<{ readonly words: readonly number[] }> = definePrimitive<{ readonly words: readonly number[] }>({
  name: 'threefrySeed',
  abstract: (_, { words }) => [uint32([words.length])],
  cpu: (_, { words }) => [fromWords([words.length], Uint32Array.from(words))],
  gpu: {
    kind: 'indexed',
    value: ([word], _, { params: { words } }) => `select(${words[1]}u, ${words[0]}u, ${word} == 0u)`,
  },
});

/** Inverse error function of a float32 with a logarithm of its own, so that samples of every device agree to a few units in the last place. */
export const erfInv: Primitive = definePrimitive({
  name: 'sampleErfInv',
  abstract: ([x]) => [{ ...x!, weakType: false }],
  batch: (inputs, axes, params) => ({ outputs: bind(erfInv, inputs, params), axes }),
  jvp([x], [tangent], _, [y]) {
    if (x === undefined || tangent === null || tangent === undefined) return [null];
    return [tangent.mul(jnp.exp(y!.mul(y!)).mul(Math.sqrt(Math.PI) / 2))];
  },
  cpu([x]) {
    const values = (typedView(x!) as Float32Array).map(hostErfInv);
    return [hostArray('float32', x!.shape, new Uint8Array(values.buffer, values.byteOffset, values.byteLength))];
  },
  gpu: { kind: 'elementwise', expression: ([x], { use }) => `${use(ERF_INV)}(${x})` },
});

interface ScaleParams extends Record<string, unknown> {
  readonly low: number;
  readonly span: number;
}

/** `low + span · x` for x in [0, 1), rounded once or nearly so: near 0 a rounded product would leave nothing right of the sum. */
export const scaleUnit: Primitive<ScaleParams> = definePrimitive<ScaleParams>({
  name: 'scaleUnit',
  abstract: ([x]) => [{ ...x!, weakType: false }],
  batch: (inputs, axes, params) => ({ outputs: bind(scaleUnit, inputs, params), axes }),
  jvp: (_, [tangent], { span }) => [tangent?.mul(span)],
  cpu([x], { low, span }) {
    const values = (typedView(x!) as Float32Array).map((value) => value * span + low);
    return [hostArray('float32', x!.shape, new Uint8Array(values.buffer, values.byteOffset, values.byteLength))];
  },
  gpu: {
    kind: 'elementwise',
    expression: ([x], { use, params: { low, span } }) => `${use(SCALE_UNIT)}(${x}, f32(${span}), f32(${low}))`,
  },
});
