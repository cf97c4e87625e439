import { LinnetError } from '#linnet/core';
import { valueAndGrad as tensorValueAndGrad } from '#linnet/tensor';
import { type Filter, partition } from '../filters';
import type { JaxArray } from '../leaf';
import type { Pytree } from '../pytree';
import { type State, stateFromLeaves, stateLeaves } from '../state/state';
import { Variable } from '../variable';
import { Param } from '../variableTypes';
import { type CallRecord, callValues, enterCall, type GraphCall, leaveCall, runCall } from './graphCall';

/** Which part of an argument to differentiate by: like `flax.nnx.DiffState`. */
export class DiffState {
  readonly argnum: number;
  readonly filter: Filter;

  constructor(argnum: number, filter: Filter) {
    this.argnum = argnum;
    this.filter = filter;
  }
}

export interface GradOptions {
  /** Arguments to differentiate by; one gives one gradient, a list gives a list. By default 0. */
  readonly argnums?: number | DiffState | readonly (number | DiffState)[];
  /** True if the function returns `[loss, aux]`. */
  readonly hasAux?: boolean;
  /** What of a module is differentiated where `argnums` is a number. By default `nnx.Param`. */
  readonly wrt?: Filter;
}

/** The gradient by an argument of type `T`: a State by a module, else of the argument's own form. */
type Gradient<T> = T extends Pytree | Variable<any> ? State : T extends JaxArray ? T : any;

/** One gradient, or a list where `argnums` is one. */
type Gradients<A extends readonly unknown[], O extends GradOptions> = O extends { readonly argnums: readonly unknown[] }
  ? any[]
  : O extends { readonly argnums: infer N }
    ? Gradient<N extends number ? A[N] : N extends DiffState ? A[N['argnum']] : never>
    : Gradient<A[0]>;

/** What `grad` gives: the gradient, or `[gradient, aux]`. */
type WithAux<A extends readonly unknown[], R, O extends GradOptions> = O extends { readonly hasAux: true }
  ? [Gradients<A, O>, Value<R, O>[1]]
  : Gradients<A, O>;

/** What the function returns: the loss, or `[loss, aux]`. */
type Value<R, O extends GradOptions> = O extends { readonly hasAux: true } ? (R extends readonly [infer L, infer X] ? [L, X] : any) : R;

/** The leaves of one argument that are differentiated: a State for a graph, the whole tree else. */
interface Target {
  readonly argument: number;
  /** Indexes of the leaves among those of the call; undefined for a plain tree. */
  readonly leaves: readonly number[] | undefined;
  readonly primal: unknown;
}

function targetOf(call: GraphCall, values: readonly unknown[], spec: number | DiffState, wrt: Filter): Target {
  const argnum = typeof spec === 'number' ? spec : spec.argnum;
  const argument = argnum < 0 ? argnum + call.args.length : argnum;
  if (!Number.isInteger(argument) || argument < 0 || argument >= call.args.length) {
    throw new LinnetError(
      'InvalidArgumentError',
      `argnums names argument ${argnum}, but the function was called with ${call.args.length}.`,
    );
  }
  const position = call.positions.indexOf(argument);
  if (position < 0) return { argument, leaves: undefined, primal: call.args[argument] };
  const own = call.flat.leaves.flatMap(([path, leaf], i) => (path[0] === position ? [[path.slice(1), { leaf, i }] as const] : []));
  const filter = typeof spec === 'number' ? wrt : spec.filter;
  const chosen = partition(
    own.map(([path, { leaf }], at) => [path, leaf, at] as const).map(([path, leaf]) => [path, leaf] as const),
    [filter],
  ).groups[0]!;
  const indexes = new Map(own.map(([, { leaf, i }]) => [leaf, i]));
  const leaves = chosen.map(([, leaf]) => indexes.get(leaf)!);
  const primal = stateFromLeaves(
    chosen.map(([path, leaf], k) => [path, leaf instanceof Variable ? leaf.replace(values[leaves[k]!]) : leaf]),
  );
  return { argument, leaves, primal };
}

/**
 * Value and gradient of a function of modules and arrays: `[loss, grads]`, with `hasAux` `[[loss, aux], grads]`. Gradients by a module
 * are a State of what `wrt` selects. What the function writes to its modules (batch statistics, random counters) is kept. Like
 * `flax.nnx.value_and_grad`.
 */
export function valueAndGrad<A extends any[], R, const O extends GradOptions = object>(
  f: (...args: A) => R,
  options?: O,
): (...args: A) => [Value<R, O>, Gradients<A, O>] {
  const { argnums = 0, hasAux = false, wrt = Param }: GradOptions = options ?? {};
  const specs = Array.isArray(argnums) ? (argnums as readonly (number | DiffState)[]) : [argnums as number | DiffState];
  return (...args) => {
    const call = enterCall(args);
    const values = callValues(call, 'nnx.grad');
    const targets = specs.map((spec) => targetOf(call, values, spec, wrt));
    let record: CallRecord | undefined;
    const run = (primals: readonly unknown[]): [unknown, unknown] => {
      const result = runCall('nnx.grad', call, substitute(values, targets, primals), substitutePlain(args, targets, primals), f);
      record = result.record;
      const [loss, aux] = hasAux ? pairOf(result.output) : [result.output, null];
      return [loss, { values: result.values, aux }];
    };
    const [[loss, kept], gradients] = tensorValueAndGrad(run, { hasAux: true })(targets.map((target) => target.primal));
    leaveCall(call, { record: record!, values: kept.values, output: null });
    const grads = Array.isArray(argnums) ? gradients : gradients[0];
    return [(hasAux ? [loss, kept.aux] : loss) as Value<R, O>, grads];
  };
}

/** The gradient of a function of modules and arrays: `grads`, with `hasAux` `[grads, aux]`. Like `flax.nnx.grad`. */
export function grad<A extends any[], R, const O extends GradOptions = object>(
  f: (...args: A) => R,
  options?: O,
): (...args: A) => WithAux<A, R, O> {
  const both = valueAndGrad(f, options);
  return (...args) => {
    const [value, grads] = both(...args);
    return (options?.hasAux ? [grads, (value as readonly unknown[])[1]] : grads) as WithAux<A, R, O>;
  };
}

function substitute(values: readonly unknown[], targets: readonly Target[], primals: readonly unknown[]): unknown[] {
  const result = [...values];
  for (const [k, { leaves }] of targets.entries()) {
    if (leaves === undefined) continue;
    for (const [at, [, leaf]] of stateLeaves(primals[k] as State).entries())
      result[leaves[at]!] = leaf instanceof Variable ? leaf.value : leaf;
  }
  return result;
}

function substitutePlain(args: readonly unknown[], targets: readonly Target[], primals: readonly unknown[]): unknown[] {
  const result = [...args];
  for (const [k, { leaves, argument }] of targets.entries()) if (leaves === undefined) result[argument] = primals[k];
  return result;
}

function pairOf(output: unknown): readonly [unknown, unknown] {
  if (Array.isArray(output) && output.length === 2) return [output[0], output[1]];
  throw new LinnetError('InvalidArgumentError', 'With hasAux the function must return [loss, aux].');
}
