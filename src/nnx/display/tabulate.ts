import { flattenWithPath, LinnetError, type Path } from '#linnet/core';
import { iterModules } from '../graph/iterModules';
import { entriesOf } from '../graph/node';
import { isArrayLeaf } from '../leaf';
import { Module } from '../module';
import { evalShape } from '../transforms/evalShape';
import { Variable } from '../variable';
import { RngState } from '../variableTypes';
import { type ArraySize, addSizes, sizesByType, sizeText } from './sizes';
import { drawTable, type Row } from './textTable';

/** One module that was called, in the order of the calls. */
interface ModuleRow {
  readonly path: Path;
  readonly type: string;
  readonly inputs: string[];
  outputs: string[];
  readonly sizes: ReadonlyMap<string, ArraySize>;
  /** `name: dtype[shape]` of the module's own Variables, by type. */
  readonly own: ReadonlyMap<string, string[]>;
}

export interface TabulateOptions {
  /** Levels of modules below the root that are shown; all by default. */
  readonly depth?: number;
}

const leafText = (leaf: { readonly shape: readonly number[]; readonly dtype: string }): string => `${leaf.dtype}[${leaf.shape.join()}]`;

/** Arrays of a tree as lines; other values are left out. */
function linesOf(tree: unknown): string[] {
  return flattenWithPath(tree).leaves.flatMap(([path, leaf]) => {
    if (!isArrayLeaf(leaf)) return [];
    return [path.length === 0 ? leafText(leaf) : `${path.join('.')}: ${leafText(leaf)}`];
  });
}

const typeOf = (variable: Variable<any>): string => (variable instanceof RngState ? 'RngState' : variable.type.name);

function ownVariables(module: Module): Map<string, string[]> {
  const own = new Map<string, string[]>();
  for (const [name, value] of entriesOf(module)) {
    if (!(value instanceof Variable) || value.shape === undefined) continue;
    const text = `${name}: ${leafText({ shape: value.shape, dtype: value.dtype! })}`;
    own.set(typeOf(value), [...(own.get(typeOf(value)) ?? []), text].sort());
  }
  return own;
}

/** Puts a recorder before the method `call` of every module below `root`. `root` is a copy that is thrown away. */
function record(root: Module, rows: ModuleRow[], depth: number): void {
  for (const [path, module] of iterModules(root)) {
    const call = (module as { call?: (...args: unknown[]) => unknown }).call;
    if (call === undefined || path.length > depth) continue;
    const recorded = (...args: unknown[]): unknown => {
      const inputs = args.length === 1 ? args[0] : args;
      const row = {
        path,
        type: module.constructor.name,
        inputs: linesOf(inputs),
        outputs: [] as string[],
        sizes: sizesByType(module),
        own: ownVariables(module),
      };
      rows.push(row);
      const output = call.apply(module, args);
      row.outputs = linesOf(output);
      return output;
    };
    Object.defineProperty(module, 'call', { value: recorded, enumerable: false, configurable: true });
  }
}

/**
 * A table of the modules that `model.call(...inputs)` calls: path, type, shapes of inputs and outputs, and Variables by type with their
 * sizes. Nothing is computed: inputs may be ShapeDtypeStructs, the model abstract. Like `flax.nnx.tabulate`.
 */
export function tabulate(model: Module, inputs: readonly unknown[], { depth = Number.POSITIVE_INFINITY }: TabulateOptions = {}): string {
  if (!(model instanceof Module) || !('call' in model)) {
    throw new LinnetError('InvalidArgumentError', 'nnx.tabulate needs a Module with a method "call", and the list of its inputs.');
  }
  const rows: ModuleRow[] = [];
  evalShape(
    (copy: Module, ...args: unknown[]) => {
      record(copy, rows, depth);
      (copy as unknown as { call: (...inputs: unknown[]) => unknown }).call(...args);
      return null;
    },
    model,
    ...inputs,
  );
  const sizes = sizesByType(model);
  const types = [...sizes.keys()].sort();
  const total = [...sizes.values()].reduce(addSizes, { count: 0, bytes: 0 });
  return drawTable({
    title: `${model.constructor.name} Summary`,
    header: ['path', 'type', 'inputs', 'outputs', ...types],
    rows: rows.map((row) => rowOf(row, types)),
    footer: [[], [], [], ['Total'], ...types.map((type) => [sizeText(sizes.get(type)!)])],
    alignedRight: 3,
    caption: `Total Parameters: ${sizeText(total)}`,
  });
}

function rowOf({ path, type, inputs, outputs, sizes, own }: ModuleRow, types: readonly string[]): Row {
  const cell = (name: string): string[] => {
    const size = sizes.get(name);
    if (size === undefined) return [];
    const names = own.get(name) ?? [];
    return names.length === 0 ? [sizeText(size)] : [...names, '', sizeText(size)];
  };
  return [[path.join('/')], [type], inputs, outputs, ...types.map(cell)];
}
