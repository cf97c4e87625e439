import { LinnetError, structuresEqual } from '#linnet/core';
import { isArray, type NDArray } from '../array';
import { type Aval, formatAval, makeAval } from '../aval';
import * as lax from '../primitives/lax';
import { type Traced, traceClosed, traceProgram } from '../trace/builder';
import { evaluate } from '../trace/evaluate';
import { type ArrayTree, putTogether, splitSizes, type TreeLayout, takeApart } from '../trees';
import { type ArrayLike, asArray } from './convert';
import { asBool } from './elementwise';

type Fun = (...args: any[]) => any;

/** Traces `f` of trees; gives the program, and the layout of its result. */
function traceTrees(
  f: Fun,
  layouts: readonly TreeLayout[],
  avals: readonly Aval[],
  name: string,
): Traced & { readonly layout: TreeLayout } {
  let layout: TreeLayout | undefined;
  const traced = traceProgram(
    (inputs) => {
      const values = splitSizes(
        inputs,
        layouts.map((part) => part.isKey.length),
      );
      const args = layouts.map((part, i) => putTogether(part, values[i]!));
      const result = takeApart(f(...args), `The result of the function given to ${name}`);
      layout = result.layout;
      return result.arrays;
    },
    avals,
    name,
  );
  return { ...traced, layout: layout! };
}

const avalsOf = (arrays: readonly NDArray[]): Aval[] => arrays.map((array) => makeAval(array.shape, array.dtype));

/** Refuses a carry that changes its form from step to step. */
function checkCarry(name: string, given: ArrayTree, found: TreeLayout, avals: readonly Aval[]): void {
  if (!structuresEqual(given.layout.structure, found.structure)) {
    throw new LinnetError('InvalidArgumentError', `${name}: the body returns a carry of another structure than it was given.`);
  }
  given.arrays.forEach((array, i) => {
    const aval = avals[i]!;
    if (aval.dtype !== array.dtype || aval.shape.join() !== array.shape.join()) {
      throw new LinnetError(
        'ShapeError',
        `${name}: leaf ${i} of the carry is ${formatAval(array.aval)} at first and ${formatAval(aval)} after one step; it must stay the same.`,
      );
    }
  });
}

/** Weak numbers in a carry are made strong, so that the body sees one type all along. */
const strong = ({ arrays, layout }: ArrayTree): ArrayTree => ({
  arrays: arrays.map((array) => (array.weakType ? lax.cast(array, array.dtype as 'float32') : array)),
  layout,
});

export interface ScanOptions {
  /** Needed only when `xs` is null. */
  readonly length?: number;
  /** Walks from the last row to the first. */
  readonly reverse?: boolean;
}

/** `carry` walked over the rows of `xs`: `f(carry, x)` gives `[carry, y]`; returns the last carry and the stacked `y`. Like `jax.lax.scan`. */
export function scan(f: Fun, init: unknown, xs: unknown, options: ScanOptions = {}): [carry: any, ys: any] {
  const carry = strong(takeApart(init, 'The initial carry of scan'));
  const rows = takeApart(xs, 'xs of scan');
  const length = options.length ?? rows.arrays[0]?.shape[0];
  if (length === undefined) throw new LinnetError('InvalidArgumentError', 'scan needs xs with a leading axis, or the option length.');
  const rowAvals = rows.arrays.map((row) => makeAval(row.shape.slice(1), row.dtype));
  let layouts: [TreeLayout, TreeLayout] | undefined;
  let carryAvals: Aval[] = [];
  const step: Fun = (state, x) => {
    const result = f(state, x);
    if (!Array.isArray(result) || result.length !== 2)
      throw new LinnetError('InvalidArgumentError', 'The function given to scan must return [carry, y].');
    const [next, y] = result.map((part, i) => takeApart(part, i === 0 ? 'The carry' : 'y')) as [ArrayTree, ArrayTree];
    layouts = [next.layout, y.layout];
    carryAvals = avalsOf(next.arrays);
    return [...next.arrays, ...y.arrays];
  };
  const { program, constants } = traceTrees(step, [carry.layout, rows.layout], [...avalsOf(carry.arrays), ...rowAvals], 'scan');
  checkCarry('scan', carry, layouts![0], carryAvals);
  const outputs = lax.applyAll('scan', [...constants, ...carry.arrays, ...rows.arrays], {
    body: program,
    length,
    reverse: options.reverse ?? false,
    numConsts: constants.length,
    numCarry: carry.arrays.length,
  });
  return [putTogether(layouts![0], outputs.slice(0, carry.arrays.length)), putTogether(layouts![1], outputs.slice(carry.arrays.length))];
}

/**
 * `whenTrue(...operands)` or `whenFalse(...operands)`, by a scalar known only when the program runs. On a GPU, loops and heavy kernels
 * (about 1e5 steps of work in a branch) run only in the branch that is taken; cheap and elementwise work of both is done with what
 * follows, and thrown away. Under `vmap` with a predicate for each example both branches run. Like `jax.lax.cond`.
 */
export function cond(predicate: ArrayLike, whenTrue: Fun, whenFalse: Fun, ...operands: unknown[]): any {
  const parts = operands.map((operand) => strong(takeApart(operand, 'An operand of cond')));
  const arrays = parts.flatMap((part) => part.arrays);
  const layouts = parts.map((part) => part.layout);
  const avals = avalsOf(arrays);
  const [yes, no] = [whenTrue, whenFalse].map((f) => traceTrees(f, layouts, avals, 'cond')) as [
    ReturnType<typeof traceTrees>,
    ReturnType<typeof traceTrees>,
  ];
  checkBranches(yes, no);
  const constants = [...yes.constants, ...no.constants];
  const allAvals = [...avalsOf(constants), ...avals];
  const widen = ({ program, constants: own }: Traced, start: number) =>
    traceClosed(
      (inputs) => evaluate(program, [...inputs.slice(start, start + own.length), ...inputs.slice(constants.length)]),
      allAvals,
      'cond',
    );
  const branches = [widen(no, yes.constants.length), widen(yes, 0)];
  const outputs = lax.applyAll('cond', [asBool(asArray(predicate)), ...constants, ...arrays], { branches });
  return putTogether(yes.layout, outputs);
}

/** `branches[index](...operands)`, by an integer scalar that is clamped into range; each choice is a `cond`. Like `jax.lax.switch`. */
export function switchBranch(index: ArrayLike, branches: readonly Fun[], ...operands: unknown[]): any {
  const which = asArray(index);
  if (branches.length === 0 || which.ndim > 0 || !['int32', 'uint32'].includes(which.dtype)) {
    const found = `${branches.length} branches and ${formatAval(which.aval)}`;
    throw new LinnetError('InvalidArgumentError', `switch chooses among one branch or more by an integer scalar, but got ${found}.`);
  }
  const among = (first: number, end: number): Fun => {
    if (end - first === 1) return branches[first]!;
    const middle = (first + end) >> 1;
    return (...values) => cond(lax.lt(which, lax.scalarLike(which, middle)), among(first, middle), among(middle, end), ...values);
  };
  return among(0, branches.length)(...operands);
}

function checkBranches(yes: Traced & { layout: TreeLayout }, no: Traced & { layout: TreeLayout }): void {
  const text = ({ program }: Traced): string => program.outputs.map(({ aval }) => formatAval(aval)).join(', ');
  if (structuresEqual(yes.layout.structure, no.layout.structure) && text(yes) === text(no)) return;
  throw new LinnetError('ShapeError', `The branches of cond return different things: ${text(yes)} when true, ${text(no)} when false.`);
}

/**
 * `f` applied to the carry while `condition(carry)` holds. Forward-mode differentiable only. Like `jax.lax.while_loop`. The loop runs on one
 * workgroup, since nobody else on the device can see its condition; a body of many elements is faster in a `scan` of known length.
 */
export function whileLoop(condition: Fun, f: Fun, init: unknown): any {
  const carry = strong(takeApart(init, 'The initial value of whileLoop'));
  const avals = avalsOf(carry.arrays);
  const test = traceTrees((state) => asBool(condition(state)), [carry.layout], avals, 'whileLoop');
  const body = traceTrees(f, [carry.layout], avals, 'whileLoop');
  checkCarry(
    'whileLoop',
    carry,
    body.layout,
    body.program.outputs.map(({ aval }) => aval),
  );
  const outputs = lax.applyAll('whileLoop', [...test.constants, ...body.constants, ...carry.arrays], {
    cond: test.program,
    body: body.program,
    numCondConsts: test.constants.length,
    numBodyConsts: body.constants.length,
  });
  return putTogether(body.layout, outputs);
}

/** `f(i, value)` for i from `lower` up to `upper`. With plain numbers as bounds it is a scan, and differentiable. Like `jax.lax.fori_loop`. */
export function foriLoop(lower: number | NDArray, upper: number | NDArray, f: Fun, init: unknown): any {
  if (!isArray(lower) && !isArray(upper)) {
    const length = Math.max(0, upper - lower);
    const index = lax.iota([length], 0, 'int32');
    const steps = lower === 0 ? index : lax.add(index, lax.scalarLike(index, lower));
    return scan((value: unknown, i: NDArray) => [f(i, value), null], init, steps, { length })[0];
  }
  const start = lax.cast(asArray(lower), 'int32');
  const end = lax.cast(asArray(upper), 'int32');
  const [, result] = whileLoop(
    ([i]: [NDArray]) => lax.lt(i, end),
    ([i, value]: [NDArray, unknown]) => [lax.add(i, lax.scalarLike(i, 1)), f(i, value)],
    [start, init],
  );
  return result;
}
