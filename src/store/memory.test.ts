import { memoryStore } from './memory';
import { prefixed } from './prefixed';
import { writeContract } from './testing/contract';

writeContract('memory', async () => memoryStore());

writeContract('a prefix of memory', async () => {
  const outer = memoryStore();
  await outer.write('other', Uint8Array.of(1));
  await outer.write('run/30', Uint8Array.of(2));
  return prefixed(outer, 'run/3/');
});
