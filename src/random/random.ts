export { categorical, choice } from './choices';
export { exponential, gumbel, laplace, logistic, normal, truncatedNormal, uniform } from './floats';
export { bernoulli, bits, permutation, rademacher, randint } from './integers';
export { keyData, wrapKeyData } from './keyArray';
export { foldIn, key, split } from './keys';
export { orthogonal } from './orthogonal';
