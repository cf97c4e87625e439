import { type DeviceDType, LinnetError } from '#linnet/core';
import type { Initializer } from '#linnet/random';
import type { Array as JaxArray } from '#linnet/tensor';
import { RngStream } from '../rngs/rngStream';
import { Rngs } from '../rngs/rngs';

/** A dtype to compute in, or null for that of the inputs. */
export type ComputeDType = DeviceDType | null;

/** A dtype that parameters may have. */
export type ParamDType = NonNullable<Parameters<Initializer>[2]>;

/** `x` as `dtype`, if one is asked for. */
export const inDType = (x: JaxArray, dtype: ComputeDType): JaxArray => (dtype === null ? x : x.astype(dtype));

/** Refuses a layer without random streams, with an example of what to write. */
export function checkRngs(options: { readonly rngs?: unknown } | undefined, layer: string): void {
  const rngs = options?.rngs;
  if (rngs instanceof Rngs || rngs instanceof RngStream) return;
  throw new LinnetError(
    'InvalidArgumentError',
    `${layer} draws its initial weights from random streams: pass them, as in { rngs: new nnx.Rngs(0) }.`,
  );
}
