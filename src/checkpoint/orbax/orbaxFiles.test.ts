import { describe, expect, test } from 'vitest';
import { decodeUtf8, encodeUtf8 } from '#linnet/core';
import { readFixture } from '../../testing/fixtures';
import { parseJson } from '../json';
import { buildTree, type KeyPath } from '../keyPaths';
import { encodeCheckpointMetadata, parseCheckpointMetadata } from './checkpointMetadata';
import { encodeTreeMetadata, type MetadataLeaf, parseTreeMetadata } from './metadataFile';
import { encodeCpuShardings, parseShardings } from './shardings';
import { encodeStrings, parseStrings } from './strings';

const dict = (...keys: string[]): KeyPath => keys.map((key) => ({ key, type: 'dict' }));
const leaf = (path: KeyPath, valueType: MetadataLeaf['valueType'] = 'scalar'): MetadataLeaf => ({ path, valueType });
const metadataText = (leaves: object): Uint8Array => encodeUtf8(JSON.stringify({ tree_metadata: leaves }));

describe('_METADATA', () => {
  test('is read back as it was written', () => {
    const leaves = [
      leaf(dict('a', "it's"), 'None'),
      leaf([...dict('list'), { key: '0', type: 'sequence' }], 'string'),
      { ...leaf(dict('w'), 'jax.Array'), writeShape: [2, 3] },
    ];
    const bytes = encodeTreeMetadata({ leaves, useOcdbt: true, useZarr3: true, customMetadata: { a: 1 } });
    expect(parseTreeMetadata(bytes)).toEqual({ leaves, useOcdbt: true, useZarr3: true, customMetadata: { a: 1 } });
    expect(decodeUtf8(bytes, 'x')).toContain(`"('w',)"`);
  });

  test.each([
    ['no tree', encodeUtf8('{}'), 'CorruptFileError'],
    ['no JSON', encodeUtf8('{"tree_metadata": '), 'CorruptFileError'],
    [
      'an unknown type',
      metadataText({ x: { key_metadata: [{ key: 'x', key_type: 2 }], value_metadata: { value_type: 'np.memmap' } } }),
      'UnsupportedFormatError',
    ],
    [
      'an unknown key type',
      metadataText({ x: { key_metadata: [{ key: 'x', key_type: 3 }], value_metadata: { value_type: 'scalar' } } }),
      'CorruptFileError',
    ],
    [
      'an index that is none',
      metadataText({ x: { key_metadata: [{ key: '-1', key_type: 1 }], value_metadata: { value_type: 'scalar' } } }),
      'CorruptFileError',
    ],
    [
      'a path too deep',
      metadataText({ x: { key_metadata: Array(300).fill({ key: 'x', key_type: 2 }), value_metadata: { value_type: 'scalar' } } }),
      'LimitExceededError',
    ],
    ['nesting without end', encodeUtf8('['.repeat(200_000)), 'LimitExceededError'],
    ['nesting hidden behind text', encodeUtf8(`{"a": "\\"[[", "b": ${'['.repeat(100)}}`), 'LimitExceededError'],
  ])('%s is refused', (_, bytes, kind) => {
    expect(() => parseTreeMetadata(bytes)).toThrow(expect.objectContaining({ kind }));
  });

  test('brackets in text are no nesting', () => {
    expect(parseJson(encodeUtf8(`{"a": "${'['.repeat(500)}\\\\"}`), 'x')).toEqual({ a: `${'['.repeat(500)}\\` });
  });
});

describe('_sharding', () => {
  test('names are in the alphabet for URLs, as Orbax looks them up', () => {
    const name = '🐦.ZcX?~';
    const text = decodeUtf8(encodeCpuShardings([name]), 'x');
    expect(Object.keys(JSON.parse(text))).toEqual([
      Buffer.from(name).toString('base64url') + '='.repeat((4 - (Buffer.from(name).toString('base64url').length % 4)) % 4),
    ]);
    expect(parseShardings(encodeUtf8(text)).get(name)).toEqual({ sharding_type: 'SingleDeviceSharding', device_str: 'TFRT_CPU_0' });
  });

  test("Orbax's own file of a mesh is read", async () => {
    const shardings = parseShardings(await readFixture('orbax/e_sharded_4x2_zarr2_new/ckpt/_sharding'));
    expect(shardings.get('w_both')).toMatchObject({ sharding_type: 'NamedSharding', shape: [4, 2], axis_names: ['data', 'model'] });
  });

  test('text that is not base64 is refused', () => {
    expect(() => parseShardings(encodeUtf8('{"***": "{}"}'))).toThrow(expect.objectContaining({ kind: 'CorruptFileError' }));
  });
});

describe('_strings.json', () => {
  test('names are JSON pointers: slashes nest, ~1 is a slash', () => {
    const texts = new Map([
      ['a/b', '1'],
      ['a/c', '2'],
      ['p.0', '3'],
      ['x/', '4'],
      ['~1y', '5'],
      ['__proto__', '6'],
    ]);
    const bytes = encodeStrings(texts);
    expect(decodeUtf8(bytes, 'x')).toBe('{"a":{"b":"1","c":"2"},"p.0":"3","x":{"":"4"},"/y":"5","__proto__":"6"}');
    const find = parseStrings(bytes);
    for (const [name, text] of texts) expect(find(name)).toBe(text);
    expect(find('a')).toBeUndefined();
    expect(find('constructor')).toBeUndefined();
  });

  test('what the pointer cannot say is refused', () => {
    expect(() => encodeStrings(new Map([['a~b', 'x']]))).toThrow(expect.objectContaining({ kind: 'InvalidArgumentError' }));
    expect(() =>
      encodeStrings(
        new Map([
          ['a', 'x'],
          ['a/b', 'y'],
        ]),
      ),
    ).toThrow(expect.objectContaining({ kind: 'InvalidArgumentError' }));
  });
});

test('_CHECKPOINT_METADATA keeps nanoseconds above 2^53', () => {
  const metadata = {
    itemHandlers: new Map([['model', 'x']]),
    initTimestampNsecs: 1795396262692891876n,
    commitTimestampNsecs: 1795396262829869339n,
    customMetadata: {},
  };
  expect(parseCheckpointMetadata(encodeCheckpointMetadata(metadata))).toEqual(metadata);
});

describe('buildTree', () => {
  const index = (key: string): KeyPath => [
    { key: 'l', type: 'dict' },
    { key, type: 'sequence' },
  ];
  test('containers by the types of their keys', () => {
    expect(
      buildTree([
        [index('1'), 'b'],
        [index('0'), 'a'],
        [dict('__proto__', 'x'), 1],
      ]),
    ).toEqual(Object.assign(Object.create(null), { l: ['a', 'b'], ...Object.fromEntries([['__proto__', { x: 1 }]]) }));
    expect(({} as any).x).toBeUndefined();
  });
  test.each([
    [
      'a leaf above a leaf',
      [
        [dict('a'), 1],
        [dict('a', 'b'), 2],
      ],
    ],
    [
      'a leaf below a leaf',
      [
        [dict('a', 'b'), 2],
        [dict('a'), 1],
      ],
    ],
    [
      'two of one path',
      [
        [dict('a'), 1],
        [dict('a'), 2],
      ],
    ],
    [
      'a hole in a sequence',
      [
        [index('0'), 1],
        [index('2'), 2],
      ],
    ],
    [
      'index and key in one place',
      [
        [index('0'), 1],
        [dict('l', 'x'), 2],
      ],
    ],
  ] as [string, [KeyPath, unknown][]][])('%s is refused', (_, entries) => {
    expect(() => buildTree(entries)).toThrow(expect.objectContaining({ kind: 'CorruptFileError' }));
  });
});
