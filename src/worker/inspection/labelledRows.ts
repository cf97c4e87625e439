import type { SavedLeaf, SavedTree } from '#linnet/checkpoint';
import { castHostArray, LinnetError, sizeOf, typedView } from '#linnet/core';
import type { OwnData } from '../protocol';

const INPUTS = /^(x|x_train|data|inputs|features)$/i;
const LABELS = /^(y|y_train|labels?|targets?)$/i;
/** More distinct whole numbers than this are a quantity to predict, not classes. */
const MAX_CLASSES = 20;

/**
 * The rows of a file (npz, safetensors) that holds a data set: an array `x` (or `data`, `inputs`, `features`) `[rows, …]` and one `y` (or `labels`,
 * `target`) `[rows]`. Null when it holds anything else, a checkpoint say. Further axes of `x` become columns.
 */
export async function labelledRows(name: string, tree: SavedTree): Promise<OwnData | null> {
  const arrays = tree.leaves.filter(({ array }) => array !== undefined);
  const inputs = arrays.find((leaf) => INPUTS.test(leaf.name));
  const labels = arrays.find((leaf) => LABELS.test(leaf.name));
  if (inputs === undefined || labels === undefined || arrays.length !== 2) return null;
  const rows = inputs.array!.shape[0] ?? 0;
  const columns = sizeOf(inputs.array!.shape.slice(1));
  if (rows < 2 || columns < 1 || sizeOf(labels.array!.shape) !== rows) {
    throw new LinnetError(
      'ShapeError',
      `${name}: ${inputs.name} has the shape [${inputs.array!.shape}] and ${labels.name} [${labels.array!.shape}]; at least two rows with one label each are needed.`,
    );
  }
  const read = async (leaf: SavedLeaf): Promise<Float64Array> =>
    typedView(castHostArray(await tree.readArray(leaf), 'float64')) as Float64Array;
  const [x, y] = [await read(inputs), await read(labels)];
  const classes = classesOf(y);
  const values = new Float32Array(rows * (columns + 1));
  for (let row = 0; row < rows; row++) {
    values.set(x.subarray(row * columns, (row + 1) * columns), row * (columns + 1));
    values[row * (columns + 1) + columns] = classes === null ? y[row]! : classes.indexOf(y[row]!);
  }
  return {
    name,
    columns: [...Array.from({ length: columns }, (_, column) => `${inputs.name}${column}`), labels.name],
    values,
    classNames: classes === null ? [] : classes.map(String),
    task: classes === null ? 'regression' : 'classification',
  };
}

/** The classes that labels name, in order; null when they are quantities. */
function classesOf(labels: Float64Array): number[] | null {
  const distinct = [...new Set(labels)].sort((a, b) => a - b);
  return distinct.length >= 2 && distinct.length <= MAX_CLASSES && distinct.every(Number.isInteger) ? distinct : null;
}
