import { readFile } from 'node:fs/promises';
import { jax, nnx, optax } from 'linnet';
import { expect, test } from 'vitest';

const NAMESPACES: Readonly<Record<string, Readonly<Record<string, unknown>>>> = { nnx, optax, 'jax.random': jax.random };

/** First two cells of the rows of all tables of the page, by the section they are in. */
async function rows(): Promise<(readonly [section: string, python: string, target: string])[]> {
  const page = await readFile(new URL('../FEATURES.md', import.meta.url), 'utf8');
  let section = '';
  return page.split('\n').flatMap((line) => {
    section = /^## (?:flax\.)?(\S+)/.exec(line)?.[1] ?? section;
    const [, python, target] = line.split('|').map((cell) => cell.trim());
    return python?.startsWith('`') ? [[section, python, target!] as const] : [];
  });
}

const HERE = /^`(nnx|optax|jax\.random)\.(\w+)`$/;

test('everything that FEATURES.md says is here, is here', async () => {
  const here = (await rows()).flatMap(([, , target]) => (HERE.test(target) ? [HERE.exec(target)!.slice(1, 3)] : []));
  expect(here.length).toBeGreaterThan(190);
  expect(here.filter(([space, name]) => NAMESPACES[space!]![name!] === undefined)).toEqual([]);
});

test('what FEATURES.md says is not here, is not', async () => {
  const camel = (name: string): string => name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const absent = (await rows()).filter(([, , target]) => !HERE.test(target));
  const names = absent.flatMap(([section, list]) => [...list.matchAll(/`(\w+)`/g)].map(([, name]) => [section, camel(name!)] as const));
  expect(names.length).toBeGreaterThan(250);
  expect(names.filter(([section, name]) => NAMESPACES[section]![name] !== undefined)).toEqual([]);
});

test('everything that is exported stands in FEATURES.md', async () => {
  const page = await readFile(new URL('../FEATURES.md', import.meta.url), 'utf8');
  const all = Object.entries(NAMESPACES).flatMap(([space, names]) => Object.keys(names).map((name) => `\`${space}.${name}\``));
  expect(all.filter((name) => !page.includes(name))).toEqual([]);
});
