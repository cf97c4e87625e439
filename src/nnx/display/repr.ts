import { type HostArray, typedView } from '#linnet/core';
import { isGraphNode } from '../graph/node';
import { Describer, type Description, type FlaxStyle } from './description';
import { pythonShape } from './numpyArray';
import { integerFormatter } from './numpyElements';

/** The words of one key below its dtype, as JAX writes them; batches of keys without words. */
function keyText({ shape, data, dtype }: HostArray): string {
  const head = `Array(${pythonShape(shape)}, dtype=key<fry>)`;
  if (shape.length > 0) return head;
  const words = [...(typedView({ shape, data, dtype }) as Uint32Array)];
  return `${head} overlaying:\n[${words.map(integerFormatter(words)).join(' ')}]`;
}

/** Modules that older Flax writes on one line, as Python writes a dataclass. */
const OLD_DATACLASSES: ReadonlySet<string> = new Set(['Dropout']);

/** Writes parts of a description as Python's `repr` does, in the manner of one Flax release. */
class Writer {
  constructor(
    private readonly isInModule: boolean,
    private readonly isOld: boolean,
  ) {}

  private arrayText({ array, host }: Description): string {
    if (host!.dtype === 'key<fry>') return keyText(host!);
    const { shape, dtype, text } = array!;
    if (!this.isInModule || shape.length === 0) return text;
    return `Array(shape=${pythonShape(shape)}, dtype=${this.isOld ? dtype : `dtype('${dtype}')`})`;
  }

  /** Parts without children: arrays, abstract arrays, static values. Undefined for others. */
  private leafText(part: Description): string | undefined {
    if (part.array !== undefined) return this.arrayText(part);
    if (part.type === 'ShapeDtypeStruct') {
      const [shape, dtype] = part.children.map(({ value }) => value.open);
      return `ShapeDtypeStruct(shape=${shape}, dtype=${dtype!.slice("dtype('".length, -2)})`;
    }
    if (part.children.length > 0) return undefined;
    return part.open.replace(/^jax\.numpy\.(.*)$/, this.isOld ? "<class 'jax.numpy.$1'>" : '$1') + part.close;
  }

  write(part: Description, indent: string): string {
    const leaf = this.leafText(part);
    if (leaf !== undefined) return leaf.replaceAll('\n', `\n${indent}`);
    if (this.isOld && OLD_DATACLASSES.has(part.type)) return this.onOneLine(part, indent);
    const inner = `${indent}  `;
    const lines = part.children.map(({ label, value }) => `${inner}${label}${this.write(value, inner)}`);
    return `${part.open}${part.comment === '' ? '' : ` # ${part.comment}`}\n${lines.join(',\n')}\n${indent}${part.close}`;
  }

  private onOneLine(part: Description, indent: string): string {
    return part.open + part.children.map(({ label, value }) => label + this.write(value, indent)).join(', ') + part.close;
  }

  /** A plain dictionary or list, which Python writes without line breaks of its own. */
  writePlain(part: Description): string {
    const leaf = this.leafText(part);
    if (leaf !== undefined) return leaf;
    return part.open + part.children.map(({ label, value }) => label + this.writePlain(value)).join(', ') + part.close;
  }
}

/**
 * `value` as Python's `repr` writes it under Flax: States with the elements of their arrays, modules with shapes only. Waits for the
 * arrays' values.
 */
export async function repr(value: unknown, style: FlaxStyle = {}): Promise<string> {
  const tree = await new Describer(style).describe(value);
  const writer = new Writer(isGraphNode(value), style.flax === '0.10');
  return tree.type === 'dict' || tree.type === 'list' ? writer.writePlain(tree) : writer.write(tree, '');
}
