// Compares Linnet's texts of random arrays with those of JAX, which are NumPy's.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Prints `arrays` random arrays of `seed` on both sides, by way of `file`; `count(name, error)` is told the outcome. */
export async function checkPrinting(printing, python, { file, arrays, seed }, count) {
  await writeFile(file, JSON.stringify(printing.printedArrays(arrays, seed)));
  const { stdout } = await promisify(execFile)(python, [join(import.meta.dirname, 'printing.py'), file], {
    env: { ...process.env, JAX_PLATFORMS: 'cpu', PYTHONDONTWRITEBYTECODE: '1' },
    maxBuffer: 1 << 28,
  });
  const wrong = JSON.parse(stdout);
  const example = wrong.map(({ linnet, jax }) => `${linnet} instead of ${jax}`)[0];
  count(`${arrays} random arrays print as in JAX`, wrong.length > 0 ? `${wrong.length} do not: ${example}` : '');
}
