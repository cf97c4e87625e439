import { resolve } from 'node:path';
import { defineConfig } from 'vite';

/** Builds the command line to `dist/cli.js`, beside the site. */
export default defineConfig({
  root: resolve(import.meta.dirname, '../..'),
  build: {
    ssr: 'src/cli/main.ts',
    outDir: 'dist',
    emptyOutDir: false,
    target: 'node20',
    rollupOptions: { output: { entryFileNames: 'cli.js' } },
  },
  ssr: { noExternal: true },
  publicDir: false,
});
