import { pausesOfSave, stepsPerSecond } from './besideTraining';
import { measureStorage } from './storage';

const SIZE = 64 * 1024 * 1024;

self.onmessage = async () => {
  try {
    self.postMessage({ storage: await measureStorage(), pauses: await pausesOfSave(SIZE), rates: await stepsPerSecond() });
  } catch (cause) {
    // The page learns of it, but not from where it came.
    console.error(cause);
    throw cause;
  }
};
