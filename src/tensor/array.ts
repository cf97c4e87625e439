import { type HostArray, isFloating, LinnetError, type Shape, sizeOf, typedView } from '#linnet/core';
import type { Aval } from './aval';
import type { Backend, Buffer } from './backend';
import { decodeElements, hostScalar, nest } from './elements';
import type { ArrayMethods } from './ops/arrayMethods';

/** Elements as a typed array: float32 and float16 as Float32Array, bool as Uint8Array of 0 and 1, keys as their uint32 words. */
export type DataArray = Float32Array | Int32Array | Uint32Array | Uint8Array;

/** Elements in nested JS arrays, as `toArray` gives them. */
export type Nested = number | boolean | Nested[];

/**
 * An array of numbers: what users know as `jax.Array`. It is a handle to device memory, or, inside a transformation, a tracer that
 * stands for a value to come. Operators are methods (`x.add(y)`); they are put on the prototype by `ops/arrayMethods.ts`.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: the methods live beside the ops they call, which need this class.
export abstract class NDArray {
  abstract readonly aval: Aval;

  /** The elements on the host; waits for pending work. Refused for tracers, which have no elements yet. */
  abstract toHost(): Promise<HostArray>;

  get shape(): Shape {
    return this.aval.shape;
  }
  get dtype(): Aval['dtype'] {
    return this.aval.dtype;
  }
  get weakType(): boolean {
    return this.aval.weakType;
  }
  get ndim(): number {
    return this.aval.shape.length;
  }
  get size(): number {
    return sizeOf(this.aval.shape);
  }
  /** Bytes of the elements, as in a HostArray. */
  get nbytes(): number {
    return this.size * (BYTES[this.aval.dtype] ?? 4);
  }

  /** A copy of the elements, row-major. */
  async data(): Promise<DataArray> {
    const host = await this.toHost();
    return host.dtype === 'float16' ? Float32Array.from(decodeElements(host)) : (typedView(host).slice() as DataArray);
  }

  /** The one element as a number (or boolean). A ShapeError for arrays of another size. */
  async item(): Promise<number | boolean> {
    if (this.size !== 1)
      throw new LinnetError('ShapeError', `item() needs an array of one element; this one has the shape [${this.shape}].`);
    const host = await this.toHost();
    const value = decodeElements(host)[0]!;
    return host.dtype === 'bool' ? value !== 0 : value;
  }

  /** The elements as nested JS arrays; a scalar as itself. */
  async toArray(): Promise<any> {
    const host = await this.toHost();
    return nest(decodeElements(host), host.shape, host.dtype === 'bool');
  }

  /** A second handle to the same elements; each is disposed on its own, and while both live neither is overwritten. */
  share(): NDArray {
    return this;
  }

  /** Gives the memory back now. Using the array afterwards is a DisposedError; disposing twice is fine. */
  dispose(): void {}

  [Symbol.dispose](): void {
    this.dispose();
  }

  get [Symbol.toStringTag](): string {
    return 'Array';
  }

  toString(): string {
    return `Array(${this.dtype}[${this.shape.join(', ')}])`;
  }

  /** Arrays have no value until they are read back: arithmetic with JS operators is refused instead of giving NaN. */
  valueOf(): never {
    throw new LinnetError(
      'InvalidArgumentError',
      `${this.toString()} was used as a JS number. Use methods (x.add(y), x.lt(y)) or read it with await x.item().`,
    );
  }
}
export interface NDArray extends ArrayMethods {}

const BYTES: Partial<Record<Aval['dtype'], number>> = { bool: 1, float16: 2, 'key<fry>': 8 };

/** Gives the memory of arrays nobody can reach any more back: the last net behind `using` and `dispose()`. */
const finalizer = new FinalizationRegistry<Buffer>((buffer) => buffer.release());

/** A concrete array: one reference to a buffer of a backend. */
export class DeviceArray extends NDArray {
  readonly aval: Aval;
  readonly backend: Backend;
  #buffer: Buffer | undefined;

  /** Takes over one reference to `buffer`. */
  constructor(buffer: Buffer, backend: Backend, aval: Aval = buffer.aval) {
    super();
    this.aval = aval;
    this.backend = backend;
    this.#buffer = buffer;
    finalizer.register(this, buffer, this);
  }

  get disposed(): boolean {
    return this.#buffer === undefined;
  }

  /** The memory behind the array, or a DisposedError. */
  get buffer(): Buffer {
    if (this.#buffer?.alive) return this.#buffer;
    throw new LinnetError(
      'DisposedError',
      `An array ${this.aval.dtype}[${this.aval.shape.join(', ')}] was used after it was disposed, donated to a jitted function, or its backend was disposed.`,
    );
  }

  async toHost(): Promise<HostArray> {
    return this.backend.toHost(this.buffer);
  }

  override dispose(): void {
    this.surrender()?.release();
  }

  /** Hands the reference over to the caller: the array is disposed, the memory stays. Undefined when it was disposed before. */
  surrender(): Buffer | undefined {
    const buffer = this.#buffer;
    if (buffer === undefined) return undefined;
    this.#buffer = undefined;
    finalizer.unregister(this);
    return buffer.alive ? buffer : undefined;
  }

  /** Takes back what `surrender` handed over, because nothing came of it. */
  takeBack(buffer: Buffer): void {
    this.#buffer = buffer;
    finalizer.register(this, buffer, this);
  }

  override share(): DeviceArray {
    const { buffer } = this;
    buffer.retain();
    return new DeviceArray(buffer, this.backend, this.aval);
  }
}

/** A scalar known on the host: a bare JS number in an operation. Becomes a literal of traced programs and takes no memory until needed. */
export class LiteralArray extends NDArray {
  readonly aval: Aval;
  readonly value: number;

  constructor(value: number, dtype: Aval['dtype'], weakType = false) {
    super();
    this.value = wrapToInteger(value, dtype);
    this.aval = { shape: [], dtype, weakType };
  }

  async toHost(): Promise<HostArray> {
    return hostScalar(this.value, this.aval.dtype);
  }
}

/** Integers wrap around as they do in arrays; floats stay as they are until they are stored. */
function wrapToInteger(value: number, dtype: Aval['dtype']): number {
  if (dtype === 'int32') return value | 0;
  if (dtype === 'uint32') return value >>> 0;
  return dtype === 'bool' ? Number(value !== 0) : value;
}

/**
 * Elements written in a function that is being traced: they are moved to the device when the program first runs, so that tracing alone
 * (evalShape) takes no device memory.
 */
export class HostConstant extends NDArray {
  readonly aval: Aval;
  readonly host: HostArray;
  #device: DeviceArray | undefined;

  constructor(host: HostArray) {
    super();
    this.aval = { shape: host.shape, dtype: host.dtype as Aval['dtype'], weakType: false };
    this.host = host;
  }

  /** The array on `backend`, moved there once. */
  on(backend: Backend): DeviceArray {
    if (this.#device?.backend !== backend) this.#device = new DeviceArray(backend.fromHost(this.host), backend);
    return this.#device;
  }

  async toHost(): Promise<HostArray> {
    return this.host;
  }
}

/** Whether `value` is an array or a tracer. */
export const isArray = (value: unknown): value is NDArray => value instanceof NDArray;

/** Whether `array` has a floating dtype. */
export const isFloatArray = (array: NDArray): boolean => array.dtype !== 'key<fry>' && isFloating(array.dtype);
