import { type HostArray, LinnetError, sizeOf } from '#linnet/core';
import type { Aval } from './aval';
import type { Backend, BackendStats, Buffer, Executable, Explanation } from './backend';
import { byteLengthOf, hostScalar } from './elements';
import type { Atom, Equation, Program } from './trace/program';

interface Ledger {
  liveBytes: number;
  peakBytes: number;
  liveBuffers: number;
  created: number;
  disposed: boolean;
}

/** An array in plain memory. */
class CpuBuffer implements Buffer {
  readonly aval: Aval;
  readonly byteLength: number;
  #host: HostArray | undefined;
  #references = 1;
  readonly #ledger: Ledger;

  constructor(host: HostArray, aval: Aval, ledger: Ledger) {
    this.aval = aval;
    this.byteLength = host.data.byteLength;
    this.#host = host;
    this.#ledger = ledger;
    ledger.created++;
    ledger.liveBuffers++;
    ledger.liveBytes += this.byteLength;
    ledger.peakBytes = Math.max(ledger.peakBytes, ledger.liveBytes);
  }

  get alive(): boolean {
    return this.#references > 0 && !this.#ledger.disposed;
  }

  get host(): HostArray {
    if (this.alive && this.#host !== undefined) return this.#host;
    throw new LinnetError('DisposedError', 'A CPU buffer was read after it was released.');
  }

  retain(): void {
    this.#references++;
  }

  release(): void {
    if (--this.#references !== 0) return;
    this.#host = undefined;
    this.#ledger.liveBuffers--;
    this.#ledger.liveBytes -= this.byteLength;
  }
}

/** Runs the equations of `program` one after another on host arrays. The oracle that the GPU engine is held against. */
export function interpret(program: Program, inputs: readonly HostArray[]): HostArray[] {
  let run = prepared.get(program);
  if (run === undefined) {
    run = prepare(program);
    prepared.set(program, run);
  }
  return run(inputs);
}

/** Programs run before; bodies of loops are run again and again. */
const prepared = new WeakMap<Program, (inputs: readonly HostArray[]) => HostArray[]>();

/** One equation with its values as places in a list, and those it is the last to use. */
interface Instruction {
  readonly equation: Equation;
  readonly avals: readonly Aval[];
  readonly operands: readonly number[];
  readonly results: readonly number[];
  readonly dies: readonly number[];
  /** Hands its operand on: a scalar spread out only for elementwise use. */
  readonly isSpread: boolean;
}

/** `program` with its bookkeeping done once: places of values, scalars in disguise, and when each value is last used. */
function prepare(program: Program): (inputs: readonly HostArray[]) => HostArray[] {
  const initial: (HostArray | undefined)[] = [];
  const places = new Map<Atom, number>();
  const placeOf = (atom: Atom): number => {
    const known = places.get(atom);
    if (known !== undefined) return known;
    places.set(atom, initial.length);
    return initial.push(atom.type === 'literal' ? hostScalar(atom.value, atom.aval.dtype) : undefined) - 1;
  };
  const inputPlaces = program.inputs.map(placeOf);
  const lastUse = new Map<Atom, Equation>();
  for (const equation of program.equations) for (const input of equation.inputs) if (input.type === 'var') lastUse.set(input, equation);
  for (const output of program.outputs) lastUse.delete(output);
  const spreads = findSpreadScalars(program);
  const instructions = program.equations.map(
    (equation): Instruction => ({
      equation,
      avals: equation.outputs.map((output) => output.aval),
      operands: equation.inputs.map(placeOf),
      results: equation.outputs.map(placeOf),
      dies: equation.inputs.filter((input) => lastUse.get(input) === equation).map(placeOf),
      isSpread: spreads.has(equation),
    }),
  );
  const outputPlaces = program.outputs.map(placeOf);
  return (inputs) => {
    const values = initial.slice();
    inputPlaces.forEach((place, i) => {
      values[place] = inputs[i];
    });
    for (const instruction of instructions) execute(instruction, values);
    return outputPlaces.map((place) => values[place]!);
  };
}

function execute({ equation, avals, operands, results, dies, isSpread }: Instruction, values: (HostArray | undefined)[]): void {
  const inputs = operands.map((place) => values[place]!);
  const outputs = isSpread ? inputs : equation.primitive.cpu(inputs, equation.params, avals);
  for (let i = 0; i < results.length; i++) values[results[i]!] = outputs[i];
  for (const place of dies) values[place] = undefined;
}

/** Broadcasts of a scalar that only elementwise operations read: those take the scalar itself. */
function findSpreadScalars(program: Program): ReadonlySet<Equation> {
  const candidates = new Map<Atom, Equation>();
  for (const equation of program.equations) {
    const isSpread = equation.primitive.name === 'broadcastInDim' && sizeOf(equation.inputs[0]!.aval.shape) === 1;
    if (isSpread) candidates.set(equation.outputs[0]!, equation);
    if (equation.primitive.gpu.kind !== 'elementwise') for (const input of equation.inputs) candidates.delete(input);
  }
  for (const output of program.outputs) candidates.delete(output);
  return new Set(candidates.values());
}

function explainProgram(program: Program): Explanation {
  const kernels = program.equations.map(({ primitive, outputs }) => ({
    name: primitive.name,
    flops: outputs.reduce((sum, output) => sum + sizeOf(output.aval.shape), 0),
    bytes: outputs.reduce((sum, output) => sum + byteLengthOf(output.aval.shape, output.aval.dtype), 0),
    workgroups: [],
  }));
  const temporaryBytes = kernels.reduce((sum, kernel) => sum + kernel.bytes, 0);
  const text = [
    `interpreter: ${kernels.length} operations on the CPU`,
    ...kernels.map((kernel) => `  ${kernel.name} (${kernel.bytes} bytes)`),
  ];
  return {
    schedule: 'interpreter',
    reason: 'The CPU backend runs one operation after another.',
    kernels,
    dispatches: kernels.length,
    temporaryBytes,
    text: text.join('\n'),
  };
}

/** The backend that needs no GPU: plain loops over typed arrays. Reference for every other, and fallback of tabs without WebGPU. */
export class CpuBackend implements Backend {
  readonly kind = 'cpu';
  readonly description = 'CPU interpreter';
  readonly lost = new Promise<never>(() => {});
  readonly #ledger: Ledger = { liveBytes: 0, peakBytes: 0, liveBuffers: 0, created: 0, disposed: false };
  #operations = 0;

  compile(program: Program): Executable {
    const run = prepare(program);
    return {
      ready: Promise.resolve(),
      tuned: Promise.resolve(),
      explain: () => explainProgram(program),
      run: (inputs, options) => {
        const results = run(inputs.map((input) => (input as CpuBuffer).host));
        this.#operations += program.equations.length;
        inputs.forEach((input, i) => {
          if (options?.donate?.[i]) input.release();
        });
        return results.map((host, i) => new CpuBuffer(host, program.outputs[i]!.aval, this.#ledger));
      },
    };
  }

  refusal(): string {
    return 'The CPU computes in its own order.';
  }

  fromHost(array: HostArray): Buffer {
    const aval = { shape: array.shape, dtype: array.dtype as Aval['dtype'], weakType: false };
    return new CpuBuffer({ ...array, data: array.data.slice() }, aval, this.#ledger);
  }

  async toHost(buffer: Buffer): Promise<HostArray> {
    const { host } = buffer as CpuBuffer;
    return { ...host, shape: buffer.aval.shape, data: host.data.slice() };
  }

  async synchronize(): Promise<void> {}

  stats(): BackendStats {
    const { liveBytes, peakBytes, liveBuffers, created } = this.#ledger;
    const none = { submits: 0, bindGroupsCreated: 0, pipelinesCreated: 0, bufferWrites: 0 };
    return { liveBytes, peakBytes, liveBuffers, buffersCreated: created, dispatches: this.#operations, ...none };
  }

  dispose(): void {
    this.#ledger.disposed = true;
  }
}
