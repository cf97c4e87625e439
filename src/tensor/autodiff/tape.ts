import { invariant } from '#linnet/core';
import type { NDArray } from '../array';
import { type Aval, makeAval } from '../aval';
import * as lax from '../primitives/lax';
import type { Params, Primitive, Vjp } from '../primitives/primitive';
import { Trace, Tracer } from '../trace/tracer';
import { JvpTrace, noDerivative } from './jvpTrace';

/** One linear operation on tangents, with what its reverse needs. */
interface TapeEntry {
  /** The tangents it read; null where an input is not a tangent. */
  readonly sources: readonly (TapeTracer | null)[];
  readonly outputs: readonly TapeTracer[];
  readonly backward: (cotangents: readonly (NDArray | null)[]) => readonly (NDArray | null)[];
}

/** A tangent that is not computed, only recorded: a linear function of the tangents of the inputs. */
export class TapeTracer extends Tracer {
  readonly trace: Tape;
  readonly aval: Aval;

  constructor(trace: Tape, aval: Aval) {
    super();
    this.trace = trace;
    this.aval = aval;
  }
}

/** Records the linear operations that `jvp` rules do on tangents; played backwards it gives cotangents. */
export class Tape extends Trace {
  readonly name = 'grad';
  readonly #entries: TapeEntry[] = [];

  input(of: NDArray): TapeTracer {
    return new TapeTracer(this, makeAval(of.shape, of.dtype));
  }

  process(primitive: Primitive, inputs: readonly NDArray[], params: Params): readonly NDArray[] {
    const avals = inputs.map((input) => input.aval);
    const sources = inputs.map((input) => (input instanceof TapeTracer && input.trace === this ? input : null));
    const values = inputs.map((input, i) => (sources[i] === null ? input : undefined));
    const { transpose } = primitive;
    if (transpose === undefined) throw noDerivative(primitive);
    const outputs = primitive.abstract(avals, params).map((aval) => new TapeTracer(this, aval));
    this.#entries.push({
      sources,
      outputs,
      backward: (cotangents) =>
        transpose(
          cotangents.map((ct, i) => ct ?? lax.zerosLike(outputs[i]!)),
          values,
          params,
          avals,
        ),
    });
    return outputs;
  }

  /** Records an operation that brings its own reverse. */
  record(sources: readonly (TapeTracer | null)[], results: readonly NDArray[], backward: Vjp['backward']): readonly TapeTracer[] {
    const outputs = results.map((result) => this.input(result));
    this.#entries.push({ sources, outputs, backward });
    return outputs;
  }

  /** Cotangents of `inputs` from those of `outputs`; null is zero. */
  backward(inputs: readonly TapeTracer[], outputs: readonly (NDArray | null)[], cotangents: readonly NDArray[]): (NDArray | null)[] {
    const sums = new Map<NDArray, NDArray>();
    const accumulate = (tangent: NDArray | null, ct: NDArray | null | undefined): void => {
      if (tangent === null || ct === null || ct === undefined) return;
      const sum = sums.get(tangent);
      sums.set(tangent, sum === undefined ? ct : lax.add(sum, ct));
    };
    outputs.forEach((output, i) => {
      accumulate(output, cotangents[i]);
    });
    for (let i = this.#entries.length - 1; i >= 0; i--) {
      const { sources, outputs: results, backward } = this.#entries[i]!;
      if (!results.some((result) => sums.has(result))) continue;
      const back = backward(results.map((result) => sums.get(result) ?? null));
      for (const result of results) sums.delete(result);
      sources.forEach((source, j) => {
        accumulate(source, back[j]);
      });
    }
    return inputs.map((input) => sums.get(input) ?? null);
  }
}

/** Forward pass of reverse mode: primals are computed, tangents are recorded on a tape. */
export class LinearizeTrace extends JvpTrace {
  override readonly name = 'grad';
  readonly #tape: Tape;

  constructor(tape: Tape) {
    super();
    this.#tape = tape;
  }

  protected override differentiate(
    primitive: Primitive,
    primals: readonly NDArray[],
    tangents: readonly (NDArray | null)[],
    params: Params,
  ): readonly NDArray[] {
    if (primitive.vjp === undefined) return super.differentiate(primitive, primals, tangents, params);
    const { outputs, backward } = primitive.vjp(primals, params);
    const sources = tangents.map((tangent) => {
      invariant(tangent === null || tangent instanceof TapeTracer, 'tangents of reverse mode live on the tape');
      return tangent;
    });
    const results = this.#tape.record(sources, outputs, backward);
    return outputs.map((output, i) => this.join(output, results[i]!));
  }
}
