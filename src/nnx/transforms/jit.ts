import { flatten, type TreeContainer, type TreeNode, treeNode } from '#linnet/core';
import { DeviceArray, type Explanation, KeyArray, type JitOptions as TensorJitOptions, jit as tensorJit } from '#linnet/tensor';
import { staticText } from '../graph/graphDef';
import { isArrayLeaf } from '../leaf';
import { hasEscaped, Variable } from '../variable';
import { type CallForm, type CallRecord, type CallResult, callValues, enterCall, type GraphCall, leaveCall, runCall } from './graphCall';

export interface JitOptions extends Pick<TensorJitOptions, 'schedule' | 'plan'> {
  /** Arguments that are not arrays nor modules: another value makes another program. */
  readonly staticArgnums?: number | readonly number[];
}

/** The form of a call with its static arguments. Equal ones are one object, so that compiled programs are found again. */
interface Signature extends CallForm {
  readonly statics: ReadonlyMap<number, unknown>;
  toString(): string;
}

/** Forms remembered, so that equal ones are one object; the oldest is forgotten first. */
const MAX_SIGNATURES = 1024;
const signatures = new Map<string, Signature>();

function signatureOf(call: GraphCall, staticPositions: readonly number[]): Signature {
  const statics = new Map(staticPositions.map((i) => [i, call.args[i]]));
  const text = `${call.positions.join()}|${staticText([...statics])}|${call.graphdef.fingerprint}`;
  let known = signatures.get(text);
  if (known === undefined) {
    known = { positions: call.positions, graphdef: call.graphdef, statics, toString: () => text };
    if (signatures.size >= MAX_SIGNATURES) signatures.delete(signatures.keys().next().value!);
    signatures.set(text, known);
  }
  return known;
}

/** Whether a call has the form of the one before it, as nearly all calls of a training loop do. */
function fits({ positions, graphdef, statics }: Signature, call: GraphCall): boolean {
  return (
    positions.length === call.positions.length &&
    positions.every((position, i) => position === call.positions[i]) &&
    [...statics].every(([i, value]) => Object.is(value, call.args[i])) &&
    graphdef.equals(call.graphdef)
  );
}

/** The leaves of a call's graphs as a tree whose static part is the signature. */
class GraphValues implements TreeContainer {
  readonly signature: Signature;
  readonly values: readonly unknown[];

  constructor(signature: Signature, values: readonly unknown[]) {
    this.signature = signature;
    this.values = values;
  }

  [treeNode](): TreeNode {
    return {
      keys: this.values.map((_, i) => i),
      children: this.values,
      rebuild: (values) => new GraphValues(this.signature, values),
      tag: this.signature,
    };
  }
}

/** A second handle to the memory of each array in `value`: giving it away leaves the first one whole. */
function share(value: unknown): unknown {
  if (value instanceof KeyArray) return new KeyArray(share(value.words) as DeviceArray);
  if (value instanceof DeviceArray) return value.share();
  if (Array.isArray(value)) return value.map(share);
  return value;
}

const avalsText = (tree: unknown): string =>
  flatten(tree)
    .leaves.map((leaf) =>
      isArrayLeaf(leaf) ? `${leaf.dtype}[${leaf.shape}]${(leaf as { weakType?: boolean }).weakType ? 'w' : ''}` : typeof leaf,
    )
    .join();

/** A function under nnx.jit: call it as the original. */
export interface Jitted<F extends (...args: any[]) => any> {
  (...args: Parameters<F>): ReturnType<F>;
  /** Traces and compiles for these arguments without running; resolves when the pipelines are ready. */
  compile(...args: Parameters<F>): Promise<void>;
  /** What a call with these arguments runs. */
  explain(...args: Parameters<F>): Explanation;
  /** How many different signatures were traced so far. */
  readonly cacheSize: number;
}

/**
 * `f` traced once per architecture, shapes and dtypes, and compiled as a whole. Modules may be arguments: what the function writes to
 * their Variables is written back to the caller's objects. Memory of replaced values is used again, unless the caller may hold them (read
 * `variable.value`, took a state): those stay as they are. Like `flax.nnx.jit`.
 */
export function jit<F extends (...args: any[]) => any>(f: F, options: JitOptions = {}): Jitted<F> {
  const { staticArgnums, ...compileOptions } = options;
  const staticPositions = staticArgnums === undefined ? [] : typeof staticArgnums === 'number' ? [staticArgnums] : staticArgnums;
  const records = new WeakMap<Signature, Map<string, CallRecord>>();
  let latest: Signature | undefined;

  const compiled = tensorJit(
    ({ signature, values }: GraphValues, plain: readonly unknown[]): CallResult => {
      const args = [...plain];
      for (const [i, value] of signature.statics) args[i] = value;
      return runCall('nnx.jit', signature, values, args, f);
    },
    { ...compileOptions, donateArgnums: 0 },
  );

  const prepare = (args: readonly unknown[]) => {
    const call = enterCall(args);
    const values = callValues(call, 'nnx.jit');
    const signature = latest !== undefined && fits(latest, call) ? latest : signatureOf(call, staticPositions);
    latest = signature;
    const hidden = new Set([...call.positions, ...staticPositions]);
    const plain = args.map((arg, i) => (hidden.has(i) ? null : arg));
    return { call, values, signature, plain };
  };

  const jitted = (...args: Parameters<F>): ReturnType<F> => {
    const { call, values, signature, plain } = prepare(args);
    const key = avalsText([values, plain]);
    const known = records.get(signature) ?? new Map<string, CallRecord>();
    const given = values.map((value, i) => (isReplaced(call, known.get(key), i) ? value : share(value)));
    const result = compiled(new GraphValues(signature, given), plain);
    known.set(key, result.record);
    records.set(signature, known);
    return leaveCall(call, result) as ReturnType<F>;
  };
  return Object.defineProperties(jitted, {
    compile: {
      value: (...args: Parameters<F>) => {
        const { values, signature, plain } = prepare(args);
        return compiled.compile(new GraphValues(signature, values), plain);
      },
    },
    explain: {
      value: (...args: Parameters<F>) => {
        const { values, signature, plain } = prepare(args);
        return compiled.explain(new GraphValues(signature, values), plain);
      },
    },
    cacheSize: { get: () => compiled.cacheSize },
  }) as unknown as Jitted<F>;
}

/** Whether the leaf's value will be replaced by the call and nobody outside holds it, so that its memory may be given away. */
function isReplaced(call: GraphCall, record: CallRecord | undefined, i: number): boolean {
  const leaf = call.flat.leaves[i]![1];
  if (record === undefined || !(leaf instanceof Variable) || hasEscaped(leaf)) return false;
  return record.replaced.has(i);
}
