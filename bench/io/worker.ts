import { pausesOfSave, stepsPerSecond } from './besideTraining';
import { measureStorage } from './storage';

const SIZE = 64 * 1024 * 1024;

self.onmessage = async ({ data: only }: MessageEvent<string | null>) => {
  try {
    const storage = await measureStorage();
    self.postMessage(only === 'storage' ? { storage } : { storage, pauses: await pausesOfSave(SIZE), rates: await stepsPerSecond() });
  } catch (cause) {
    console.error(cause);
    throw cause;
  }
};
