import { Describer, type Description, type FlaxStyle } from './description';
import { expandedParts, layOut } from './layout';

/** What `nnx.display` found out about a value. */
export interface Display {
  /** The value with everything in it: for pages that fold and colour. */
  readonly tree: Description;
  /** As Treescope writes it: wide parts over several lines, arrays summarised. */
  readonly text: string;
  toString(): string;
}

async function displayOne(value: unknown, style: FlaxStyle): Promise<Display> {
  const tree = await new Describer(style).describe(value);
  const text = layOut(tree, expandedParts(tree));
  return { tree, text, toString: () => text };
}

/**
 * Describes modules, States, Variables, dictionaries and arrays: structure, types, shapes, sizes, statistics, and a text. Waits for the
 * arrays' values. With several values, `text` has one after the other and `tree` is the first's. Like `flax.nnx.display`, but nothing
 * is printed.
 */
export function display(value: unknown, ...more: unknown[]): Promise<Display> {
  return displayAs({}, value, ...more);
}

/** `display` with the texts of another Flax release: `displayAs({ flax: '0.10' }, state)`. */
export async function displayAs(style: FlaxStyle, value: unknown, ...more: unknown[]): Promise<Display> {
  const first = await displayOne(value, style);
  if (more.length === 0) return first;
  const others: Display[] = [];
  for (const item of more) others.push(await displayOne(item, style));
  const text = [first, ...others].map((shown) => shown.text).join('\n');
  return { tree: first.tree, text, toString: () => text };
}
