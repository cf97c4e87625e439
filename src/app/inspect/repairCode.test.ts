import { expect, test } from 'vitest';
import type { MatchRow, Path } from '#linnet/core';
import { repairCode } from './repairCode';

const row = (
  status: MatchRow['status'],
  keys: Path,
  saved: string | null,
  wanted: string | null,
  more: Partial<MatchRow> = {},
): MatchRow => ({
  status,
  path: keys.join('.'),
  from: saved === null ? null : keys.join('.'),
  keys,
  fromKeys: saved === null ? null : keys,
  saved,
  wanted,
  reason: null,
  likely: null,
  fill: null,
  canCut: false,
  ...more,
});

const codeOf = (rows: readonly MatchRow[], wrapper: Path = []) =>
  repairCode({ name: 'old.zip', layout: 'orbax' }, { rows, wrapper }).repair;

test('each difference becomes one line', () => {
  const code = codeOf([
    row('fits', ['linear1', 'kernel'], 'float32[4, 4]', 'float32[4, 4]'),
    row('missing', ['linear1', 'bias'], null, 'float32[4]', { fill: 'zeros' }),
    row('unexpected', ['ema', 'kernel'], 'float32[4, 4]', null),
    row('shape', ['linear2', 'kernel'], 'float32[4, 9]', 'float32[4, 4]', { fill: 'fresh' }),
    row('shape', ['linear3', 'kernel'], 'float32[4, 9]', 'float32[4, 4]', { fill: 'cut' }),
    row('shape', ['linear4', 'kernel'], 'float32[2, 9]', 'float32[4, 4]', { fill: 'cut' }),
    row('dtype', ['linear2', 'bias'], 'float64[4]', 'float32[4]'),
  ]);
  expect(code).toContain("p.setdefault('linear1', {})['bias'] = jnp.zeros((4,))");
  expect(code).toContain("del p['ema']['kernel']");
  expect(code).toContain("p['linear2']['kernel'] = init['linear2']['kernel']");
  expect(code).toContain("p['linear3']['kernel'] = p['linear3']['kernel'][:4, :4]");
  expect(code).toContain("p['linear4']['kernel'] = jnp.zeros((4, 4)).at[:2, :4].set(p['linear4']['kernel'][:2, :4])");
  expect(code).toContain("p['linear2']['bias'] = p['linear2']['bias'].astype('float32')");
  expect(code).not.toContain("p['linear1']['kernel']");
});

test('renames are taken inside of what wraps the model, and come before anything is dropped', () => {
  const head = { from: 'head.kernel', fromKeys: ['params', 'head', 'kernel'] };
  const lines = codeOf(
    [
      row('unexpected', ['head', 'extra'], 'float32[1]', null, { fromKeys: ['params', 'head', 'extra'] }),
      row('renamed', ['linear2', 'kernel'], 'float32[4]', 'float32[4]', head),
    ],
    ['params'],
  ).split('\n');
  expect(lines.some((line) => /^p = bare\(.*\)\['params'\]/.test(line))).toBe(true);
  const at = (start: string) => lines.findIndex((line) => line.startsWith(start));
  expect(at("p.setdefault('linear2', {})['kernel'] = p['head'].pop('kernel')")).toBeGreaterThan(0);
  expect(at("del p['head']['extra']")).toBeGreaterThan(at("p.setdefault('linear2'"));
});

test('leaves that change places are all taken out before one is put back', () => {
  const swap = (path: string, from: string) => row('renamed', [path], 'float32[4]', 'float32[4]', { from, fromKeys: [from] });
  const code = codeOf([swap('a', 'b'), swap('b', 'a')]);
  expect(code).toMatch(/taken0 = p\.pop\('b'\)\ntaken1 = p\.pop\('a'\)\np\['a'\] = taken0.*\np\['b'\] = taken1/);
});

test('names cannot break out of their quotes, and what cannot be seen is written out', () => {
  const code = codeOf([row('unexpected', ["a'b\\", 'line\nbreak', '\u202egpj'], 'float32[]', null)]);
  expect(code).toContain("del p['a\\'b\\\\']['line\\u000abreak']['\\u202egpj']");
});

test('files of named arrays are read by what reads them in Python', () => {
  const { preamble, repair } = repairCode({ name: 'a.safetensors', layout: 'safetensors' }, { rows: [], wrapper: [] });
  expect(preamble).toContain('from safetensors.numpy import load_file');
  expect(repair).toContain("p = bare(nested(load_file('/path/to/a.safetensors')))");
});
