import { evalShape as tensorEvalShape } from '#linnet/tensor';
import { clone } from '../graph/merge';
import { peek, Variable } from '../variable';
import { type CallRecord, enterCall, leaveCall, runCall } from './graphCall';

/**
 * What `f` returns, with ShapeDtypeStructs in place of arrays: `nnx.evalShape(() => new Model({ rngs: new nnx.Rngs(0) }))` is an abstract
 * model. No number is drawn and no device memory is used. Modules among `args` are left as they are. Like `flax.nnx.eval_shape`.
 */
export function evalShape<A extends unknown[], R>(f: (...args: A) => R, ...args: A): R {
  const call = enterCall(args);
  const values = call.flat.leaves.map(([, leaf]) => (leaf instanceof Variable ? peek(leaf) : leaf));
  const hidden = new Set(call.positions);
  const plain = args.map((arg, i) => (hidden.has(i) ? null : arg));
  let record: CallRecord | undefined;
  const result = tensorEvalShape(
    (given: readonly unknown[], others: readonly unknown[]) => {
      const { record: made, values: changed, output } = runCall('nnx.evalShape', call, given, others, f as (...args: any[]) => unknown);
      record = made;
      return { values: changed, output };
    },
    values,
    plain,
  );
  const copies = enterCall(call.positions.length === 0 ? args : clone([...args]));
  return leaveCall(copies, { record: record!, values: result.values, output: result.output }) as R;
}
