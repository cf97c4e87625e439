import { LinnetError } from '#linnet/core';
import { DeviceArray, HostConstant, LiteralArray, type NDArray } from './array';
import type { Aval } from './aval';
import type { Backend, Buffer, Executable } from './backend';
import { currentBackend } from './backends';
import { hostScalar } from './elements';
import { type Params, type Primitive, primitiveNamed } from './primitives/primitive';
import { formatParams } from './trace/print';
import type { Atom, Equation, Program, Var } from './trace/program';

/** Compiled one-operation programs kept per backend; beyond this many the oldest go. */
const MAX_EXECUTABLES = 4096;
/** Scalars kept in device memory per backend, so that `x.mul(2)` in a loop does not upload 2 again and again. */
const MAX_SCALARS = 256;

interface EagerCache {
  readonly executables: Map<string, Executable>;
  readonly scalars: Map<string, Buffer>;
}

const caches = new WeakMap<Backend, EagerCache>();

function cacheOf(backend: Backend): EagerCache {
  let cache = caches.get(backend);
  if (cache === undefined) {
    cache = { executables: new Map(), scalars: new Map() };
    caches.set(backend, cache);
  }
  return cache;
}

/** Stores `value` under `key`, dropping the oldest entry when there are more than `limit`. */
function remember<T>(map: Map<string, T>, key: string, value: T, limit: number): T | undefined {
  map.set(key, value);
  if (map.size <= limit) return undefined;
  const [oldest, dropped] = map.entries().next().value!;
  map.delete(oldest);
  return dropped;
}

function scalarBuffer(scalar: LiteralArray, backend: Backend): Buffer {
  const { scalars } = cacheOf(backend);
  const { dtype } = scalar.aval;
  const key = `${dtype}:${Object.is(scalar.value, -0) ? '-0' : scalar.value}`;
  const cached = scalars.get(key);
  if (cached?.alive) return cached;
  const buffer = backend.fromHost(hostScalar(scalar.value, dtype));
  remember(scalars, key, buffer, MAX_SCALARS)?.release();
  return buffer;
}

/** The memory behind a concrete array on `backend`; still owned by the array (or by the scalar cache). */
export function bufferOf(array: NDArray, backend: Backend): Buffer {
  if (array instanceof LiteralArray) return scalarBuffer(array, backend);
  if (array instanceof HostConstant) return array.on(backend).buffer;
  if (!(array instanceof DeviceArray)) {
    throw new LinnetError('InvalidArgumentError', `${array.toString()} cannot be used here: a plain array of numbers was expected.`);
  }
  const { buffer } = array;
  if (array.backend !== backend) {
    throw new LinnetError('DisposedError', `${array.toString()} lives on a backend that is no longer in use (jax.init was called again).`);
  }
  return buffer;
}

/** A program of one operation. Scalars known on the host are inputs, spread to the output's shape where the operation is elementwise. */
function oneEquation(primitive: Primitive, inputs: readonly NDArray[], params: Params, outputs: readonly Aval[]): Program {
  let nextId = 0;
  const variable = (aval: Aval): Var => ({ type: 'var', id: nextId++, aval });
  const equations: Equation[] = [];
  const vars = inputs.map((input) => variable(input.aval));
  const shape = outputs[0]?.shape ?? [];
  const operands = vars.map((v, i): Atom => {
    if (primitive.gpu.kind !== 'elementwise' || shape.length === 0 || !(inputs[i] instanceof LiteralArray)) return v;
    const spread = variable({ ...v.aval, shape });
    equations.push({ primitive: primitiveNamed('broadcastInDim'), params: { shape, axes: [] }, inputs: [v], outputs: [spread] });
    return spread;
  });
  const results = outputs.map(variable);
  equations.push({ primitive, params, inputs: operands, outputs: results });
  return { inputs: vars, equations, outputs: results };
}

/** Runs one operation on concrete arrays now. */
export function runEagerly(primitive: Primitive, inputs: readonly NDArray[], params: Params): readonly NDArray[] {
  const backend = currentBackend();
  const { executables } = cacheOf(backend);
  const signature = inputs.map((input) => {
    const { dtype, shape, weakType } = input.aval;
    return `${input instanceof LiteralArray ? '#' : ''}${dtype}${weakType ? '*' : ''}${shape.join()}`;
  });
  const key = `${primitive.name}${formatParams(params)}(${signature.join(';')})`;
  let executable = executables.get(key);
  if (executable === undefined) {
    const outputs = primitive.abstract(
      inputs.map((input) => input.aval),
      params,
    );
    executable = backend.compile(oneEquation(primitive, inputs, params, outputs));
    remember(executables, key, executable, MAX_EXECUTABLES);
  }
  const results = executable.run(inputs.map((input) => bufferOf(input, backend)));
  return results.map((buffer) => new DeviceArray(buffer, backend));
}
