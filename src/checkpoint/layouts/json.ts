import {
  bytesEqual,
  checkLimit,
  checkShape,
  type DType,
  dtypeKind,
  type Element,
  encodeUtf8,
  type HostArray,
  hostArray,
  itemByteLength,
  LIMITS,
  LinnetError,
  parseDType,
  readElement,
  sizeOf,
  writeElement,
} from '#linnet/core';
import type { RandomAccess } from '#linnet/format';
import { asArray, asLengths, asObject, asString, isObject, type Json, type JsonObject, member, parseJson, within } from '../json';
import type { LeafToSave } from '../leaves';
import { arraysByName, treeOfNamedArrays, treeTexts } from './namedArrays';
import type { SavedTree } from './savedTree';

/** What the file says it is: arrays by name, as numbers that people can read and write. */
const FORMAT = 'linnet.arrays/1';

/** Elements of one file. More are no reading matter, and take ten times the space that safetensors needs. */
const MAX_ELEMENTS = 1_000_000;

/** A number as JSON: what JSON has no number for is text. */
function numberJson(value: number | bigint): Json {
  if (typeof value === 'bigint')
    return BigInt(Number(value)) === value && Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? value : String(value);
}

const elementJson = (value: Element): Json =>
  typeof value === 'object' ? [numberJson(value.re), numberJson(value.im)] : numberJson(value);

const NUMBER_TEXT = /^(-0|-?Infinity|NaN|-?\d{1,20})$/;

function parseNumber(json: Json, dtype: DType): number | bigint {
  if (typeof json === 'boolean') return Number(json);
  if (typeof json === 'number') return json;
  const text = asString(json, 'an element');
  if (!NUMBER_TEXT.test(text)) throw new LinnetError('CorruptFileError', `An element is ${JSON.stringify(text)}, which is no number.`);
  const isInteger = dtypeKind(dtype) === 'int' || dtypeKind(dtype) === 'uint';
  return isInteger && /\d/.test(text) ? BigInt(text) : Number(text);
}

function parseElement(json: Json, dtype: DType): Element {
  if (dtypeKind(dtype) !== 'complex') return parseNumber(json, dtype);
  const [re, im] = asArray(json, 'a complex element').map((part) => Number(parseNumber(part, dtype)));
  return { re: re ?? 0, im: im ?? 0 };
}

function arrayOfValues(dtype: DType, shape: readonly number[], values: readonly Json[]): HostArray {
  const array = hostArray(dtype, shape, new Uint8Array(sizeOf(shape) * itemByteLength(dtype)));
  values.forEach((value, index) => {
    writeElement(array, index, parseElement(value, dtype));
  });
  return array;
}

/** Values where they say every bit, else the bytes in base64: NaNs have bits that no text shows. */
function arrayJson(array: HostArray): JsonObject {
  const { dtype, shape } = array;
  const values = Array.from({ length: sizeOf(shape) }, (_, index) => elementJson(readElement(array, index)));
  const isExact = bytesEqual(arrayOfValues(dtype, shape, values).data, array.data);
  return isExact ? { dtype, shape: [...shape], values } : { dtype, shape: [...shape], data: toBase64(array.data) };
}

const toBase64 = (bytes: Uint8Array): string => btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));

function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch (cause) {
    throw new LinnetError('CorruptFileError', 'data is not base64.', { cause });
  }
}

function parseArray(json: Json): HostArray {
  const fields = asObject(json, 'the array');
  const dtype = parseDType(asString(member(fields, 'dtype'), 'dtype'));
  const shape = asLengths(member(fields, 'shape'), 'shape');
  checkShape(shape);
  checkLimit('elements of a JSON array', sizeOf(shape), MAX_ELEMENTS);
  const data = member(fields, 'data');
  if (data !== undefined) return hostArray(dtype, shape, fromBase64(asString(data, 'data')));
  const values = asArray(member(fields, 'values'), 'values');
  if (values.length === sizeOf(shape)) return arrayOfValues(dtype, shape, values);
  throw new LinnetError('CorruptFileError', `values has ${values.length} elements, but the shape makes ${sizeOf(shape)}.`);
}

/** Whether a file that begins with `head` may be JSON of a tree. */
export const looksLikeJson = (head: Uint8Array): boolean => /^\s*\{/.test(new TextDecoder().decode(head));

/**
 * Opens a JSON file of small arrays as a tree: `{"format": "linnet.arrays/1", "arrays": {"layer.bias": {"dtype": "float32", "shape": [2],
 * "values": [0, 1]}}}`. Names are split at dots, unless Linnet wrote the file and says which tree it is. CorruptFileError,
 * UnsupportedFormatError for other JSON, LimitExceededError above a million elements.
 */
export async function openJsonTree(source: RandomAccess, location: string): Promise<SavedTree> {
  checkLimit(location, source.byteLength, LIMITS.jsonByteLength, 'bytes');
  const file = asObject(parseJson(await source.read(0, source.byteLength), location), location);
  if (member(file, 'format') !== FORMAT) {
    throw new LinnetError('UnsupportedFormatError', `${location} is JSON, but no tree of arrays: its "format" must be "${FORMAT}".`);
  }
  const listed = asObject(member(file, 'arrays'), 'arrays');
  const names = Object.keys(listed);
  checkLimit('arrays of a JSON file', names.length, LIMITS.leaves);
  const arrays = new Map(names.map((name) => [name, within(() => `${location} › ${name}`, parseArray, listed[name]!)]));
  const texts = member(file, 'texts');
  const metadata = new Map(isObject(texts) ? Object.keys(texts).map((name) => [name, asString(texts[name], name)] as const) : []);
  return treeOfNamedArrays({ layout: 'json', location, arrays, metadata, valueType: 'jax.Array', read: async (name) => arrays.get(name)! });
}

/** A small tree as JSON, one array a line. A LimitExceededError above a million elements. */
export async function* jsonFile(leaves: readonly LeafToSave[]): AsyncGenerator<Uint8Array> {
  const arrays = [...(await arraysByName(leaves))];
  const elements = arrays.reduce((sum, [, { shape }]) => sum + sizeOf(shape), 0);
  if (elements > MAX_ELEMENTS) {
    throw new LinnetError(
      'LimitExceededError',
      `The tree has ${elements} elements; JSON is for ${MAX_ELEMENTS} at most. Export it as safetensors or as an Orbax checkpoint.`,
      { details: { found: elements, limit: MAX_ELEMENTS } },
    );
  }
  const lines = arrays.map(([name, array]) => `\n${JSON.stringify(name)}: ${JSON.stringify(arrayJson(array))}`);
  const texts = JSON.stringify(Object.fromEntries(treeTexts(leaves)));
  yield encodeUtf8(`{"format": "${FORMAT}",\n"arrays": {${lines.join(',')}},\n"texts": ${texts}}\n`);
}
