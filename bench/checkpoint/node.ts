import { createInterface } from 'node:readline';
import { CheckpointPath } from '../../src/checkpoint';
import { NodeDirectoryStore } from '../../src/cli/directoryStore';
import * as linnet from './linnet';

type Method = (...args: unknown[]) => unknown;

linnet.useDirectories((text) => new CheckpointPath(new NodeDirectoryStore(text)));

/** Most memory that the process has had so far, in bytes. */
const peak = (): number => process.resourceUsage().maxRSS * 1024;
const methods: Record<string, Method> = { ...(linnet as unknown as Record<string, Method>), peak };

for await (const line of createInterface({ input: process.stdin })) {
  const { method, args } = JSON.parse(line) as { method: string; args: unknown[] };
  try {
    console.log(JSON.stringify({ value: (await methods[method]!(...args)) ?? null }));
  } catch (cause) {
    console.log(JSON.stringify({ error: String(cause) }));
  }
}
