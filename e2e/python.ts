import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pythonOf } from '../interop/python.mjs';

const run = promisify(execFile);
const SCRIPT = join(import.meta.dirname, 'python', 'tab_checkpoint.py');
const STACKS = ['new', 'old'] as const;
export type Stack = (typeof STACKS)[number];

/** One leaf as Python sees it. */
interface Leaf {
  readonly dtype: string;
  readonly shape: readonly number[];
  /** Bytes, base64. */
  readonly data: string;
}
export type Leaves = Readonly<Record<string, Leaf>>;

/** The Python stacks that can be had on this machine. */
export async function availableStacks(): Promise<Stack[]> {
  const found: Stack[] = [];
  for (const stack of STACKS) if ((await pythonOf(stack)) !== undefined) found.push(stack);
  return found;
}

/** Runs `tab_checkpoint.py` on a stack; the JSON it prints. */
export async function tabCheckpoint<T>(stack: Stack, ...args: string[]): Promise<T> {
  const { stdout } = await run((await pythonOf(stack))!, [SCRIPT, ...args], {
    env: { ...process.env, JAX_PLATFORMS: 'cpu', PYTHONDONTWRITEBYTECODE: '1' },
    maxBuffer: 1 << 28,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as T;
}
