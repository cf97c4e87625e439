// npm run bench            Linnet beside its peers, after what storage takes.
// npm run bench -- ux [UX-03 …]   What a person waits for in the page: the milliseconds behind UX-01, 03, 04, 08, 13 and 14.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const [which, ...rest] = process.argv.slice(2);
const runs =
  which === 'ux'
    ? [['ux/run.mjs', rest]]
    : [
        ['io/run.mjs', []],
        ['run.mjs', process.argv.slice(2)],
      ];
for (const [file, args] of runs) {
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, file), ...args], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
