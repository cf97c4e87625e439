// npm run test:gpu-in-node [-- --software] [-- files]   The engine's GPU tests without a browser, on the optional package webgpu.
import { spawnSync } from 'node:child_process';
import { MISSING, nodeGpuEnvironment } from './webgpuForNode.mjs';

const software = process.argv.includes('--software');
const files = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const found = await import('webgpu').catch(() => undefined);
if (!found) {
  console.error(MISSING);
  process.exit(1);
}
const env = { ...nodeGpuEnvironment(software), LINNET_GPU: 'node' };
const { status } = spawnSync('npx', ['vitest', 'run', '--project', 'gpu-in-node', ...files], { env, stdio: 'inherit' });
process.exit(status ?? 1);
