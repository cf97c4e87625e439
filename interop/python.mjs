// The Python environments of the interop and end-to-end tests.
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const ROOT = resolve(import.meta.dirname, '..');

/** Python 3.14 and later have no wheels of the old stack's NumPy. */
export const STACKS = [
  { name: 'new', minors: [11, 12, 13, 14, 15] },
  { name: 'old', minors: [11, 12, 13] },
];

function minorOf(python) {
  try {
    const text = execFileSync(python, ['-c', 'import sys; print(*sys.version_info[:2])'], { stdio: ['ignore', 'pipe', 'ignore'] });
    const [major, minor] = text.toString().trim().split(' ').map(Number);
    return major === 3 ? minor : undefined;
  } catch {
    return undefined;
  }
}

function findPython(minors) {
  const names = [process.env.PYTHON, 'python3', ...minors.map((minor) => `python3.${minor}`), 'python'].filter(Boolean);
  return names.find((name) => minors.includes(minorOf(name)));
}

/**
 * The Python of stack `name` ('new' or 'old'), in a virtual environment with exactly what its requirements file says; made anew only when
 * that changed. Undefined when no fitting Python is installed.
 *
 * @param {string} name
 * @returns {Promise<string | undefined>}
 */
export async function pythonOf(name) {
  const { minors } = STACKS.find((stack) => stack.name === name);
  const requirements = join(ROOT, `requirements-${name}.txt`);
  const wanted = await readFile(requirements, 'utf8');
  const venv = join(ROOT, `.venv-${name}`);
  const python = join(venv, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  const mark = join(venv, 'linnet-requirements.txt');
  const built = existsSync(mark) && existsSync(python) ? await readFile(mark, 'utf8') : undefined;
  if (built === wanted) return python;
  const base = findPython(minors);
  if (base === undefined) return undefined;
  console.log(`Setting up .venv-${name} (once; about 1 GB) ...`);
  await rm(venv, { recursive: true, force: true });
  execFileSync(base, ['-m', 'venv', venv], { stdio: 'inherit' });
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements], { stdio: 'inherit' });
  await writeFile(mark, wanted);
  return python;
}
