import type { MatchRow } from '#linnet/core';

export type MissingChoice = 'zeros' | 'keep';

/** `linear1.kernel` as Python subscripts: `['linear1']['kernel']`. */
const subscripts = (path: string): string =>
  path
    .split(/[./]/)
    .map((part) => (/^\d+$/.test(part) ? `[${part}]` : `['${part.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}']`))
    .join('');

/** `float32[16, 2]` as arguments of `jnp.zeros`. */
function zerosArguments(wanted: string): string {
  const [, dtype, shape] = /^(\w+)\[(.*)\]$/.exec(wanted) ?? [undefined, 'float32', ''];
  const sizes = shape!
    .split(',')
    .map((size) => size.trim())
    .filter((size) => size !== '');
  const tuple = sizes.length === 1 ? `(${sizes[0]},)` : `(${sizes.join(', ')})`;
  return dtype === 'float32' ? tuple : `${tuple}, jnp.${dtype}`;
}

const comment = (code: string, words: string): string => `${code.padEnd(46)}  # ${words}`;

function repair(row: MatchRow, missing: MissingChoice): string[] {
  const at = `p${subscripts(row.path)}`;
  switch (row.status) {
    case 'fits':
      return [];
    case 'missing':
      return missing === 'zeros' && row.wanted !== null
        ? [comment(`${at} = jnp.zeros(${zerosArguments(row.wanted)})`, 'missing: zeros')]
        : [comment(`${at} = init${subscripts(row.path)}`, 'missing: the model’s own')];
    case 'unexpected':
      return [comment(`del ${at}`, 'unexpected: dropped')];
    case 'shape':
      return [comment(`${at} = init${subscripts(row.path)}`, 'other shape: the model’s own')];
    case 'dtype': {
      const dtype = row.wanted?.split('[')[0] ?? 'float32';
      return [comment(`${at} = ${at}.astype('${dtype}')`, 'cast')];
    }
  }
}

/** Flax keeps the array of a Variable under `value`; pure dictionaries do without. */
const BARE = [
  'def bare(tree):',
  '    if not isinstance(tree, dict):',
  '        return tree',
  "    return bare(tree['value']) if set(tree) == {'value'} else {key: bare(child) for key, child in tree.items()}",
];

/** Python that makes of the checkpoint what "Load into the model" makes of it. */
export function repairCode(name: string, match: readonly MatchRow[], missing: MissingChoice): string {
  const repairs = match.flatMap((row) => repair(row, missing));
  const needsInit = repairs.some((line) => line.includes('= init['));
  const folder = name.replace(/\.zip$/i, '').replaceAll("'", "\\'");
  return [
    'import jax.numpy as jnp',
    'import orbax.checkpoint as ocp',
    'from flax import nnx',
    '',
    ...BARE,
    '',
    comment(`p = bare(ocp.StandardCheckpointer().restore('/path/to/${folder}'))`, 'the folder with _METADATA'),
    ...(needsInit ? ['init = nnx.state(model).to_pure_dict()'] : []),
    ...repairs,
    'state = nnx.state(model)',
    'state.replace_by_pure_dict(p)',
    'nnx.update(model, state)',
  ].join('\n');
}
