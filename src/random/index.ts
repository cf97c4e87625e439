export { KeyArray } from '#linnet/tensor';
export { config, isPartitionable, withLayout } from './config';
export * as hostRandom from './hostRandom';
export type { FanOptions, Initializer } from './initializers';
export * as initializers from './initializers';
export { HostKeyArray } from './keyArray';
export * as random from './random';
