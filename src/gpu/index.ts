export type { Block } from './bufferPool';
export * as wgslFunctions from './codegen';
export { type WgslFunction, withDependencies } from './codegen/wgslFunction';
export type { Job, Recorder } from './commandQueue';
export type { Counters } from './counters';
export { type DeviceFacts, type DeviceOptions, type MatmulTiles, requestDevice } from './device';
export { Engine, type EngineOptions } from './engine';
export { ITERATION_RADIX } from './iterationTable';
export type { Access, Pipeline } from './pipelines';
