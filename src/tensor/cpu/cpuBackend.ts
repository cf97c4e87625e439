import { type HostArray, LinnetError, sizeOf } from '#linnet/core';
import type { Aval } from '../aval';
import type { Backend, BackendStats, Buffer, Executable, Explanation } from '../backend';
import { byteLengthOf } from '../elements';
import type { Program } from '../trace/program';
import { prepare } from './interpret';

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
