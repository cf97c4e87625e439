import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  timeout: 120_000,
  expect: { timeout: 15_000 },
  workers: 1,
  retries: 0,
  forbidOnly: true,
  reporter: process.env.LINNET_REPORT ? [['list'], ['json', { outputFile: process.env.LINNET_REPORT }]] : [['list']],
});
