import { readFile } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { playwright } from '@vitest/browser-playwright';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { CHROMIUM_ARGS, findChromium } from './scripts/chromium.mjs';

/** A slow machine is no failure: the limits only end what hangs, ms. */
const LIMITS = { testTimeout: 120_000, hookTimeout: 120_000 };

/** Lets tests collect garbage and see the heap as it is. */
const HEAP_ARGS = ['--js-flags=--expose-gc', '--enable-precise-memory-info'];

const executablePath = findChromium();

/** Serves fixture files to browser tests byte for byte, past the module transforms. */
function serveFixtures(): Plugin {
  const root = resolve(import.meta.dirname, 'src/testing/fixtures');
  return {
    name: 'linnet-fixtures',
    configureServer(server) {
      server.middlewares.use('/@fixtures/', (request, response, next) => {
        const file = resolve(root, `.${decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname)}`);
        if (!file.startsWith(root + sep)) return next();
        readFile(file).then((bytes) => response.end(bytes), next);
      });
    },
  };
}

/** The GPU tests of the engine in Node, on the optional package webgpu: `npm run test:gpu-in-node`. */
const gpuInNode = {
  extends: './vite.config.ts' as const,
  test: {
    ...LIMITS,
    name: 'gpu-in-node',
    environment: 'node',
    include: ['src/{gpu,tensor,random,optim,nnx,testing}/**/*.gpu.test.ts'],
    setupFiles: ['./scripts/nodeGpuSetup.mjs'],
    // A device belongs to its process, which ends without waiting for the driver's threads.
    pool: 'forks' as const,
    execArgv: ['--expose-gc'],
  },
};

export default defineConfig({
  test: {
    projects: [
      ...(process.env.LINNET_GPU === 'node' ? [gpuInNode] : []),
      {
        extends: './vite.config.ts',
        test: {
          ...LIMITS,
          name: 'node',
          environment: 'node',
          include: ['src/**/*.test.{ts,tsx}', 'examples/**/*.test.ts'],
          exclude: ['src/**/*.{gpu,browser}.test.{ts,tsx}'],
        },
      },
      {
        extends: './vite.config.ts',
        plugins: [serveFixtures()],
        // Found only when a test imports them, they would be bundled a second time, and two Reacts do not work together.
        optimizeDeps: {
          include: ['react', 'react-dom/client', 'react/jsx-dev-runtime', 'react/jsx-runtime', 'zustand', 'lucide-react', 'comlink'],
        },
        test: {
          ...LIMITS,
          name: 'browser',
          env: { LINNET_SOAK: process.env.LINNET_SOAK ?? '' },
          include: ['src/**/*.{gpu,browser}.test.{ts,tsx}'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: { ...(executablePath ? { executablePath } : {}), args: [...CHROMIUM_ARGS, ...HEAP_ARGS] },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
