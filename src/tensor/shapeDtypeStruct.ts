import { type DType, formatShape, type Shape, sizeOf } from '#linnet/core';

/** Shape and dtype of an array that does not exist (yet). Like `jax.ShapeDtypeStruct`. Any dtype a checkpoint can hold is fine. */
export class ShapeDtypeStruct {
  readonly shape: Shape;
  readonly dtype: DType;
  /** Where the array would live; passed on, not interpreted. */
  readonly sharding: unknown;

  constructor(shape: Shape, dtype: DType, options: { readonly sharding?: unknown } = {}) {
    this.shape = shape;
    this.dtype = dtype;
    this.sharding = options.sharding ?? null;
  }

  get ndim(): number {
    return this.shape.length;
  }
  get size(): number {
    return sizeOf(this.shape);
  }

  toString(): string {
    return `ShapeDtypeStruct(${this.dtype}${formatShape(this.shape)})`;
  }
}
