import { arrayByteLength, type CheckpointPath, type Detected, detect, path as openPath, openTree } from '#linnet/checkpoint';
import { type Command, EXIT, printJson } from '../command';
import { formatBytes, table, visible } from '../table';

interface Row {
  readonly path: string;
  readonly holds: string;
  /** Absent for items that are no trees. */
  readonly leaves?: number;
  readonly byteLength: number;
}

async function treeRow(place: CheckpointPath, path: string): Promise<Row> {
  const { leaves, layout } = await openTree(place);
  return {
    path,
    holds: `tree (${layout})`,
    leaves: leaves.length,
    byteLength: leaves.reduce((sum, { array }) => sum + arrayByteLength(array), 0),
  };
}

async function jsonRow(place: CheckpointPath, path: string): Promise<Row> {
  return { path, holds: 'json', byteLength: (await place.store.byteLength('metadata')) ?? 0 };
}

async function stepRows({ path: place, items }: Extract<Detected, { kind: 'step' | 'v1' }>, above: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, kind] of items) {
    const path = above + name;
    rows.push(await (kind === 'tree' ? treeRow(place.join(name), path) : jsonRow(place.join(name), path)));
  }
  return rows;
}

async function rowsAt(place: CheckpointPath, above: string): Promise<Row[]> {
  const found = await detect(place);
  if (found.kind === 'step' || found.kind === 'v1') return stepRows(found, above);
  if (found.kind !== 'manager') return [await treeRow(place, above === '' ? '.' : above.slice(0, -1))];
  const rows: Row[] = [];
  for (const step of found.steps) rows.push(...(await rowsAt(found.path.join(step), `${above}${step}/`)));
  return rows;
}

/** Lists the steps and items of a checkpoint, a step or a manager's directory. */
export const ls: Command = {
  name: 'ls',
  usage: '<path>',
  summary: 'list steps and items',
  paths: [1, 1],
  options: {},
  async run({ positionals: [path], flags }, output) {
    const rows = await rowsAt(await openPath(path!), '');
    if (flags.json) printJson(output, rows);
    else {
      const cells = rows.map((row) => [
        visible(row.path),
        row.holds,
        row.leaves === undefined ? '' : String(row.leaves),
        formatBytes(row.byteLength),
      ]);
      output.print(table(['path', 'holds', 'leaves', 'size'], cells, ['leaves', 'size']));
    }
    return EXIT.ok;
  },
};
