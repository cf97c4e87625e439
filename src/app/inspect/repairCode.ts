import type { Fill, InspectReport, MatchReport, MatchRow, Path } from '#linnet/core';

/** Text as Python writes it, in single quotes: nothing in a name can end them, and no control character is left bare. */
function quoted(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll("'", "\\'");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters and marks of direction are what is looked for
  const visible = escaped.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return `'${visible}'`;
}

const subscript = (key: string | number): string => (typeof key === 'number' ? `[${key}]` : `[${quoted(key)}]`);

/** `['linear1']['kernel']`. */
const subscripts = (keys: Path): string => keys.map(subscript).join('');

/** Sizes of `float32[16, 2]`. */
const sizesOf = (type: string): string[] =>
  (/\[(.*)\]$/.exec(type)?.[1] ?? '')
    .split(',')
    .map((size) => size.trim())
    .filter((size) => size !== '');

const tuple = (parts: readonly string[]): string => (parts.length === 1 ? `(${parts[0]},)` : `(${parts.join(', ')})`);

function zeros(wanted: string): string {
  const dtype = wanted.split('[')[0]!;
  return `jnp.zeros(${tuple(sizesOf(wanted))}${dtype === 'float32' ? '' : `, jnp.${dtype}`})`;
}

/** `array` cut off, or filled up with zeros, to the shape of `wanted`. */
function cut(array: string, saved: string, wanted: string): string {
  const [from, to] = [sizesOf(saved).map(Number), sizesOf(wanted).map(Number)];
  const part = from.map((size, axis) => `:${Math.min(size, to[axis]!)}`).join(', ');
  if (from.every((size, axis) => size >= to[axis]!)) return `${array}[${part}]`;
  return `${zeros(wanted)}.at[${part}].set(${array}[${part}])`;
}

const comment = (code: string, words: string): string => `${code.padEnd(46)}  # ${words}`;

const FILLS: Readonly<Record<Fill, string>> = { fresh: 'the model’s own', zeros: 'zeros', cut: 'cut or filled up with zeros' };

/** The place of `keys` in `p`; levels that may be missing are made. */
const placeOf = (keys: Path, isThere: boolean): string => {
  if (isThere || keys.length < 2 || keys.some((key) => typeof key === 'number')) return `p${subscripts(keys)}`;
  const parents = keys.slice(0, -1).map((key) => `.setdefault(${quoted(String(key))}, {})`);
  return `p${parents.join('')}${subscript(keys.at(-1)!)}`;
};

function fillCode({ keys, fill, saved, wanted }: MatchRow, place: string): string {
  if (fill === 'zeros') return `${place} = ${zeros(wanted!)}`;
  if (fill === 'cut') return `${place} = ${cut(`p${subscripts(keys)}`, saved!, wanted!)}`;
  return `${place} = init${subscripts(keys)}`;
}

/** The line for one row that keeps its name; keys of the checkpoint are those inside the wrapper. */
function repair(row: MatchRow, fromKeys: Path): string[] {
  const { status, keys, wanted, fill, reason } = row;
  const cast = `p${subscripts(keys)} = p${subscripts(keys)}.astype('${wanted?.split('[')[0]}')`;
  switch (status) {
    case 'fits':
      return [];
    case 'dtype':
      return [comment(cast, 'cast')];
    case 'renamed':
      return reason === null ? [] : [comment(cast, 'cast')];
    case 'unexpected':
      return [comment(`del p${subscripts(fromKeys)}`, 'unexpected: dropped')];
    case 'missing':
      return [comment(fillCode(row, placeOf(keys, false)), `missing: ${FILLS[fill!]}`)];
    case 'shape':
      return [comment(fillCode(row, `p${subscripts(keys)}`), `other shape: ${FILLS[fill!]}`)];
  }
}

/** Renames. Where one leaf takes the place of another, all are taken out before any is put back. */
function renames(rows: readonly MatchRow[], inner: (row: MatchRow) => Path): string[] {
  const moved = rows.filter(({ wanted, from, path }) => wanted !== null && from !== null && from !== path);
  const places = new Set(rows.map(({ from }) => from));
  const takeOut = (row: MatchRow) => `p${subscripts(inner(row).slice(0, -1))}.pop(${quoted(String(inner(row).at(-1)))})`;
  const putBack = (row: MatchRow, what: string) => comment(`${placeOf(row.keys, places.has(row.path))} = ${what}`, 'renamed');
  if (!moved.some(({ path }) => places.has(path))) return moved.map((row) => putBack(row, takeOut(row)));
  return [...moved.map((row, i) => `taken${i} = ${takeOut(row)}`), ...moved.map((row, i) => putBack(row, `taken${i}`))];
}

/** Flax keeps the array of a Variable under `value`; pure dictionaries do without. */
const BARE = [
  'def bare(tree):',
  '    if not isinstance(tree, dict):',
  '        return tree',
  '    only = next(iter(tree)) if len(tree) == 1 else None',
  "    return bare(tree[only]) if only in ('value', 'raw_value') else {key: bare(child) for key, child in tree.items()}",
];

/** Files of named arrays are flat: their names part at dots. */
const NESTED = [
  'def nested(flat):',
  '    tree = {}',
  '    for name, array in flat.items():',
  "        *parents, last = name.split('.')",
  '        node = tree',
  '        for key in parents:',
  '            node = node.setdefault(key, {})',
  '        node[last] = jnp.asarray(array)',
  '    return tree',
];

/** Arrays as numbers in JSON; those with unusual NaNs as bytes. */
const ARRAYS_OF_JSON = [
  'def arrays(file):',
  '    def array(a):',
  "        flat = np.frombuffer(base64.b64decode(a['data']), jnp.dtype(a['dtype'])) if 'data' in a else np.array([float(v) for v in a['values']], jnp.dtype(a['dtype']))",
  "        return flat.reshape(a['shape'])",
  "    return {name: array(a) for name, a in json.load(open(file))['arrays'].items()}",
];

const READERS = {
  orbax: {
    imports: 'import orbax.checkpoint as ocp',
    helpers: [],
    read: (place: string) => `ocp.StandardCheckpointer().restore(${place})`,
  },
  safetensors: {
    imports: 'from safetensors.numpy import load_file',
    helpers: NESTED,
    read: (place: string) => `nested(load_file(${place}))`,
  },
  npz: { imports: 'import numpy as np', helpers: NESTED, read: (place: string) => `nested(np.load(${place}))` },
  json: {
    imports: 'import base64, json, numpy as np',
    helpers: [...NESTED, '', ...ARRAYS_OF_JSON],
    read: (place: string) => `nested(arrays(${place}))`,
  },
} as const;

/** Python that makes of the checkpoint what "Load into the model" makes of it: what must stand first, and the repair itself. */
export function repairCode(
  { name, layout }: Pick<InspectReport, 'name' | 'layout'>,
  { rows, wrapper }: Pick<MatchReport, 'rows' | 'wrapper'>,
): { readonly preamble: string; readonly repair: string } {
  const inner = ({ fromKeys }: MatchRow): Path => (fromKeys ?? []).slice(wrapper.length);
  const moved = renames(rows, inner);
  const overwritten = new Set(rows.flatMap(({ wanted, from, path }) => (wanted !== null && from !== null && from !== path ? [path] : [])));
  const left = rows.filter(({ wanted, path }) => wanted !== null || !overwritten.has(path));
  const repairs = [...moved, ...left.flatMap((row) => repair(row, inner(row)))];
  const needsInit = repairs.some((line) => line.includes('= init['));
  const { imports, helpers, read } = READERS[layout];
  const place = quoted(`/path/to/${name.replace(/\.zip$/i, '')}`);
  const preamble = [
    'import jax.numpy as jnp',
    imports,
    'from flax import nnx',
    '',
    ...BARE,
    ...(helpers.length > 0 ? ['', ...helpers] : []),
    '',
  ];
  const lines = [
    `p = bare(${read(place)})${subscripts(wrapper)}`,
    ...(needsInit ? ['init = nnx.state(model).to_pure_dict()'] : []),
    ...repairs,
    'state = nnx.state(model)',
    'state.replace_by_pure_dict(p)',
    'nnx.update(model, state)',
  ];
  return { preamble: `${preamble.join('\n')}\n`, repair: lines.join('\n') };
}
