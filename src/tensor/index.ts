/** The tensor engine: arrays, tracing, derivatives, jit. */
import './primitives';
import './ops/arrayMethods';

export { type DataArray, DeviceArray, HostConstant, isArray, isFloatArray, LiteralArray, NDArray as Array, NDArray } from './array';
export { type GradOptions, grad, jvp, valueAndGrad, vjp } from './autodiff/grad';
export { hessian, type JacobianOptions, jacfwd, jacobian, jacrev } from './autodiff/jacobian';
export { type Aval, formatAval, makeAval } from './aval';
export type { Backend, BackendStats, Buffer, CompileOptions, Executable, Explanation, RunOptions } from './backend';
export { currentBackend, hasBackend, setBackend } from './backends';
export { bufferOf } from './eager';
export { allocate, decodeElements, type Elements, elementsOf, toHostArray } from './elements';
export * as testing from './equality';
export { assertTreesEqual } from './equality';
export { decodeFloat16, encodeFloat16, float16Bits, float16Value } from './float16';
export { defaultBackend, devices, dispose, type InitOptions, init } from './init';
export { CpuBackend, interpret } from './interpret';
export { KeyArray, keyWords, throughKeys } from './keyArray';
export { type ArrayLike, asArray, asFloat, promoteAll, promoteDTypes, spread } from './ops/convert';
export type { ArrayInput } from './ops/creation';
export type { Index, IndexedArray, Slice } from './ops/indexing';
export * as jnp from './ops/jnp';
export * as lax from './ops/lax';
export * as nn from './ops/nn';
export type { Axis, ReduceOptions } from './ops/options';
export { defineElementwise } from './primitives/elementwise';
export * as primitiveOps from './primitives/lax';
export type { GpuLowering, LoweringContext, WgslFunction } from './primitives/lowering';
export {
  allPrimitives,
  type Batched,
  definePrimitive,
  type Params,
  type Primitive,
  primitiveNamed,
  type Vjp,
} from './primitives/primitive';
export { promote } from './promotion';
export { ShapeDtypeStruct } from './shapeDtypeStruct';
export { evalShape } from './staging/evalShape';
export { type JitOptions, type Jitted, jit } from './staging/jit';
export { makeProgram, TracedProgram } from './staging/makeProgram';
export { stopGradient } from './stopGradient';
export { bind } from './trace/bind';
export { type Traced, traceProgram } from './trace/builder';
export { evaluate } from './trace/evaluate';
export { printProgram } from './trace/print';
export type { Atom, Equation, Literal, Program, Var } from './trace/program';
export { isConcrete, isStaging } from './trace/tracer';
export { blockUntilReady, fromHost } from './transfer';
export * as tree from './treeNamespace';
export { type VmapOptions, vmap } from './vmap/vmap';
