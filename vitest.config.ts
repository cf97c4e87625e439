import { readFile } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { playwright } from '@vitest/browser-playwright';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';
import { CHROMIUM_ARGS, findChromium } from './scripts/chromium.mjs';

/** A slow machine is no failure: the limits only end what hangs, ms. */
const LIMITS = { testTimeout: 120_000, hookTimeout: 120_000 };

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

export default defineConfig({
  test: {
    projects: [
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
        test: {
          ...LIMITS,
          name: 'browser',
          include: ['src/**/*.{gpu,browser}.test.{ts,tsx}'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({ launchOptions: { ...(executablePath ? { executablePath } : {}), args: CHROMIUM_ARGS } }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
