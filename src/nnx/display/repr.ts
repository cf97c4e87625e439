import { type HostArray, typedView } from '#linnet/core';
import { isGraphNode } from '../graph/node';
import { Describer, type Description } from './description';
import { pythonShape } from './numpyArray';
import { integerFormatter } from './numpyElements';

/** The words of one key below its dtype, as JAX writes them; batches of keys without words. */
function keyText({ shape, data, dtype }: HostArray): string {
  const head = `Array(${pythonShape(shape)}, dtype=key<fry>)`;
  if (shape.length > 0) return head;
  const words = [...(typedView({ shape, data, dtype }) as Uint32Array)];
  return `${head} overlaying:\n[${words.map(integerFormatter(words)).join(' ')}]`;
}

function arrayText({ array, host }: Description, isInModule: boolean): string {
  if (host!.dtype === 'key<fry>') return keyText(host!);
  const { shape, dtype, text } = array!;
  return isInModule && shape.length > 0 ? `Array(shape=${pythonShape(shape)}, dtype=dtype('${dtype}'))` : text;
}

/** Parts without children: arrays, abstract arrays, static values. Undefined for others. */
function leafText(part: Description, isInModule: boolean): string | undefined {
  if (part.array !== undefined) return arrayText(part, isInModule);
  if (part.type === 'ShapeDtypeStruct') {
    const [shape, dtype] = part.children.map(({ value }) => value.open);
    return `ShapeDtypeStruct(shape=${shape}, dtype=${dtype!.slice("dtype('".length, -2)})`;
  }
  return part.children.length === 0 ? part.open.replace(/^jax\.numpy\./, '') + part.close : undefined;
}

function write(part: Description, isInModule: boolean, indent: string): string {
  const leaf = leafText(part, isInModule);
  if (leaf !== undefined) return leaf.replaceAll('\n', `\n${indent}`);
  const inner = `${indent}  `;
  const lines = part.children.map(({ label, value }) => `${inner}${label}${write(value, isInModule, inner)}`);
  return `${part.open}${part.comment === '' ? '' : ` # ${part.comment}`}\n${lines.join(',\n')}\n${indent}${part.close}`;
}

/** A plain dictionary or list, which Python writes without line breaks of its own. */
function writePlain(part: Description): string {
  const leaf = leafText(part, false);
  if (leaf !== undefined) return leaf;
  return part.open + part.children.map(({ label, value }) => label + writePlain(value)).join(', ') + part.close;
}

/**
 * `value` as Python's `repr` writes it under Flax: States with the elements of their arrays, modules with shapes only. Waits for the
 * arrays' values.
 */
export async function repr(value: unknown): Promise<string> {
  const tree = await new Describer().describe(value);
  return tree.type === 'dict' || tree.type === 'list' ? writePlain(tree) : write(tree, isGraphNode(value), '');
}
