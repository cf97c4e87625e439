import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build as esbuild } from 'esbuild';
import { build as vite } from 'vite';

const here = import.meta.dirname;
/** Where the bundled contenders lie. */
export const BUNDLES = join(here, 'node_modules', '.bundles');
const NODE_MODULES = ['fs', 'path', 'os', 'crypto', 'util', 'worker_threads', 'perf_hooks'];

/** Parts that a contender loads on its way to compute; other parts that it could load are not counted. The browser's requests are held against this. */
const ALSO_LOADED = { jaxWebgpu: /^webgpu-/ };

/**
 * Bundles each contender by esbuild, to run it, and by Vite, as this project's site is, to weigh it. Returns bytes after gzip of what each
 * loads, by bundler; `notLoaded` of parts that it could load but does not need, by Vite; and the `files` that it loads when it runs.
 */
export async function bundle(names) {
  rmSync(BUNDLES, { recursive: true, force: true });
  mkdirSync(BUNDLES, { recursive: true });
  const sizes = {};
  for (const name of names) {
    const entry = join(here, 'contenders', `${name}.ts`);
    const [byEsbuild, byVite] = [await bundleByEsbuild(entry), await bundleByVite(entry)];
    const loaded = (parts) => parts.filter(({ file, isDynamic }) => !isDynamic || ALSO_LOADED[name]?.test(file));
    sizes[name] = {
      esbuild: sum(loaded(byEsbuild)),
      vite: sum(loaded(byVite)),
      notLoaded: sum(byVite) - sum(loaded(byVite)),
      files: loaded(byEsbuild).map(({ file }) => file),
    };
  }
  return sizes;
}

const sum = (parts) => parts.reduce((bytes, part) => bytes + part.bytes, 0);
const gzipped = (code) => gzipSync(code, { level: 9 }).length;

async function bundleByVite(entry) {
  const { output } = await vite({
    configFile: false,
    root: here,
    logLevel: 'error',
    build: {
      write: false,
      target: 'es2023',
      modulePreload: false,
      rolldownOptions: {
        input: entry,
        external: [/^node:/, ...NODE_MODULES],
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  });
  return output
    .filter(({ type }) => type === 'chunk')
    .map(({ fileName, code, isDynamicEntry }) => ({ file: fileName, isDynamic: isDynamicEntry, bytes: gzipped(code) }));
}

async function bundleByEsbuild(entry) {
  const { metafile } = await esbuild({
    entryPoints: [entry],
    outdir: BUNDLES,
    absWorkingDir: BUNDLES,
    metafile: true,
    bundle: true,
    splitting: true,
    minify: true,
    format: 'esm',
    target: 'es2023',
    logLevel: 'error',
    external: ['node:*', ...NODE_MODULES],
  });
  const dynamic = new Set(
    Object.values(metafile.outputs).flatMap(({ imports }) =>
      imports.filter(({ kind }) => kind === 'dynamic-import').map(({ path }) => path),
    ),
  );
  return Object.keys(metafile.outputs).map((file) => ({
    file,
    isDynamic: dynamic.has(file),
    bytes: gzipped(readFileSync(join(BUNDLES, file))),
  }));
}
