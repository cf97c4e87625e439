import { type WgslFunction, wgslFunctions } from '#linnet/gpu';
import type { NDArray } from '../array';
import { type DTypeClass, defineElementwise } from './elementwise';
import * as lax from './lax';
import type { LoweringContext } from './lowering';
import { callFloat, extremum as extremumWgsl, isFloatContext } from './mathWgsl';
import type { Primitive } from './primitive';

const { mul, div, sub, add, scalarLike, select } = lax;

interface BinaryDefinition {
  readonly name: string;
  readonly accepts?: DTypeClass;
  readonly jvp?: Primitive['jvp'];
  readonly transpose?: Primitive['transpose'];
  readonly wgsl: (x: string, y: string, context: LoweringContext<any>) => string;
  readonly boolean?: boolean;
}

function defineBinary({ name, accepts = 'number', jvp, transpose, wgsl, boolean }: BinaryDefinition): void {
  defineElementwise({
    name,
    accepts,
    ...(boolean && { dtype: () => 'bool' as const }),
    ...(jvp && { jvp }),
    ...(transpose && { transpose }),
    expression: ([x, y], context) => wgsl(x!, y!, context),
  });
}

const infix = (operator: string) => (x: string, y: string) => `(${x} ${operator} ${y})`;

/** A float template, or a function each for int32 and uint32. */
const integerOr =
  (float: (x: string, y: string) => string, int: WgslFunction, uint: WgslFunction) =>
  (x: string, y: string, context: LoweringContext<any>): string =>
    isFloatContext(context) ? float(x, y) : `${context.use(context.inputs[0]!.dtype === 'int32' ? int : uint)}(${x}, ${y})`;

/** Sum of the parts that are not zero, or null. */
const sum = (x: NDArray | null, y: NDArray | null): NDArray | null => (x === null ? y : y === null ? x : add(x, y));

defineBinary({
  name: 'add',
  jvp: (_primals, [t, u]) => [sum(t!, u!)],
  transpose: ([ct], [x, y]) => [x === undefined ? ct! : null, y === undefined ? ct! : null],
  wgsl: infix('+'),
});
defineBinary({
  name: 'sub',
  jvp: (_primals, [t, u]) => [t && u ? sub(t, u) : t ? t : lax.neg(u!)],
  transpose: ([ct], [x, y]) => [x === undefined ? ct! : null, y === undefined ? lax.neg(ct!) : null],
  wgsl: infix('-'),
});
defineBinary({
  name: 'mul',
  jvp: ([x, y], [t, u]) => [sum(t ? mul(t, y!) : null, u ? mul(x!, u) : null)],
  transpose: ([ct], [x, y]) => [x === undefined ? mul(ct!, y!) : null, y === undefined ? mul(x!, ct!) : null],
  wgsl: infix('*'),
});
defineBinary({
  name: 'div',
  jvp: ([, y], [t, u], _params, [q]) => [sum(t ? div(t, y!) : null, u ? lax.neg(mul(div(q!, y!), u)) : null)],
  transpose: ([ct], [, y]) => [div(ct!, y!), null],
  wgsl: (x, y, context) => integerOr(infix('/'), wgslFunctions.divInt, wgslFunctions.divUint)(x, y, context),
});
defineBinary({
  name: 'rem',
  jvp: ([x, y], [t, u]) => [sum(t!, u ? lax.neg(mul(u, lax.apply('trunc', [div(x!, y!)]))) : null)],
  wgsl: (x, y, context) =>
    integerOr((a, b) => callFloat(wgslFunctions.remFloat, [a, b], context), wgslFunctions.remInt, wgslFunctions.remUint)(x, y, context),
});

defineBinary({
  name: 'pow',
  accepts: 'float',
  jvp: ([x, y], [t, u], _params, [z]) => [sum(t ? mul(t, basePartial(x!, y!)) : null, u ? mul(u, mul(logOfBase(x!), z!)) : null)],
  wgsl: (x, y, context) => callFloat(wgslFunctions.powFloat, [x, y], context),
});

/** y x^(y-1), and 0 where y is 0, also at x = 0. */
function basePartial(x: NDArray, y: NDArray): NDArray {
  const isZero = lax.eq(y, scalarLike(y, 0));
  const reduced = select(isZero, scalarLike(y, 1), sub(y, scalarLike(y, 1)));
  return mul(y, lax.pow(x, reduced));
}

/** log x, and 0 at x = 0, where x^y does not change with y. */
function logOfBase(x: NDArray): NDArray {
  const isZero = lax.eq(x, scalarLike(x, 0));
  return select(isZero, scalarLike(x, 0), lax.log(select(isZero, scalarLike(x, 1), x)));
}

/**
 * 1 where `x` is beyond `other`, 1/2 at ties, 0 elsewhere and beside NaN: the derivative of max and min. It asks the operands, not which of
 * them the result equals: shader compilers lose themselves in chains of results that are compared with what they were chosen from.
 */
function share(x: NDArray, other: NDArray, isBeyond: (x: NDArray, y: NDArray) => NDArray): NDArray {
  const tie = select(lax.eq(x, other), scalarLike(x, 0.5), scalarLike(x, 0));
  return select(isBeyond(x, other), scalarLike(x, 1), tie);
}

const extremum = (name: 'max' | 'min', isBeyond: (x: NDArray, y: NDArray) => NDArray): void => {
  defineBinary({
    name,
    accepts: 'any',
    jvp: ([x, y], [t, u]) => [sum(t ? mul(t, share(x!, y!, isBeyond)) : null, u ? mul(u, share(y!, x!, isBeyond)) : null)],
    wgsl: (x, y, context) => extremumWgsl(name, x, y, context),
  });
};

extremum('max', (x, y) => lax.lt(y, x));
extremum('min', lax.lt);

defineBinary({
  name: 'atan2',
  accepts: 'float',
  jvp: ([x, y], [t, u]) => {
    const norm = add(mul(x!, x!), mul(y!, y!));
    return [sum(t ? mul(t, div(y!, norm)) : null, u ? lax.neg(mul(u, div(x!, norm))) : null)];
  },
  wgsl: (x, y, context) => callFloat(wgslFunctions.atan2Float, [x, y], context),
});

const bitwise = (name: string, operator: string): void =>
  defineBinary({
    name,
    accepts: 'integerOrBool',
    wgsl: (x, y, context) => (context.inputs[0]!.dtype === 'bool' && operator === '^' ? `(${x} != ${y})` : `(${x} ${operator} ${y})`),
  });
bitwise('and', '&');
bitwise('or', '|');
bitwise('xor', '^');

/** Shifts by 32 or more give 0 (or the sign, for arithmetic ones), as in XLA. */
const shift = (name: string, wgsl: BinaryDefinition['wgsl']): void => defineBinary({ name, accepts: 'integer', wgsl });
/** A shift done on the bits as `type`, then given back in the operand's dtype. */
const shiftWgsl =
  (fn: WgslFunction, type: 'i32' | 'u32'): BinaryDefinition['wgsl'] =>
  (x, n, context) => {
    const own = context.inputs[0]!.dtype === 'int32' ? 'i32' : 'u32';
    const operand = own === type ? x : `bitcast<${type}>(${x})`;
    const result = `${context.use(fn)}(${operand}, u32(${n}))`;
    return own === type ? result : `bitcast<${own}>(${result})`;
  };
shift('shiftLeft', shiftWgsl(wgslFunctions.shiftLeft, 'u32'));
shift('shiftRightLogical', shiftWgsl(wgslFunctions.shiftRightLogical, 'u32'));
shift('shiftRightArithmetic', shiftWgsl(wgslFunctions.shiftRightArithmetic, 'i32'));

const comparison = (name: string, operator: string): void =>
  defineBinary({
    name,
    accepts: 'any',
    boolean: true,
    wgsl: (x, y, context) => compareExpression(operator, x, y, context),
  });

function compareExpression(operator: string, x: string, y: string, context: LoweringContext<any>): string {
  const { dtype } = context.inputs[0]!;
  // bool has no order in WGSL; NaN must compare false (true for !=) whatever the compiler assumes.
  if (dtype === 'bool') return operator === '==' || operator === '!=' ? `(${x} ${operator} ${y})` : `(u32(${x}) ${operator} u32(${y}))`;
  if (!isFloatContext(context)) return `(${x} ${operator} ${y})`;
  const { eqFloat, neFloat, ltFloat, leFloat } = wgslFunctions;
  switch (operator) {
    case '==':
      return callFloat(eqFloat, [x, y], context);
    case '!=':
      return callFloat(neFloat, [x, y], context);
    case '<':
      return callFloat(ltFloat, [x, y], context);
    case '<=':
      return callFloat(leFloat, [x, y], context);
    case '>':
      return callFloat(ltFloat, [y, x], context);
    default:
      return callFloat(leFloat, [y, x], context);
  }
}

comparison('eq', '==');
comparison('ne', '!=');
comparison('lt', '<');
comparison('le', '<=');
comparison('gt', '>');
comparison('ge', '>=');
