/** `jnp.linalg`. */

export { matmul, outer, tensordot, trace } from './linearAlgebra';
export { norm } from './reductions';
