// Builds the command for checkpoints on disk into dist/cli.js, beside the page.
import { resolve } from 'node:path';
import { build } from 'vite';

await build({
  root: resolve(import.meta.dirname, '..'),
  configFile: false,
  logLevel: 'warn',
  build: {
    ssr: 'src/cli/main.ts',
    outDir: process.argv[2] ?? 'dist',
    emptyOutDir: false,
    copyPublicDir: false,
    target: 'node20',
    rolldownOptions: { output: { entryFileNames: 'cli.js', banner: '#!/usr/bin/env node' } },
  },
  ssr: { noExternal: true },
});
