/** The tensor engine: arrays, tracing, derivatives, jit. */
import './primitives';
import './ops/arrayMethods';

export { type DataArray, DeviceArray, HostConstant, isArray, LiteralArray, NDArray as Array, NDArray } from './array';
export { type GradOptions, grad, jvp, valueAndGrad, vjp } from './autodiff/grad';
export { hessian, type JacobianOptions, jacfwd, jacobian, jacrev } from './autodiff/jacobian';
export type { Aval } from './aval';
export type { Backend, BackendStats, Buffer, CompileOptions, Executable, Explanation, RunOptions } from './backend';
export { currentBackend, hasBackend } from './backends';
export { decodeElements, type Elements, toHostArray } from './elements';
export * as testing from './equality';
export { assertTreesEqual } from './equality';
export { float16Bits, float16Value } from './float16';
export { defaultBackend, devices, dispose, type InitOptions, init } from './init';
export type { TuningMemory } from './jit/matmulTuning';
export { KeyArray, keyWords } from './keyArray';
export type { ArrayLike } from './ops/convert';
export type { ArrayInput } from './ops/creation';
export type { Index, IndexedArray, Slice } from './ops/indexing';
export * as jnp from './ops/jnp';
export * as lax from './ops/lax';
export * as nn from './ops/nn';
export type { Axis, ReduceOptions } from './ops/options';
export * as primitiveOps from './primitives/lax';
export type { GpuLowering, LoweringContext, WgslFunction } from './primitives/lowering';
export {
  allPrimitives,
  type Batched,
  definePrimitive,
  type Params,
  type Primitive,
  type Vjp,
} from './primitives/primitive';
export { promote } from './promotion';
export { ShapeDtypeStruct } from './shapeDtypeStruct';
export { evalShape } from './staging/evalShape';
export { type JitOptions, type Jitted, jit } from './staging/jit';
export { makeProgram } from './staging/makeProgram';
export { stopGradient } from './stopGradient';
export { bind } from './trace/bind';
export { type Traced, traceProgram } from './trace/builder';
export { printProgram } from './trace/print';
export type { Atom, Equation, Literal, Program, Var } from './trace/program';
export { currentTrace, isStaging } from './trace/tracer';
export { blockUntilReady, fromHost } from './transfer';
export * as tree from './treeNamespace';
export { type VmapOptions, vmap } from './vmap/vmap';
