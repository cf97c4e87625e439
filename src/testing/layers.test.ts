import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { describe, expect, test } from 'vitest';

const SRC = join(import.meta.dirname, '..');

/** Who may import whom: the architecture in one table. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  core: [],
  store: ['core'],
  format: ['core', 'store'],
  checkpoint: ['core', 'store', 'format'],
  gpu: ['core'],
  tensor: ['core', 'gpu'],
  random: ['core', 'tensor'],
  optim: ['core', 'tensor'],
  nnx: ['core', 'tensor', 'random', 'optim'],
  sandbox: ['core', 'store', 'checkpoint', 'gpu', 'tensor', 'random', 'optim', 'nnx'],
  worker: ['core', 'sandbox', 'checkpoint'],
  app: ['core', 'worker'],
  cli: ['core', 'store', 'format', 'checkpoint'],
};

/** Platform globals and modules that only the named layers may touch. */
const MAY_TOUCH: readonly { readonly what: string; readonly pattern: RegExp; readonly layers: readonly string[] }[] = [
  { what: 'OPFS', pattern: /navigator\.storage|createSyncAccessHandle|showDirectoryPicker/, layers: ['store', 'app'] },
  { what: 'IndexedDB', pattern: /\bindexedDB\b|from 'idb'/, layers: ['store'] },
  { what: 'Web Locks', pattern: /navigator\.locks/, layers: ['store', 'worker'] },
  { what: 'the network', pattern: /\bfetch\(|new WebSocket|XMLHttpRequest\(/, layers: ['store'] },
  { what: 'WebGPU', pattern: /navigator\.gpu|\.createShaderModule\(|\.createComputePipeline/, layers: ['gpu', 'sandbox'] },
  { what: 'the DOM', pattern: /\bdocument\.|\bwindow\./, layers: ['app', 'worker'] },
  { what: 'Node', pattern: /from 'node:|import\('node:/, layers: ['cli'] },
  { what: 'React', pattern: /from 'react/, layers: ['app'] },
];

interface Source {
  readonly file: string;
  readonly layer: string;
  readonly lines: readonly string[];
}

function sources(): Source[] {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) => /\.tsx?$/.test(file));
  return files
    .filter((file) => !/\.test\.tsx?$/.test(file) && file.includes(sep) && !file.startsWith('testing'))
    .filter((file) => !file.includes(`${sep}testing${sep}`))
    .map((file) => ({
      file: relative(SRC, join(SRC, file)),
      layer: file.split(sep)[0]!,
      lines: readFileSync(join(SRC, file), 'utf8').split('\n'),
    }));
}

const IMPORT = /(?:from|import)\s*\(?\s*'([^']+)'/g;

/** Problems with the imports of one line, as `file:line message`. */
function importProblems({ file, layer }: Source, line: string, number: number): string[] {
  const problems: string[] = [];
  for (const [, specifier] of line.matchAll(IMPORT)) {
    const complain = (message: string) => problems.push(`${file}:${number} ${message}: ${line.trim()}`);
    if (specifier!.startsWith('#linnet/')) {
      const [, target, ...rest] = specifier!.split('/');
      if (rest.length > 0) complain(`reaches past the door of ${target}`);
      else if (target !== layer && !MAY_IMPORT[layer]?.includes(target!)) complain(`${layer} may not import ${target}`);
    } else if (specifier!.startsWith('.')) {
      const path = join(file, '..', specifier!);
      if (path.split(sep)[0] !== layer) complain('leaves its layer by a relative path');
    }
  }
  return problems;
}

/** Code of a line without what follows `//` or stands in a doc comment. */
const codeOf = (line: string): string => (/^\s*\*|^\s*\/\*\*/.test(line) ? '' : line.replace(/\/\/.*$/, ''));

function touchProblems({ file, layer }: Source, line: string, number: number): string[] {
  const code = codeOf(line);
  return MAY_TOUCH.filter(({ pattern, layers }) => !layers.includes(layer) && pattern.test(code)).map(
    ({ what }) => `${file}:${number} ${layer} may not touch ${what}: ${line.trim()}`,
  );
}

const check = (source: Source): string[] =>
  source.lines.flatMap((line, i) => [...importProblems(source, line, i + 1), ...touchProblems(source, line, i + 1)]);

describe('layers', () => {
  const all = sources();

  test('every folder of src is a layer of the table', () => {
    for (const { layer, file } of all) expect(MAY_IMPORT, file).toHaveProperty(layer);
  });

  test('imports and platform use follow the table', () => {
    expect(all.flatMap(check)).toEqual([]);
  });

  test('a wrong import is named with file and line', () => {
    const planted: Source = {
      file: join('tensor', 'planted.ts'),
      layer: 'tensor',
      lines: ['', "import { save } from '#linnet/checkpoint';"],
    };
    expect(check(planted)).toEqual([`${planted.file}:2 tensor may not import checkpoint: import { save } from '#linnet/checkpoint';`]);
  });

  test('a deep import and a forbidden global are named', () => {
    const planted: Source = {
      file: join('nnx', 'planted.ts'),
      layer: 'nnx',
      lines: ["import { x } from '#linnet/tensor/array';", 'const disk = navigator.storage;', "import { y } from '../core/trees';"],
    };
    expect(check(planted).map((problem) => problem.split(' ').slice(1, 4).join(' '))).toEqual([
      'reaches past the',
      'nnx may not',
      'leaves its layer',
    ]);
  });
});
