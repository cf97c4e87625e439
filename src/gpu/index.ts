export * as wgslFunctions from './codegen';
export type { WgslFunction } from './codegen/wgslFunction';
