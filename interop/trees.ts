import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { type DType, hostArray, isDType, itemByteLength, sizeOf } from '#linnet/core';
import type { LeafToSave } from '../src/checkpoint/leaves';
import type { ValueType } from '../src/checkpoint/orbax/metadataFile';
import { listFixtures } from '../src/testing/fixtures';

/** One leaf in the encoding of the fixtures' `expected.json`: `data` is base64 of little-endian row-major bytes. */
export interface LeafSpec {
  readonly path: readonly string[];
  readonly keyTypes: readonly (1 | 2)[];
  readonly paramName: string;
  readonly kind: ValueType;
  readonly dtype?: string;
  readonly shape?: readonly number[];
  readonly data?: string;
  readonly value?: string;
  readonly prngImpl?: string;
}

/** A tree by name. */
export interface TreeSpec {
  readonly name: string;
  readonly leaves: readonly LeafSpec[];
}

/** The distinct trees of all fixtures; many fixtures hold one tree in several layouts. */
export async function fixtureTrees(): Promise<TreeSpec[]> {
  const trees = new Map<string, TreeSpec>();
  for (const file of listFixtures('orbax/').filter((path) => path.endsWith('/expected.json'))) {
    const { items } = JSON.parse(await readFile(new URL(`../src/testing/fixtures/${file}`, import.meta.url), 'utf8'));
    for (const [item, { leaves }] of Object.entries<{ leaves: LeafSpec[] }>(items)) {
      const content = JSON.stringify(leaves);
      const name = `${file.split('/')[1]}-${item.replaceAll('/', '-')}`;
      if (!trees.has(content)) trees.set(content, { name, leaves });
    }
  }
  return [...trees.values()];
}

/** A leaf as Linnet saves it. */
export function leafToSave({ path, keyTypes, paramName, kind, dtype, shape, data, value, prngImpl }: LeafSpec): LeafToSave {
  const keys = path.map((key, i) => ({ key, type: keyTypes[i] === 1 ? ('sequence' as const) : ('dict' as const) }));
  if (kind === 'string') return { path: keys, name: paramName, valueType: kind, text: value! };
  if (dtype === undefined || !isDType(dtype)) return { path: keys, name: paramName, valueType: kind };
  const array = hostArray(dtype, shape!, new Uint8Array(Buffer.from(data!, 'base64')));
  const randomKeyImpl = prngImpl === undefined ? {} : { randomKeyImpl: prngImpl };
  return { path: keys, name: paramName, valueType: kind, array: { dtype, shape: shape!, ...randomKeyImpl, read: async () => array } };
}

/** dtypes that both Python stacks can hold in an array. */
const DTYPES: readonly DType[] = [
  'bool',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'float16',
  'bfloat16',
  'float32',
  'float64',
  'complex64',
  'complex128',
  'float8_e4m3fn',
  'float8_e5m2',
  'int4',
];

const key = fc.oneof(
  fc.constantFrom('kernel', 'bias', 'w', '0', '10', 'a.b', 'c/d', 'e f', 'üñí', '__proto__', 'constructor', '日本', '🐦'),
  fc.string({ minLength: 1, maxLength: 6, unit: fc.constantFrom(...'abcXYZ019-_ .') }),
);

const array = fc
  .tuple(
    fc.constantFrom(...DTYPES),
    fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 3 }),
    fc.constantFrom<ValueType>('jax.Array', 'np.ndarray'),
  )
  .chain(([dtype, shape, kind]) => {
    const byteLength = sizeOf(shape) * itemByteLength(dtype);
    // Only 0 and 1 are booleans; int4 lies in the low half of its byte.
    const mask = dtype === 'bool' ? 1 : dtype === 'int4' ? 15 : 255;
    return fc
      .uint8Array({ minLength: byteLength, maxLength: byteLength })
      .map((bytes) => ({ kind, dtype, shape, data: Buffer.from(bytes.map((byte) => byte & mask)).toString('base64') }));
  });

const scalar = fc
  .oneof(
    fc
      .bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
      .map((value) => ({ dtype: 'int64', data: Buffer.from(BigInt64Array.of(value).buffer).toString('base64') })),
    fc.double({ noNaN: true }).map((value) => ({ dtype: 'float64', data: Buffer.from(Float64Array.of(value).buffer).toString('base64') })),
    fc.boolean().map((value) => ({ dtype: 'bool', data: Buffer.from([Number(value)]).toString('base64') })),
  )
  .map((fields) => ({ kind: 'scalar' as const, shape: [], ...fields }));

const text = fc.string({ maxLength: 12 }).map((value) => ({ kind: 'string' as const, value }));
const empty = fc.constantFrom<ValueType>('None', 'Dict', 'List').map((kind) => ({ kind }));

type Leaf = Omit<LeafSpec, 'path' | 'keyTypes' | 'paramName'>;
type Node = Leaf | { readonly dict: readonly (readonly [string, Node])[] } | { readonly list: readonly Node[] };

const { node } = fc.letrec<{ node: Node }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { arbitrary: array, weight: 4 },
    { arbitrary: scalar, weight: 1 },
    { arbitrary: text, weight: 1 },
    { arbitrary: empty, weight: 1 },
    {
      arbitrary: fc
        .uniqueArray(fc.tuple(key, tie('node')), { minLength: 1, maxLength: 4, selector: ([name]) => name })
        .map((dict) => ({ dict })),
      weight: 3,
    },
    { arbitrary: fc.array(tie('node'), { minLength: 1, maxLength: 3 }).map((list) => ({ list })), weight: 2 },
  ),
}));

function flatten(tree: Node, path: readonly string[] = [], keyTypes: readonly (1 | 2)[] = []): LeafSpec[] {
  if ('dict' in tree) return tree.dict.flatMap(([name, child]) => flatten(child, [...path, name], [...keyTypes, 2]));
  if ('list' in tree) return tree.list.flatMap((child, i) => flatten(child, [...path, String(i)], [...keyTypes, 1]));
  return [{ ...tree, path, keyTypes, paramName: path.join('.') }];
}

/** Names that would meet in the database or in `_strings.json` are refused when saving, so they are not made here. */
function isStorable(leaves: readonly LeafSpec[]): boolean {
  const names = leaves.map(({ paramName }) => paramName);
  const inFolders = names.some((name) => name.split('/').some((part) => part === '' || part === '.' || part === '..'));
  return new Set(names).size === names.length && !names.some((name) => names.some((other) => other.startsWith(`${name}/`))) && !inFolders;
}

/** Trees of any kind that both stacks can hold; the same for the same seed. */
export function randomTrees(count: number, seed: number): TreeSpec[] {
  const root = fc
    .uniqueArray(fc.tuple(key, node), { minLength: 1, maxLength: 5, selector: ([name]) => name })
    .map((dict) => flatten({ dict }));
  return fc.sample(root.filter(isStorable), { numRuns: count, seed }).map((leaves, i) => ({ name: `random-${seed}-${i}`, leaves }));
}
