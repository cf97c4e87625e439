import { diffCheckpoints, type LeafDifference, path as openPath, type ValueDifference } from '#linnet/checkpoint';
import { type Command, EXIT, printJson } from '../command';
import { table, visible } from '../table';

const figure = (value: number | undefined): string => (value === undefined ? '' : String(Number(value.toPrecision(3))));

/** How many elements changed, of how many. */
function changedText({ changed, elements, notFinite }: ValueDifference): string {
  return `${changed} of ${elements}${notFinite > 0 ? `, ${notFinite} not finite` : ''}`;
}

function row({ leaf, kind, first = '', second = '', values }: LeafDifference): string[] {
  const figures =
    values === undefined
      ? ['', '', '', '']
      : [changedText(values), figure(values.largest), figure(values.relative), values.ulps?.toLocaleString('en') ?? ''];
  return [visible(leaf), kind, visible(first), visible(second), ...figures];
}

const HEADER = ['leaf', 'differs', 'first', 'second', 'elements', 'largest', 'relative', 'ULPs'];

/** The table without columns that are empty in every row. */
function differenceTable(rows: readonly string[][]): string {
  const shown = HEADER.map((_, column) => column).filter((column) => rows.some((cells) => cells[column] !== ''));
  const pick = (cells: readonly string[]): string[] => shown.map((column) => cells[column]!);
  return table(pick(HEADER), rows.map(pick), ['elements', 'largest', 'relative', 'ULPs']);
}

/** Compares two trees leaf by leaf, bit for bit. */
export const diff: Command = {
  name: 'diff',
  usage: '<path> <path>',
  summary: 'compare two trees, or two steps, leaf by leaf; exit code 1 when they differ',
  paths: [2, 2],
  options: {},
  async run({ positionals: [a, b], flags }, output) {
    const { differences, sameLeaves } = await diffCheckpoints(await openPath(a!), await openPath(b!));
    if (flags.json) printJson(output, { differences, sameLeaves });
    else if (differences.length === 0) output.print(`No difference: ${sameLeaves} leaves are the same, bit for bit.`);
    else {
      output.print(differenceTable(differences.map(row)));
      output.print(`\n${differences.length} leaves differ, ${sameLeaves} are the same, bit for bit.`);
    }
    return differences.length === 0 ? EXIT.ok : EXIT.found;
  },
};
