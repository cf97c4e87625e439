import { type HostArray, isDType, type Path, type PathPart } from '#linnet/core';
import { entriesOf, isGraphNode } from '../graph/node';
import { isAbstract, isArrayLeaf, type JaxArray } from '../leaf';
import { State } from '../state/state';
import { peek, Variable } from '../variable';
import { type ArrayDescription, describeArray } from './arrayDescription';
import { pythonNumber } from './decimal';
import { pythonShape } from './numpyArray';
import { type ArraySize, sizesByType, sizesText, sizeText, variableSize } from './sizes';

/** Something that is looked at, with everything in it: what `nnx.display` gives, for text and for the page. */
export interface Description {
  /** Where it is, from the root: copyable as an access path. */
  readonly path: Path;
  /** `Linear`, `Param`, `State`, `dict`, `Array`, or a static value's type. */
  readonly type: string;
  /** Text before and after the children; a value without children is `open` alone. */
  readonly open: string;
  readonly close: string;
  /** Sizes by Variable type, as a comment. */
  readonly comment: string;
  readonly sizes: ReadonlyMap<string, ArraySize>;
  readonly children: readonly Child[];
  /** For arrays with values. */
  readonly array: ArrayDescription | undefined;
  /** The elements, for heat maps. */
  readonly host: HostArray | undefined;
}

export interface Child {
  /** What stands before the child: `kernel=`, `'kernel': `. */
  readonly label: string;
  readonly value: Description;
}

const NO_SIZES: ReadonlyMap<string, ArraySize> = new Map();

const leaf = (path: Path, type: string, open: string): Description => ({
  path,
  type,
  open,
  close: '',
  comment: '',
  sizes: NO_SIZES,
  children: [],
  array: undefined,
  host: undefined,
});

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  return quote + text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll(quote, `\\${quote}`) + quote;
}

/** A static value as Python writes it. */
function staticText(value: unknown, name: PathPart | undefined): string {
  if (value === null || value === undefined) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return pythonNumber(value);
  if (typeof value === 'string') return String(name).endsWith('dtype') && isDType(value) ? `jax.numpy.${value}` : quoted(value);
  if (typeof value === 'function') return value.name === '' ? '<function>' : value.name;
  if (Array.isArray(value))
    return value.length === 1 ? `(${staticText(value[0], 0)},)` : `(${value.map((item, i) => staticText(item, i)).join(', ')})`;
  if (typeof value === 'object') return `<${value.constructor?.name ?? 'object'}>`;
  return String(value);
}

/** The Flax release whose texts are written: '0.10' writes the Variables of a State as VariableState, and no sizes. */
export interface FlaxStyle {
  readonly flax?: '0.12' | '0.10';
}

/** Reads what is needed and describes `value`. Cycles and repeated objects are named by the path where they were first. */
export class Describer {
  private readonly seen = new Map<object, Path>();
  private readonly isOld: boolean;
  /** Modules around what is described now: outside of them Variables are those of States. */
  private nodesAround = 0;

  constructor({ flax = '0.12' }: FlaxStyle = {}) {
    this.isOld = flax === '0.10';
  }

  async describe(value: unknown, path: Path = []): Promise<Description> {
    if (isAbstract(value)) return this.describeAbstract(value.shape, value.dtype, path);
    if (isArrayLeaf(value)) return this.describeArray(value as HostArray | JaxArray, path);
    if (typeof value !== 'object' || value === null) return leaf(path, typeof value, staticText(value, path.at(-1)));
    const before = this.seen.get(value);
    if (before !== undefined) return leaf(path, value.constructor.name, `<${value.constructor.name} at ${['root', ...before].join('.')}>`);
    this.seen.set(value, path);
    if (value instanceof Variable) return this.describeVariable(value, path);
    if (value instanceof State) return this.describeDict(value.entries(), path, 'State');
    if (isGraphNode(value) && !Array.isArray(value)) return this.describeNode(value, path);
    if (Array.isArray(value)) return this.describeList(value, path);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) return leaf(path, value.constructor.name, staticText(value, path.at(-1)));
    return this.describeDict(Object.entries(value), path, 'dict');
  }

  private async describeArray(value: HostArray | JaxArray, path: Path): Promise<Description> {
    const isDevice = 'toHost' in value;
    const host = isDevice ? await value.toHost() : value;
    const array = describeArray(host, isDevice && value.weakType);
    const isLiteral = !array.text.includes('\n') && !array.text.includes('...') && host.dtype !== 'key<fry>';
    return { ...leaf(path, 'Array', `<${isLiteral ? `jax.${array.text}` : array.summary}>`), array, host };
  }

  private describeAbstract(shape: readonly number[], dtype: string, path: Path): Description {
    const children = [
      { label: 'shape=', value: leaf([...path, 'shape'], 'tuple', pythonShape(shape)) },
      { label: 'dtype=', value: leaf([...path, 'dtype'], 'dtype', `dtype('${dtype}')`) },
    ];
    return { ...leaf(path, 'ShapeDtypeStruct', 'ShapeDtypeStruct('), close: ')', children };
  }

  private async describeVariable(variable: Variable<any>, path: Path): Promise<Description> {
    const { name } = variable.type;
    const metadata = Object.entries(variable.metadata);
    const parts = await this.children([['value', peek(variable)], ...metadata], path, (key) => `${key}=`);
    const size = variableSize(variable);
    const isOfState = this.isOld && this.nodesAround === 0;
    const children = isOfState ? [{ label: 'type=', value: leaf([...path, 'type'], 'type', name) }, ...parts] : parts;
    const comment = size.count > 0 && !this.isOld ? sizeText(size) : '';
    return { ...leaf(path, name, `${isOfState ? 'VariableState' : name}(`), close: ')', children, sizes: new Map([[name, size]]), comment };
  }

  private async describeNode(node: object, path: Path): Promise<Description> {
    const { name } = node.constructor;
    const sizes = sizesByType(node);
    const entries = entriesOf(node).map(([key, value]) => [key, value] as const);
    this.nodesAround++;
    const children = await this.children(entries, path, (key) => `${key}=`);
    this.nodesAround--;
    return { ...leaf(path, name, `${name}(`), close: ')', children, sizes, comment: this.isOld ? '' : sizesText(sizes) };
  }

  private async describeDict(entries: readonly (readonly [PathPart, unknown])[], path: Path, type: string): Promise<Description> {
    const children = await this.children(entries, path, (key) => `${typeof key === 'number' ? key : quoted(key)}: `);
    const isState = type === 'State' && path.length === 0;
    return { ...leaf(path, type, isState ? 'State({' : '{'), close: isState ? '})' : '}', children };
  }

  private async describeList(items: readonly unknown[], path: Path): Promise<Description> {
    const plain = items.every((item) => typeof item !== 'object' || item === null);
    if (plain) return leaf(path, 'tuple', staticText(items, path.at(-1)));
    const entries = items.map((item, i) => [i, item] as const);
    return { ...leaf(path, 'list', '['), close: ']', children: await this.children(entries, path, () => '') };
  }

  private async children(
    entries: readonly (readonly [PathPart, unknown])[],
    path: Path,
    label: (key: PathPart) => string,
  ): Promise<Child[]> {
    const values: Child[] = [];
    for (const [key, value] of entries) values.push({ label: label(key), value: await this.describe(value, [...path, key]) });
    return values;
  }
}
