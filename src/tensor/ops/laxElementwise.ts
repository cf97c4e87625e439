import type { DeviceDType } from '#linnet/core';
import type { NDArray } from '../array';
import * as lax from '../primitives/lax';
import { type ArrayLike, asArray } from './convert';

export { erf, erfc, erfInv, rsqrt } from './elementwise';

/** The bits of `x` read as another 32-bit dtype. */
export const bitcast = (x: ArrayLike, dtype: DeviceDType): NDArray => lax.apply('bitcast', [asArray(x)], { dtype });
