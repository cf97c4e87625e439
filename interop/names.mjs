// Holds FEATURES.md against the public names of the Python packages: each is here, or not here with a reason.
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Names in the first cells of a section's tables; `metrics.Average` counts as both. */
function namesOf(section) {
  const cells = section.split('\n').flatMap((line) => (line.startsWith('| `') ? [line.split('|')[1]] : []));
  return new Set(cells.flatMap((cell) => [...cell.matchAll(/`([\w.]+)/g)].flatMap(([, name]) => [name, name.split('.').at(-1)])));
}

/** What FEATURES.md says nothing of; `count(name, error)` is told of each package. */
export async function checkNames(python, count) {
  const page = await readFile(join(import.meta.dirname, '..', 'FEATURES.md'), 'utf8');
  const sections = new Map(page.split(/^## /m).map((section) => [section.split('\n')[0], section]));
  const { stdout } = await promisify(execFile)(python, [join(import.meta.dirname, 'names.py')], {
    env: { ...process.env, JAX_PLATFORMS: 'cpu' },
  });
  for (const [module, names] of Object.entries(JSON.parse(stdout))) {
    const named = namesOf(sections.get(module));
    const missing = names.filter((name) => !named.has(name));
    count(
      `FEATURES.md knows all ${names.length} public names of ${module}`,
      missing.length > 0 ? `it says nothing of ${missing.join(', ')}` : '',
    );
  }
}
