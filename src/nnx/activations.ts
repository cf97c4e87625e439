import { nn } from '#linnet/tensor';

/** Activations and the like under `nnx`, as Flax has them: the functions of `jax.nn`. */
export const {
  celu,
  elu,
  gelu,
  glu,
  hardSigmoid,
  hardSilu,
  hardTanh,
  leakyRelu,
  logSigmoid,
  logSoftmax,
  logsumexp,
  oneHot,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softSign,
  softmax,
  softplus,
  standardize,
  swish,
  tanh,
} = nn;
