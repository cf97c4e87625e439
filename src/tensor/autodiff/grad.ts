import { LinnetError } from '#linnet/core';
import { isFloatArray, type NDArray } from '../array';
import * as lax from '../primitives/lax';
import { putTogether, splitSizes, type TreeLayout, takeApart } from '../trees';
import { jvpFlat, vjpFlat } from './linearize';

export interface GradOptions {
  /** Which arguments to differentiate by; one number gives one gradient tree, a list gives a list. 0 by default. */
  readonly argnums?: number | readonly number[];
  /** True if the function returns `[loss, aux]`; aux is passed on. */
  readonly hasAux?: boolean;
}

type Fun = (...args: any[]) => any;

/** The reverse-mode derivative of a scalar function together with its value: `[value, grads]`, or `[[value, aux], grads]`. Like `jax.value_and_grad`. */
export function valueAndGrad(f: Fun, options: GradOptions = {}): (...args: any[]) => any {
  const { argnums = 0, hasAux = false } = options;
  const list = typeof argnums === 'number' ? [argnums] : argnums;
  return (...args) => {
    const positions = list.map((position) => checkPosition(position, args.length));
    const parts = positions.map((position) => takeApart(args[position], `Argument ${position} of grad`));
    const primals = parts.flatMap((part) => part.arrays);
    checkDifferentiable(primals);
    let aux: unknown;
    const run = (inputs: readonly NDArray[]): NDArray[] => {
      const result = f(
        ...replaceArguments(
          args,
          positions,
          parts.map((part) => part.layout),
          inputs,
        ),
      );
      const [loss, extra] = hasAux ? splitAux(result) : [result, undefined];
      const auxParts = takeApart(extra, 'aux');
      aux = auxParts.layout;
      return [...takeApart(loss, 'The loss').arrays, ...auxParts.arrays];
    };
    const { outputs, backward } = vjpFlat(run, primals);
    const [value, ...auxArrays] = outputs;
    checkLoss(value, outputs.length - auxArrays.length);
    const seed = [lax.full([], 1, value!.dtype as 'float32'), ...auxArrays.map(() => null)];
    const cotangents = backward(seed).map((ct, i) => ct ?? lax.zerosLike(primals[i]!));
    const perArgument = splitSizes(
      cotangents,
      parts.map((part) => part.arrays.length),
    );
    const grads = parts.map((part, i) => putTogether(part.layout, perArgument[i]!));
    const gradient = typeof argnums === 'number' ? grads[0] : grads;
    return [hasAux ? [value, putTogether(aux as TreeLayout, auxArrays)] : value, gradient];
  };
}

/** The reverse-mode derivative of a scalar function: `grads`, or `[grads, aux]`. Like `jax.grad`. */
export function grad(f: Fun, options: GradOptions = {}): (...args: any[]) => any {
  const both = valueAndGrad(f, options);
  return (...args) => {
    const [value, grads] = both(...args);
    return options.hasAux ? [grads, value[1]] : grads;
  };
}

function checkPosition(position: number, count: number): number {
  const from0 = position < 0 ? position + count : position;
  if (Number.isInteger(from0) && from0 >= 0 && from0 < count) return from0;
  throw new LinnetError('InvalidArgumentError', `argnums names argument ${position}, but the function was called with ${count}.`);
}

function checkDifferentiable(primals: readonly NDArray[]): void {
  for (const primal of primals) {
    if (isFloatArray(primal)) continue;
    throw new LinnetError(
      'DTypeError',
      `grad needs inputs of a floating dtype, but found ${primal.dtype}. Cast it, or leave that argument out of argnums.`,
    );
  }
}

function checkLoss(value: NDArray | undefined, count: number): void {
  if (count === 1 && value !== undefined && value.ndim === 0 && isFloatArray(value)) return;
  const found = value === undefined ? 'nothing' : value.toString();
  throw new LinnetError(
    'ShapeError',
    `grad needs a function that returns one floating scalar; it returned ${found}. Reduce it with mean() or sum(), or use jax.vjp or jax.jacobian.`,
  );
}

function splitAux(result: unknown): readonly [unknown, unknown] {
  if (Array.isArray(result) && result.length === 2) return [result[0], result[1]];
  throw new LinnetError('InvalidArgumentError', 'With hasAux the function must return [loss, aux].');
}

/** `args` with the arguments at `positions` rebuilt from `arrays`. */
function replaceArguments(
  args: readonly unknown[],
  positions: readonly number[],
  layouts: readonly TreeLayout[],
  arrays: readonly NDArray[],
): unknown[] {
  const result = [...args];
  let next = 0;
  positions.forEach((position, i) => {
    const count = layouts[i]!.isKey.length;
    result[position] = putTogether(layouts[i]!, arrays.slice(next, next + count));
    next += count;
  });
  return result;
}

/** `f` of all its arguments as a function of their arrays, in order: how `vjp` and `jvp` see it. */
function overArrays(f: Fun, primals: readonly unknown[], parts: readonly { readonly layout: TreeLayout }[]) {
  const positions = primals.map((_, i) => i);
  const layouts = parts.map((part) => part.layout);
  let layout: TreeLayout | undefined;
  const asArguments = (arrays: readonly NDArray[]): unknown[] => replaceArguments(primals, positions, layouts, arrays);
  return {
    /** The arguments with other arrays in their places. */
    arguments: asArguments,
    call: (inputs: readonly NDArray[]): readonly NDArray[] => {
      const output = takeApart(f(...asArguments(inputs)), 'The output');
      layout = output.layout;
      return output.arrays;
    },
    /** `arrays` in the form of what `f` returned. */
    output: (arrays: readonly NDArray[]): unknown => putTogether(layout!, arrays),
  };
}

/** Outputs of `f(...primals)` and the function from cotangents of the output to the list of cotangents of the arguments. Like `jax.vjp`. */
export function vjp(f: Fun, ...primals: unknown[]): [output: any, backward: (cotangents: any) => any[]] {
  const parts = primals.map((primal, i) => takeApart(primal, `Argument ${i} of vjp`));
  const arrays = parts.flatMap((part) => part.arrays);
  const flat = overArrays(f, primals, parts);
  const { outputs, backward } = vjpFlat(flat.call, arrays);
  const pull = (cotangents: unknown): unknown[] => {
    const cts = takeApart(cotangents, 'The cotangents').arrays.map((ct, i) => spreadTo(ct, outputs[i]));
    const back = backward(cts).map((ct, i) => ct ?? lax.zerosLike(arrays[i]!));
    return flat.arguments(back);
  };
  return [flat.output(outputs), pull];
}

function spreadTo(ct: NDArray, output: NDArray | undefined): NDArray {
  if (output !== undefined && ct.shape.length === output.shape.length && ct.shape.every((dim, i) => dim === output.shape[i])) {
    return isFloatArray(output) ? lax.cast(ct, output.dtype as 'float32') : ct;
  }
  throw new LinnetError(
    'ShapeError',
    `A cotangent has the shape [${ct.shape}], but the output [${output?.shape ?? 'none'}]; they must agree.`,
  );
}

/** `[outputs, tangents]` of `f` at `primals` along `tangents` (lists with one tree per argument). Like `jax.jvp`. */
export function jvp(f: Fun, primals: readonly unknown[], tangents: readonly unknown[]): [output: any, tangents: any] {
  const parts = primals.map((primal, i) => takeApart(primal, `Primal ${i} of jvp`));
  const arrays = parts.flatMap((part) => part.arrays);
  const directions = tangents.flatMap((tangent, i) => takeApart(tangent, `Tangent ${i} of jvp`).arrays);
  if (directions.length !== arrays.length) {
    throw new LinnetError(
      'InvalidArgumentError',
      `jvp got ${arrays.length} primal arrays and ${directions.length} tangents; they go in pairs.`,
    );
  }
  const flat = overArrays(f, primals, parts);
  const result = jvpFlat(
    flat.call,
    arrays,
    directions.map((direction, i) => spreadTo(direction, arrays[i])),
  );
  const filled = result.tangents.map((tangent, i) => tangent ?? lax.zerosLike(result.outputs[i]!));
  return [flat.output(result.outputs), flat.output(filled)];
}
