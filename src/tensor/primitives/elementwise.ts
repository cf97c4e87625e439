import { formatShape, LinnetError, type Shape, shapesEqual } from '#linnet/core';
import type { NDArray } from '../array';
import { type Aval, formatAval, makeAval } from '../aval';
import { bind } from '../trace/bind';
import { broadcastInDim, moveAxis } from './lax';
import { type Batched, definePrimitive, type Params, type Primitive } from './primitive';

/** Which dtypes an operation works on. */
export type DTypeClass = 'float' | 'number' | 'integer' | 'integerOrBool' | 'any';

const ACCEPTED: Record<DTypeClass, readonly string[]> = {
  // float64 never reaches a device: tests run programs in it on the CPU reference, as the exact side of a comparison.
  float: ['float32', 'float16', 'float64'],
  number: ['float32', 'float16', 'int32', 'uint32', 'float64'],
  integer: ['int32', 'uint32'],
  integerOrBool: ['int32', 'uint32', 'bool'],
  any: ['float32', 'float16', 'int32', 'uint32', 'bool', 'float64'],
};

/** Refuses a dtype that the operation is not defined on. */
export function checkDType(name: string, aval: Aval, accepted: DTypeClass): void {
  if (ACCEPTED[accepted].includes(aval.dtype)) return;
  throw new LinnetError(
    'DTypeError',
    `${name} is not defined on ${formatAval(aval)}; it takes ${ACCEPTED[accepted].filter((d) => d !== 'float64').join(', ')}.`,
  );
}

/** The shape all operands have; `[]` operands (literals) go with any. */
function commonShape(name: string, inputs: readonly Aval[]): Shape {
  const shapes = inputs.map((input) => input.shape).filter((shape) => shape.length > 0);
  const [first = []] = shapes;
  for (const shape of shapes) {
    if (!shapesEqual(shape, first)) {
      throw new LinnetError('ShapeError', `${name} takes operands of one shape, but got ${formatShape(first)} and ${formatShape(shape)}.`);
    }
  }
  return first;
}

/** Batch axes to the front, operands without one spread along it; scalars go with any shape, but one for each example is spread. */
function batchElementwise(primitive: Primitive): NonNullable<Primitive['batch']> {
  return (inputs, axes, params, size): Batched => {
    const moved = inputs.map((input, i) => (axes[i] === null && input.ndim === 0 ? input : withBatchAxis(input, axes[i]!, size)));
    const shape = moved.find(({ ndim }) => ndim > 1)?.shape;
    const operands = moved.map((input) => (shape && input.ndim === 1 ? broadcastInDim(input, shape, [0]) : input));
    const outputs = bind(primitive, operands, params);
    return { outputs, axes: outputs.map(() => 0) };
  };
}

/** `x` with its batch axis in front; spread along a new one if it has none. */
export function withBatchAxis(x: NDArray, axis: number | null, size: number): NDArray {
  if (axis !== null) return moveAxis(x, axis, 0);
  return broadcastInDim(
    x,
    [size, ...x.shape],
    x.shape.map((_, i) => i + 1),
  );
}

/** Definition of an elementwise row; shape rule and batching are the same for all. */
export interface ElementwiseDefinition<P extends Params> {
  readonly name: string;
  readonly accepts: DTypeClass;
  /** Output dtype; that of the first operand by default. */
  readonly dtype?: (inputs: readonly Aval[], params: P) => Aval['dtype'];
  /** Whether the output gives way in promotion; by default if all operands do. */
  readonly weakType?: (params: P) => boolean;
  /** Checks beyond equal shapes; by default all operands have one dtype. */
  readonly check?: (inputs: readonly Aval[], params: P) => void;
  readonly jvp?: Primitive<P>['jvp'];
  readonly transpose?: Primitive<P>['transpose'];
  readonly expression: (operands: readonly string[], context: any) => string;
}

function checkSameDType(name: string, inputs: readonly Aval[]): void {
  const [first] = inputs;
  for (const input of inputs) {
    if (input.dtype !== first!.dtype) {
      throw new LinnetError('DTypeError', `${name} takes operands of one dtype, but got ${formatAval(first!)} and ${formatAval(input)}.`);
    }
  }
}

/** Adds an elementwise row to the table. */
export function defineElementwise<P extends Params = Params>(definition: ElementwiseDefinition<P>): Primitive<P> {
  const { name, accepts } = definition;
  const primitive: Primitive<P> = definePrimitive<P>({
    name,
    abstract: (inputs, params) => {
      if (definition.check) definition.check(inputs, params);
      else checkSameDType(name, inputs);
      for (const input of inputs) checkDType(name, input, accepts);
      const dtype = definition.dtype ? definition.dtype(inputs, params) : inputs[0]!.dtype;
      return [
        makeAval(
          commonShape(name, inputs),
          dtype,
          definition.weakType ? definition.weakType(params) : inputs.every((input) => input.weakType),
        ),
      ];
    },
    ...(definition.jvp && { jvp: definition.jvp }),
    ...(definition.transpose && { transpose: definition.transpose }),
    batch: (inputs, axes, params, size) => batchElementwise(primitive)(inputs, axes, params, size),
    gpu: { kind: 'elementwise', expression: definition.expression },
  });
  return primitive;
}
