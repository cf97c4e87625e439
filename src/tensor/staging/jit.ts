import { structuresEqual } from '#linnet/core';
import { DeviceArray, type NDArray } from '../array';
import type { Aval } from '../aval';
import type { Backend, Buffer, CompileOptions, Executable, Explanation } from '../backend';
import { currentBackend } from '../backends';
import { bufferOf } from '../eager';
import { traceProgram } from '../trace/builder';
import type { Program } from '../trace/program';
import { isConcrete, isStaging } from '../trace/tracer';
import { putTogether, type TreeLayout, takeApart } from '../trees';

export interface JitOptions extends CompileOptions {
  /** Arguments that are not arrays: part of the cache key, compared with Object.is (plain data by content). */
  readonly staticArgnums?: number | readonly number[];
  /** Arguments the caller gives up: their arrays are disposed by the call, and their memory may be reused for the results. */
  readonly donateArgnums?: number | readonly number[];
}

/** A jitted function: call it as the original. */
export interface Jitted<F extends (...args: any[]) => any> {
  (...args: Parameters<F>): ReturnType<F>;
  /** Traces and compiles for the shapes of `args` without running; resolves when the pipelines are ready. */
  compile(...args: Parameters<F>): Promise<void>;
  /** What a call with these arguments runs: kernels, bytes, flops, dispatches, and why. */
  explain(...args: Parameters<F>): Explanation;
  /** How many different signatures were traced so far. */
  readonly cacheSize: number;
}

/** One traced and compiled signature. */
interface Entry {
  readonly layouts: readonly TreeLayout[];
  readonly avals: readonly Aval[];
  readonly statics: readonly unknown[];
  readonly backend: Backend;
  readonly program: Program;
  readonly constants: readonly NDArray[];
  readonly executable: Executable;
  readonly output: TreeLayout;
  readonly outputAvals: readonly Aval[];
}

/** A call's arguments, sorted into arrays and static values. */
interface Call {
  readonly arrays: readonly NDArray[];
  readonly layouts: readonly TreeLayout[];
  readonly statics: readonly unknown[];
  /** For each array, whether the caller gives it up. */
  readonly donated: readonly boolean[];
  readonly rebuild: (arrays: readonly NDArray[]) => unknown[];
}

const asList = (positions: number | readonly number[] | undefined): readonly number[] =>
  positions === undefined ? [] : typeof positions === 'number' ? [positions] : positions;

function sameAval(a: Aval, b: Aval): boolean {
  return (
    a.dtype === b.dtype && a.weakType === b.weakType && a.shape.length === b.shape.length && a.shape.every((dim, i) => dim === b.shape[i])
  );
}

function sameStatic(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  const plain = typeof a === 'object' && typeof b === 'object' && a !== null && b !== null;
  return plain && isPlainData(a) && isPlainData(b) && JSON.stringify(a) === JSON.stringify(b);
}

const isPlainData = (value: object): boolean => Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;

/** Whether an entry fits a call. */
function matches(entry: Entry, call: Call, backend: Backend): boolean {
  return (
    entry.backend === backend &&
    entry.avals.length === call.arrays.length &&
    entry.layouts.length === call.layouts.length &&
    entry.avals.every((aval, i) => sameAval(aval, call.arrays[i]!.aval)) &&
    entry.statics.every((value, i) => sameStatic(value, call.statics[i])) &&
    entry.layouts.every((layout, i) => sameLayout(layout, call.layouts[i]!))
  );
}

const sameLayout = (a: TreeLayout, b: TreeLayout): boolean =>
  structuresEqual(a.structure, b.structure) && a.isKey.every((isKey, i) => isKey === b.isKey[i]);

/**
 * `f` traced once per shapes and dtypes of its arguments, compiled as a whole, and replayed. Calls return at once with arrays that are
 * futures. JS numbers among the arguments are weak float32 scalars, so that their values may change without tracing again; integers that
 * must stay integers go in as arrays or as static arguments. Under another transformation (or inside another jit) the function is simply traced along. Like `jax.jit`.
 */
export function jit<F extends (...args: any[]) => any>(f: F, options: JitOptions = {}): Jitted<F> {
  const statics = new Set(asList(options.staticArgnums));
  const donated = new Set(asList(options.donateArgnums));
  const entries: Entry[] = [];

  const prepare = (args: readonly unknown[]): Call => sortArguments(args, statics, donated);
  const entryFor = (call: Call): Entry => {
    const backend = currentBackend();
    const found = entries.findIndex((entry) => matches(entry, call, backend));
    const entry = found < 0 ? stage(f, call, backend, options) : entries.splice(found, 1)[0]!;
    entries.unshift(entry);
    return entry;
  };

  const jitted = (...args: Parameters<F>): ReturnType<F> => {
    const call = prepare(args);
    if (isStaging() || !call.arrays.every(isConcrete)) return f(...call.rebuild(call.arrays));
    return execute(entryFor(call), call);
  };
  return Object.defineProperties(jitted, {
    compile: { value: async (...args: Parameters<F>) => entryFor(prepare(args)).executable.ready },
    explain: { value: (...args: Parameters<F>) => entryFor(prepare(args)).executable.explain() },
    cacheSize: { get: () => entries.length },
  }) as unknown as Jitted<F>;
}

function sortArguments(args: readonly unknown[], staticPositions: ReadonlySet<number>, donatedPositions: ReadonlySet<number>): Call {
  const arrays: NDArray[] = [];
  const layouts: TreeLayout[] = [];
  const statics: unknown[] = [];
  const donated: boolean[] = [];
  args.forEach((arg, i) => {
    if (staticPositions.has(i)) {
      statics.push(arg);
      return;
    }
    const part = takeApart(arg, `Argument ${i} of a jitted function`);
    arrays.push(...part.arrays);
    layouts.push(part.layout);
    for (const _ of part.arrays) donated.push(donatedPositions.has(i));
  });
  const rebuild = (values: readonly NDArray[]): unknown[] => {
    let nextArray = 0;
    let nextLayout = 0;
    return args.map((arg, i) => {
      if (staticPositions.has(i)) return arg;
      const layout = layouts[nextLayout++]!;
      const start = nextArray;
      nextArray += layout.isKey.length;
      return putTogether(layout, values.slice(start, nextArray));
    });
  };
  return { arrays, layouts, statics, donated, rebuild };
}

function stage(f: (...args: any[]) => any, call: Call, backend: Backend, options: CompileOptions): Entry {
  let output: TreeLayout | undefined;
  let outputAvals: readonly Aval[] = [];
  const avals = call.arrays.map((array) => array.aval);
  const { program, constants } = traceProgram((inputs) => {
    const result = takeApart(f(...call.rebuild(inputs)), 'The result of a jitted function');
    output = result.layout;
    outputAvals = result.arrays.map((array) => array.aval);
    return result.arrays;
  }, avals);
  const donate = [...constants.map(() => false), ...call.donated];
  const executable = backend.compile(program, { ...options, donate });
  // Errors of compilation surface where results are read; here they only must not count as unhandled.
  executable.ready.catch(() => {});
  const { layouts, statics } = call;
  return { layouts, avals, statics, backend, program, constants, executable, output: output!, outputAvals };
}

function execute(entry: Entry, call: Call): any {
  const { backend, executable, constants } = entry;
  const buffers = call.arrays.map((array) => bufferOf(array, backend));
  const { donate, release } = giveUp(call, buffers);
  const inputs = [...constants.map((constant) => bufferOf(constant, backend)), ...buffers];
  const results = runOrGiveBack(call, buffers, () => executable.run(inputs, { donate: [...constants.map(() => false), ...donate] }));
  for (const buffer of release) buffer.release();
  return putTogether(
    entry.output,
    results.map((buffer, i) => new DeviceArray(buffer, backend, entry.outputAvals[i])),
  );
}

/** `run`; when it is refused (there is no memory for the results), the caller has its arrays again. */
function runOrGiveBack(call: Call, buffers: readonly Buffer[], run: () => Buffer[]): Buffer[] {
  try {
    return run();
  } catch (error) {
    call.arrays.forEach((array, i) => {
      if (array instanceof DeviceArray && array.disposed) array.takeBack(buffers[i]!);
    });
    throw error;
  }
}

/** Takes donated arrays from the caller. Memory that the call sees under two names is kept whole, and released after the call. */
function giveUp(call: Call, buffers: readonly Buffer[]): { donate: boolean[]; release: Buffer[] } {
  const release: Buffer[] = [];
  if (!call.donated.includes(true)) return { donate: call.donated.map(() => false), release };
  const uses = new Map<Buffer, number>();
  for (const buffer of buffers) uses.set(buffer, (uses.get(buffer) ?? 0) + 1);
  const donate = call.arrays.map((array, i) => {
    if (!call.donated[i] || !(array instanceof DeviceArray)) return false;
    const buffer = array.surrender();
    if (buffer === undefined) return false;
    if (uses.get(buffer) === 1) return true;
    release.push(buffer);
    return false;
  });
  return { donate, release };
}
