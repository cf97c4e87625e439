import type { Elements } from '../elements';
import { defineLoop, isFloats } from './elementwise';

type Loop = (a: Elements, b: Elements, out: Elements) => void;

const step = (operand: Elements): number => (operand.length === 1 ? 0 : 1);

/** A loop for any function of two numbers; the hot ones below are spelled out, because the engine cannot inline `f` here. */
const loopOf =
  (f: (x: number, y: number) => number): Loop =>
  (a, b, out) => {
    const [i, j] = [step(a), step(b)];
    for (let n = 0; n < out.length; n++) out[n] = f(a[n * i]!, b[n * j]!);
  };

const add: Loop = (a, b, out) => {
  const [i, j] = [step(a), step(b)];
  for (let n = 0; n < out.length; n++) out[n] = a[n * i]! + b[n * j]!;
};
const sub: Loop = (a, b, out) => {
  const [i, j] = [step(a), step(b)];
  for (let n = 0; n < out.length; n++) out[n] = a[n * i]! - b[n * j]!;
};
const mul: Loop = (a, b, out) => {
  if (!isFloats(out)) return loopOf(Math.imul)(a, b, out);
  const [i, j] = [step(a), step(b)];
  for (let n = 0; n < out.length; n++) out[n] = a[n * i]! * b[n * j]!;
};
const div: Loop = (a, b, out) => {
  if (!isFloats(out)) return loopOf(divideIntegers)(a, b, out);
  const [i, j] = [step(a), step(b)];
  for (let n = 0; n < out.length; n++) out[n] = a[n * i]! / b[n * j]!;
};

/** Integer division truncates; by zero it gives -1 (all bits set), as XLA has it. */
const divideIntegers = (x: number, y: number): number => (y === 0 ? -1 : Math.trunc(x / y));
const remainder = (x: number, y: number): number => x % y;
const remainderIntegers = (x: number, y: number): number => (y === 0 ? x : x % y);

/** IEEE pow: 1 for any base to the power 0 and for base 1, where JS says NaN. */
const power = (x: number, y: number): number => (x === 1 || (x === -1 && Math.abs(y) === Number.POSITIVE_INFINITY) ? 1 : x ** y);

/** Shifts by 32 or more give 0 (or the sign, for arithmetic ones), as in XLA. */
const shift = (f: (x: number, n: number) => number, far: (x: number) => number = () => 0): Loop =>
  loopOf((x, n) => (n >>> 0 > 31 ? far(x) : f(x, n)));

const equal = (whenEqual: number): Loop => {
  const otherwise = 1 - whenEqual;
  return (a, b, out) => {
    const [i, j] = [step(a), step(b)];
    for (let n = 0; n < out.length; n++) out[n] = a[n * i]! === b[n * j]! ? whenEqual : otherwise;
  };
};
const less: Loop = (a, b, out) => {
  const [i, j] = [step(a), step(b)];
  for (let n = 0; n < out.length; n++) out[n] = a[n * i]! < b[n * j]! ? 1 : 0;
};
const lessEqual: Loop = (a, b, out) => {
  const [i, j] = [step(a), step(b)];
  for (let n = 0; n < out.length; n++) out[n] = a[n * i]! <= b[n * j]! ? 1 : 0;
};

const LOOPS: Readonly<Record<string, Loop>> = {
  add,
  sub,
  mul,
  div,
  rem: (a, b, out) => loopOf(isFloats(out) ? remainder : remainderIntegers)(a, b, out),
  pow: loopOf(power),
  max: loopOf((x, y) => (x > y || Number.isNaN(x) ? x : y)),
  min: loopOf((x, y) => (x < y || Number.isNaN(x) ? x : y)),
  atan2: loopOf(Math.atan2),
  and: loopOf((x, y) => x & y),
  or: loopOf((x, y) => x | y),
  xor: loopOf((x, y) => x ^ y),
  shiftLeft: shift((x, n) => x << n),
  shiftRightLogical: shift((x, n) => x >>> n),
  shiftRightArithmetic: shift(
    (x, n) => x >> n,
    (x) => (x | 0) >> 31,
  ),
  eq: equal(1),
  ne: equal(0),
  lt: less,
  le: lessEqual,
  gt: (a, b, out) => less(b, a, out),
  ge: (a, b, out) => lessEqual(b, a, out),
};

for (const [name, loop] of Object.entries(LOOPS)) defineLoop(name, ([a, b], out) => loop(a!, b!, out));
