export { KeyArray } from '#linnet/tensor';
export { config, withLayout } from './config';
export { fromHostArray } from './fromHostArray';
export * as hostRandom from './hostRandom';
export type { Initializer } from './initializers';
export * as initializers from './initializers';
export * as random from './random';
