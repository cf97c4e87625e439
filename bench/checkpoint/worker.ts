import * as linnet from './linnet';

type Method = (...args: unknown[]) => unknown;

self.onmessage = async ({ data: { method, args } }: MessageEvent<{ method: string; args: unknown[] }>) => {
  try {
    self.postMessage({ value: await (linnet as unknown as Record<string, Method>)[method]!(...args) });
  } catch (cause) {
    self.postMessage({ error: String(cause) });
  }
};
