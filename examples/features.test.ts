import { readFile } from 'node:fs/promises';
import { jax, nnx, optax } from 'linnet';
import { expect, test } from 'vitest';

const NAMESPACES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = { nnx, optax, 'jax.random': jax.random };

/** First two cells of the rows of all tables of the page. */
async function rows(): Promise<string[][]> {
  const page = await readFile(new URL('../FEATURES.md', import.meta.url), 'utf8');
  return page.split('\n').flatMap((line) =>
    line.startsWith('| `')
      ? [
          line
            .split('|')
            .slice(1, 3)
            .map((cell) => cell.trim()),
        ]
      : [],
  );
}

test('everything that FEATURES.md says is here, is here', async () => {
  const here = (await rows()).flatMap(([, target]) => /^`(nnx|optax|jax\.random)\.(\w+)`$/.exec(target!)?.slice(1, 3) ?? []);
  const missing: string[] = [];
  for (let i = 0; i < here.length; i += 2) if (NAMESPACES[here[i]!]![here[i + 1]!] === undefined) missing.push(`${here[i]}.${here[i + 1]}`);
  expect(here.length / 2).toBeGreaterThan(170);
  expect(missing).toEqual([]);
});

test('what FEATURES.md says is not here, is not', async () => {
  const camel = (name: string): string => name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const absent = (await rows()).filter(
    ([, reason]) => !reason!.startsWith('`nnx.') && !reason!.startsWith('`optax.') && !reason!.startsWith('`jax.random.'),
  );
  const names = absent.flatMap(([list]) => [...list!.matchAll(/`(\w+)`/g)].map((match) => camel(match[1]!)));
  expect(names.length).toBeGreaterThan(80);
  const exported = new Set([...Object.keys(nnx), ...Object.keys(optax), ...Object.keys(jax.random)]);
  // `clone` is a function of nnx; what is not here is `jax.random.clone`.
  expect(names.filter((name) => exported.has(name) && name !== 'clone')).toEqual([]);
});
