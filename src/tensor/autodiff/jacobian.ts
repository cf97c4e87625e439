import { LinnetError } from '#linnet/core';
import { isFloatArray, type NDArray } from '../array';
import * as lax from '../primitives/lax';
import { putTogether, takeApart } from '../trees';
import { vmap } from '../vmap/vmap';
import { jvp, vjp } from './grad';

type Fun = (...args: any[]) => any;

export interface JacobianOptions {
  /** The argument to differentiate by; 0 by default. */
  readonly argnums?: number;
}

/** All directions of an array: the identity, one row per element. */
function basis(x: NDArray): NDArray {
  if (!isFloatArray(x)) throw new LinnetError('DTypeError', `A Jacobian needs floating inputs and outputs, but found ${x.dtype}.`);
  const n = x.size;
  const eye = lax.eq(lax.iota([n, n], 0, 'int32'), lax.iota([n, n], 1, 'int32'));
  return lax.reshape(lax.cast(eye, x.dtype as 'float32'), [n, ...x.shape]);
}

const onlyArgument =
  (f: Fun, args: readonly unknown[], argnum: number): Fun =>
  (x) =>
    f(...args.with(argnum, x));

/** Jacobian by reverse mode, one pass for each output element: for each output leaf the tree of d(output)/d(input) [...output, ...input]. Like `jax.jacrev`. */
export function jacrev(f: Fun, { argnums = 0 }: JacobianOptions = {}): Fun {
  return (...args) => {
    const [output, backward] = vjp(onlyArgument(f, args, argnums), args[argnums]);
    const { arrays, layout } = takeApart(output, 'The output of jacobian');
    const rows = arrays.map((array, i) => {
      const pull = (direction: NDArray) =>
        backward(
          putTogether(
            layout,
            arrays.map((other, j) => (i === j ? direction : lax.zerosLike(other))),
          ),
        )[0];
      const parts = takeApart(vmap(pull)(basis(array)), 'A Jacobian');
      return putTogether(
        parts.layout,
        parts.arrays.map((part) => lax.reshape(part, [...array.shape, ...part.shape.slice(1)])),
      );
    });
    return putRows(layout, rows);
  };
}

/** The tree of outputs with any values as leaves. */
function putRows(layout: Parameters<typeof putTogether>[0], rows: readonly unknown[]): unknown {
  return putTogether({ structure: layout.structure, isKey: layout.isKey.map(() => false) }, rows as NDArray[]);
}

/** Jacobian by forward mode, one pass for each input element; the argument must be one array. Like `jax.jacfwd`. */
export function jacfwd(f: Fun, { argnums = 0 }: JacobianOptions = {}): Fun {
  return (...args) => {
    const { arrays } = takeApart(args[argnums], 'The argument of jacfwd');
    const [x] = arrays;
    if (arrays.length !== 1 || x === undefined) {
      throw new LinnetError(
        'InvalidArgumentError',
        'jacfwd takes one array as the argument to differentiate by; use jax.jacobian for trees.',
      );
    }
    const push = (direction: NDArray) => jvp(onlyArgument(f, args, argnums), [x], [direction])[1];
    const parts = takeApart(vmap(push)(basis(x)), 'A Jacobian');
    return putTogether(
      parts.layout,
      parts.arrays.map((part) =>
        lax.reshape(lax.moveAxis(lax.reshape(part, [x.size, ...part.shape.slice(1)]), 0, part.ndim - 1), [
          ...part.shape.slice(1),
          ...x.shape,
        ]),
      ),
    );
  };
}

export const jacobian = jacrev;

/** Second derivatives of a scalar function: forward over reverse mode for one array, reverse over reverse for trees. Like `jax.hessian`. */
export function hessian(f: Fun, options: JacobianOptions = {}): Fun {
  const { argnums = 0 } = options;
  const gradient: Fun = (...args) => {
    const [output, backward] = vjp(onlyArgument(f, args, argnums), args[argnums]);
    return backward(lax.full(output.shape, 1, output.dtype))[0];
  };
  return (...args) => {
    const isSingle = takeApart(args[argnums], 'The argument of hessian').arrays.length === 1 && 'aval' in (args[argnums] as object);
    return (isSingle ? jacfwd : jacrev)(gradient, options)(...args);
  };
}
