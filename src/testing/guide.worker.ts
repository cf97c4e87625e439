import { jax } from '../index';
import { guideSections } from './guide';

/** Runs the guide in a worker, where OPFS is reached through sync access handles; posts each section's title and error. */
self.onmessage = async ({ data: root }: MessageEvent<string>) => {
  try {
    await jax.init();
    for (const { title, run } of guideSections(root)) {
      await run();
      self.postMessage({ title });
    }
    self.postMessage({ done: true });
  } catch (error) {
    self.postMessage({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
};
