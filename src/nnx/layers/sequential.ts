import { LinnetError } from '#linnet/core';
import { Module } from '../module';

/** Something with a method `call`, or a plain function. */
export type Layer = { call(...args: any[]): any } | ((...args: any[]) => any);

/** One layer after another; plain functions keep their number in `layers/<i>`. Like `flax.nnx.Sequential`. */
export class Sequential extends Module {
  readonly layers: Layer[];

  constructor(...layers: Layer[]) {
    super();
    this.layers = layers;
  }

  /** The first layer gets all arguments, each other one the result of the one before. */
  call(...args: any[]): any {
    if (this.layers.length === 0) throw new LinnetError('InvalidArgumentError', 'nnx.Sequential has no layers to call.');
    const [first, ...others] = this.layers;
    return others.reduce((value, layer) => apply(layer, [value]), apply(first!, args));
  }
}

const apply = (layer: Layer, args: any[]): any => (typeof layer === 'function' ? layer(...args) : layer.call(...args));
