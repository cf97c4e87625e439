import { LinnetError } from '#linnet/core';
import type { NDArray } from '../array';
import * as lax from '../primitives/lax';
import { type ArrayLike, promoteDTypes, spread } from './convert';

/** An operand of an einsum with one letter for each of its axes. */
interface Labelled {
  readonly array: NDArray;
  readonly labels: readonly string[];
}

/** Sum of products in Einstein's notation: `einsum('bij,bjk->bik', x, y)`. Ellipses stand for leading broadcast axes. */
export function einsum(subscripts: string, ...arrays: ArrayLike[]): NDArray {
  const promoted = promoteDTypes(arrays, 'jnp.einsum').map((x) => (x.dtype === 'bool' ? lax.cast(x, 'int32') : x));
  const [left, right] = subscripts.replaceAll(' ', '').split('->') as [string, string | undefined];
  const terms = left.split(',');
  if (terms.length !== arrays.length) {
    throw new LinnetError('ShapeError', `einsum "${subscripts}" names ${terms.length} operands, but ${arrays.length} were given.`);
  }
  const labelled = terms.map((term, i) => label(term, promoted[i]!, subscripts)).map(takeDiagonals);
  checkSizes(labelled, subscripts);
  const output = right === undefined ? implicitOutput(left, labelled) : outputLabels(right, labelled);
  const result = labelled
    .slice(1)
    .reduce(
      (product, next, i) => contract(product, next, [...labelled.slice(i + 2).flatMap((rest) => rest.labels), ...output]),
      labelled[0]!,
    );
  return arrange(sumOut(result, output), output, subscripts);
}

/** Letters of the axes of one operand; axes under an ellipsis get names from the end: '.1' is the last of them. */
function label(term: string, array: NDArray, subscripts: string): Labelled {
  const [before, after] = term.split('...') as [string, string | undefined];
  const named = before.length + (after?.length ?? 0);
  const hidden = array.ndim - named;
  if (hidden < 0 || (after === undefined && hidden > 0)) {
    throw new LinnetError('ShapeError', `einsum "${subscripts}": "${term}" names ${named} axes, but the operand is ${array.toString()}.`);
  }
  const dots = Array.from({ length: hidden }, (_, i) => `.${hidden - i}`);
  return { array, labels: [...before, ...dots, ...(after ?? '')] };
}

/** A letter that appears twice in one operand takes the diagonal. */
function takeDiagonals({ array, labels }: Labelled): Labelled {
  const twice = labels.findIndex((name, i) => labels.indexOf(name) < i);
  if (twice < 0) return { array, labels };
  const first = labels.indexOf(labels[twice]!);
  const mask = lax.eq(lax.iota(array.shape, first, 'int32'), lax.iota(array.shape, twice, 'int32'));
  const diagonal = lax.reduceSum(lax.select(mask, array, lax.scalarLike(array, 0)), [twice]);
  return takeDiagonals({ array: diagonal, labels: labels.filter((_, i) => i !== twice) });
}

function checkSizes(operands: readonly Labelled[], subscripts: string): void {
  const sizes = new Map<string, number>();
  for (const { array, labels } of operands) {
    labels.forEach((name, axis) => {
      const size = array.shape[axis]!;
      const other = sizes.get(name) ?? 1;
      if (size !== other && size !== 1 && other !== 1) {
        throw new LinnetError('ShapeError', `einsum "${subscripts}": axis "${name}" is ${other} in one operand and ${size} in another.`);
      }
      sizes.set(name, Math.max(size, other));
    });
  }
}

/** Without `->`: ellipsis axes, then letters that appear once, in alphabetical order. */
function implicitOutput(left: string, operands: readonly Labelled[]): string[] {
  const letters = [...left.replaceAll('.', '').replaceAll(',', '')];
  const once = letters.filter((letter) => letters.indexOf(letter) === letters.lastIndexOf(letter)).sort();
  return [...hiddenLabels(operands), ...once];
}
const hiddenLabels = (operands: readonly Labelled[]): string[] =>
  [...new Set(operands.flatMap(({ labels }) => labels.filter((name) => name.startsWith('.'))))].sort(
    (a, b) => Number(b.slice(1)) - Number(a.slice(1)),
  );
const outputLabels = (right: string, operands: readonly Labelled[]): string[] => {
  const [before, after] = right.split('...') as [string, string | undefined];
  return after === undefined ? [...before] : [...before, ...hiddenLabels(operands), ...after];
};

/** Sums over axes that nobody needs any more. */
function sumOut({ array, labels }: Labelled, needed: readonly string[]): Labelled {
  const done = labels.flatMap((name, axis) => (needed.includes(name) ? [] : [axis]));
  return { array: lax.reduceSum(array, done), labels: labels.filter((name) => needed.includes(name)) };
}

/** Product of two operands, summed over what only they share. `needed` are the letters used later. */
function contract(first: Labelled, second: Labelled, needed: readonly string[]): Labelled {
  const a = sumOut(first, [...needed, ...second.labels]);
  const b = sumOut(second, [...needed, ...first.labels]);
  const shared = a.labels.filter((name) => b.labels.includes(name));
  const [left, right] = matchSizes(a, b, shared);
  const batch = shared.filter((name) => needed.includes(name));
  const summed = shared.filter((name) => !needed.includes(name));
  const axes = (operand: Labelled, names: readonly string[]): number[] => names.map((name) => operand.labels.indexOf(name));
  const array = lax.dotGeneral(left.array, right.array, {
    contracting: [axes(left, summed), axes(right, summed)],
    batch: [axes(left, batch), axes(right, batch)],
  });
  const free = (operand: Labelled): string[] => operand.labels.filter((name) => !shared.includes(name));
  return { array, labels: [...batch, ...free(left), ...free(right)] };
}

/** Shared axes of length 1 on one side are spread to the other's length. */
function matchSizes(a: Labelled, b: Labelled, shared: readonly string[]): [Labelled, Labelled] {
  const widen = (operand: Labelled, other: Labelled): Labelled => ({
    labels: operand.labels,
    array: spread(
      operand.array,
      operand.array.shape.map((dim, axis) => {
        const name = operand.labels[axis]!;
        return dim === 1 && shared.includes(name) ? other.array.shape[other.labels.indexOf(name)]! : dim;
      }),
    ),
  });
  return [widen(a, b), widen(b, a)];
}

function arrange({ array, labels }: Labelled, output: readonly string[], subscripts: string): NDArray {
  const missing = output.find((name) => !labels.includes(name));
  if (missing !== undefined) throw new LinnetError('ShapeError', `einsum "${subscripts}": the output axis "${missing}" is in no operand.`);
  return lax.transpose(
    array,
    output.map((name) => labels.indexOf(name)),
  );
}
