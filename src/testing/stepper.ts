import type { Backend, Buffer, Executable } from '#linnet/tensor';
import type { StepProgram } from './mlp';

/** Steps a program whose leading inputs are state that it gives up, with as many losses at hand as somebody may wait for. */
export class Stepper {
  readonly executable: Executable;
  readonly #donate: boolean[];
  readonly #fixed: Buffer[];
  readonly #kept: number;
  readonly #losses: Buffer[] = [];
  state: Buffer[];

  constructor(backend: Backend, { program, inputs, stateCount }: StepProgram, kept = 1) {
    this.#donate = inputs.map((_, i) => i < stateCount);
    this.#kept = kept;
    this.executable = backend.compile(program, { donate: this.#donate });
    const buffers = inputs.map((x) => backend.fromHost(x));
    this.state = buffers.slice(0, stateCount);
    this.#fixed = buffers.slice(stateCount);
  }

  /** The last loss. */
  get loss(): Buffer {
    return this.#losses.at(-1)!;
  }

  step(): void {
    if (this.#losses.length === this.#kept) this.#losses.shift()!.release();
    const outputs = this.executable.run([...this.state, ...this.#fixed], { donate: this.#donate });
    this.#losses.push(outputs.pop()!);
    this.state = outputs;
  }

  dispose(): void {
    for (const buffer of [...this.state, ...this.#fixed, ...this.#losses]) buffer.release();
  }
}
