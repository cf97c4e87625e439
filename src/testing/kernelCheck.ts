import type { HostArray } from '#linnet/core';
import { type Aval, type Backend, type CompileOptions, decodeElements, type NDArray } from '#linnet/tensor';
import { interpret } from '../tensor/cpu';
import { traceProgram } from '../tensor/trace/builder';

/** `length` numbers in [-2, 2) from a fixed generator. */
export function numbers(length: number, seed = 1): Float32Array {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 30 - 2;
  });
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** A float32 array of `shape`, of given or generated values. */
export function f32(shape: readonly number[], values: ArrayLike<number> = numbers(sizeOf(shape), sizeOf(shape) + 3)): HostArray {
  return { dtype: 'float32', shape, data: new Uint8Array(Float32Array.from(values).buffer) };
}

export function i32(shape: readonly number[], values: readonly number[]): HostArray {
  return { dtype: 'int32', shape, data: new Uint8Array(Int32Array.from(values).buffer) };
}

export const avalOf = (x: HostArray): Aval => ({ shape: x.shape, dtype: x.dtype as Aval['dtype'], weakType: false });

/**
 * Runs `f` on `backend` and on the CPU reference; throws at the first element that differs by more than `tolerance`, relative above 1.
 * NaN, infinities and integers must be the same.
 */
export async function checkAgainstReference(
  backend: Backend,
  f: (...xs: NDArray[]) => NDArray | readonly NDArray[],
  inputs: readonly HostArray[],
  tolerance = 2e-6,
  options: CompileOptions = {},
): Promise<void> {
  const { program } = traceProgram((xs) => [f(...xs)].flat() as NDArray[], inputs.map(avalOf));
  const expected = interpret(program, inputs);
  const executable = backend.compile(program, options);
  const buffers = inputs.map((x) => backend.fromHost(x));
  const outputs = executable.run(buffers);
  await executable.ready;
  for (const [index, output] of outputs.entries()) {
    const actual = decodeElements(await backend.toHost(output));
    const wanted = decodeElements(expected[index]!);
    output.release();
    if (actual.length !== wanted.length) throw new RangeError(`output ${index} has ${actual.length} elements, expected ${wanted.length}`);
    for (let i = 0; i < wanted.length; i++) {
      const [a, e] = [actual[i]!, wanted[i]!];
      if (Object.is(a, e) || a === e || Math.abs(a - e) <= tolerance * Math.max(1, Math.abs(e))) continue;
      throw new RangeError(`output ${index}, element ${i}: ${a}, expected ${e}\n${executable.explain().text}`);
    }
  }
  for (const buffer of buffers) buffer.release();
}
