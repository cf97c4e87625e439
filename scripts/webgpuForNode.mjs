import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { findChromium } from './chromium.mjs';

/** What to say when the optional package is missing. */
export const MISSING = 'WebGPU in Node comes from an optional package that is not installed: npm install --no-save webgpu';

/**
 * The `GPU` of Node's optional package `webgpu` (Dawn), with its globals put in place. An error says what to install, or that there is
 * no adapter.
 */
export async function nodeGpu() {
  const { create, globals } = await import('webgpu').catch((cause) => {
    throw new Error(MISSING, { cause });
  });
  Object.assign(globalThis, globals);
  const gpu = create([]);
  if (await gpu.requestAdapter()) return gpu;
  throw new Error('Dawn finds no GPU: it needs a Vulkan driver, Metal or Direct3D 12. On Linux VK_ICD_FILENAMES names the driver to use.');
}

/**
 * Environment for a process that computes in Node. A driver of the person's own choice (VK_ICD_FILENAMES, or one of the system) is used
 * as it is; `software` takes the adapter that Chromium brings along.
 */
export function nodeGpuEnvironment(software) {
  const chromium = findChromium();
  const folder = chromium && ['/usr/lib/chromium', dirname(chromium)].find((path) => existsSync(join(path, 'vk_swiftshader_icd.json')));
  if (!software || folder === undefined) return process.env;
  return {
    ...process.env,
    VK_ICD_FILENAMES: join(folder, 'vk_swiftshader_icd.json'),
    LD_LIBRARY_PATH: [folder, process.env.LD_LIBRARY_PATH].filter(Boolean).join(delimiter),
  };
}
