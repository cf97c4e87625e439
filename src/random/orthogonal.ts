import { LinnetError } from '#linnet/core';
import { isStaging, jnp, type NDArray } from '#linnet/tensor';
import { isPartitionable } from './config';
import { place } from './floats';
import { normalFloats } from './host/floats';
import { orthogonalFactor, transposed } from './host/orthogonal';
import { asKeys } from './keyArray';
import { hostKey } from './keys';

/**
 * A uniformly random `[n, m]` matrix with orthonormal rows or columns, whichever are fewer. Drawn on the host. While shapes are only
 * being worked out (evalShape) it is a stand-in of the right shape.
 */
export function orthogonal(key: NDArray, n: number, { m = n }: { readonly m?: number } = {}): NDArray {
  if (isStaging()) return jnp.zeros([n, m]);
  const words = hostKey(asKeys(key));
  if (words === undefined) {
    throw new LinnetError(
      'InvalidArgumentError',
      'orthogonal needs one key that was made on the host (jax.random.key, split or foldIn of such a key).',
    );
  }
  const [rows, columns] = [Math.max(n, m), Math.min(n, m)];
  const q = orthogonalFactor(normalFloats(words, rows * columns, isPartitionable()), rows, columns);
  return place(Float32Array.from(n >= m ? q : transposed(q, rows, columns)), [n, m]);
}
