import { checkLimit, encodeUtf8, LIMITS, LinnetError } from '#linnet/core';
import { asArray, asBoolean, asLengths, asObject, asString, type Json, type JsonObject, member, parseJson, within } from '../json';
import { type KeyPart, type KeyPath, MAX_PATH_LENGTH } from '../keyPaths';

/** What kind of Python value a leaf was, as `_METADATA` names it. */
export type ValueType = 'jax.Array' | 'np.ndarray' | 'scalar' | 'string' | 'None' | 'Dict' | 'List' | 'Tuple' | 'NamedTuple';

const VALUE_TYPES: ReadonlySet<string> = new Set<ValueType>([
  'jax.Array',
  'np.ndarray',
  'scalar',
  'string',
  'None',
  'Dict',
  'List',
  'Tuple',
  'NamedTuple',
]);

/** Whether leaves of this type have elements in a zarr array. */
export const isArrayType = (type: ValueType): type is 'jax.Array' | 'np.ndarray' | 'scalar' =>
  type === 'jax.Array' || type === 'np.ndarray' || type === 'scalar';

/** One leaf of `_METADATA`. */
export interface MetadataLeaf {
  readonly path: KeyPath;
  readonly valueType: ValueType;
  /** Shape of one shard as it was written; recent Orbax, jax.Array only. */
  readonly writeShape?: readonly number[];
}

/** The file `_METADATA`: the tree of a checkpoint without its values. */
export interface TreeMetadata {
  readonly leaves: readonly MetadataLeaf[];
  /** Undefined where the file does not say: then the existence of `manifest.ocdbt` decides. */
  readonly useOcdbt: boolean | undefined;
  readonly useZarr3: boolean;
  readonly customMetadata: Json;
}

const KEY_TYPES = new Map<Json | undefined, KeyPart['type']>([
  [1, 'sequence'],
  [2, 'dict'],
]);

function parseKey(json: Json): KeyPart {
  const object = asObject(json, 'an entry of key_metadata');
  const key = asString(member(object, 'key'), 'key');
  const type = KEY_TYPES.get(member(object, 'key_type'));
  if (type === undefined) {
    throw new LinnetError(
      'CorruptFileError',
      `The key ${JSON.stringify(key)} has the key_type ${JSON.stringify(member(object, 'key_type'))}; known are 1 and 2.`,
    );
  }
  if (type === 'sequence' && !/^(0|[1-9]\d{0,8})$/.test(key)) {
    throw new LinnetError('CorruptFileError', `A sequence index is ${JSON.stringify(key)}.`);
  }
  return { key, type };
}

function parseLeaf(json: Json): MetadataLeaf {
  const object = asObject(json, 'the leaf');
  const keys = asArray(member(object, 'key_metadata'), 'key_metadata');
  checkLimit('depth', keys.length, MAX_PATH_LENGTH, 'levels');
  const value = asObject(member(object, 'value_metadata'), 'value_metadata');
  const valueType = asString(member(value, 'value_type'), 'value_type');
  if (!VALUE_TYPES.has(valueType)) {
    throw new LinnetError('UnsupportedFormatError', `The value_type ${JSON.stringify(valueType)} is not known.`);
  }
  const path = keys.map(parseKey);
  const writeShape = member(value, 'write_shape');
  if (writeShape === undefined || writeShape === null) return { path, valueType: valueType as ValueType };
  return { path, valueType: valueType as ValueType, writeShape: asLengths(writeShape, 'write_shape') };
}

/** Reads the bytes of `_METADATA`. */
export function parseTreeMetadata(bytes: Uint8Array): TreeMetadata {
  const file = asObject(parseJson(bytes, '_METADATA'), '_METADATA');
  const tree = asObject(member(file, 'tree_metadata'), '_METADATA tree_metadata');
  const names = Object.keys(tree);
  checkLimit('_METADATA, leaves', names.length, LIMITS.leaves);
  return {
    leaves: names.map((name) => within(() => `_METADATA › leaf ${name.slice(0, 200)}`, parseLeaf, tree[name]!)),
    useOcdbt: asBoolean(member(file, 'use_ocdbt'), undefined, '_METADATA use_ocdbt'),
    useZarr3: asBoolean(member(file, 'use_zarr3'), false, '_METADATA use_zarr3'),
    customMetadata: member(file, 'custom_metadata') ?? null,
  };
}

/** Text of a key as Python's `repr` of a string shows it, close enough to be unique and readable. */
const pythonText = (key: string): string => (key.includes("'") && !key.includes('"') ? `"${key}"` : `'${key.replace(/[\\']/g, '\\$&')}'`);

/** Name of a member of `tree_metadata`: Python's text of the tuple of keys. Orbax does not parse it. */
function tupleText(path: KeyPath): string {
  return path.length === 1 ? `(${pythonText(path[0]!.key)},)` : `(${path.map(({ key }) => pythonText(key)).join(', ')})`;
}

function leafJson({ path, valueType, writeShape }: MetadataLeaf): JsonObject {
  return {
    key_metadata: path.map(({ key, type }) => ({ key, key_type: type === 'sequence' ? 1 : 2 })),
    value_metadata: {
      value_type: valueType,
      skip_deserialize: !isArrayType(valueType) && valueType !== 'string',
      ...(writeShape === undefined ? {} : { write_shape: [...writeShape] }),
    },
  };
}

/** Bytes of `_METADATA`. Leaves of a sequence must come in the order of their index. */
export function encodeTreeMetadata({ leaves, useOcdbt, useZarr3, customMetadata }: TreeMetadata): Uint8Array {
  const members = leaves.map((leaf) => `${JSON.stringify(tupleText(leaf.path))}: ${JSON.stringify(leafJson(leaf))}`);
  const rest = {
    use_ocdbt: useOcdbt ?? null,
    use_zarr3: useZarr3,
    store_array_data_equal_to_fill_value: true,
    custom_metadata: customMetadata,
  };
  return encodeUtf8(`{"tree_metadata": {${members.join(', ')}}, ${JSON.stringify(rest).slice(1)}`);
}
