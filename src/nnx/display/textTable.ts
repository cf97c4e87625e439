/** One row: for each column the lines of its cell. */
export type Row = readonly (readonly string[])[];

export interface TextTable {
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly Row[];
  /** Set off by a line; the column in `alignedRight` is right-aligned there. */
  readonly footer: Row;
  readonly alignedRight: number;
  readonly caption: string;
}

const centred = (text: string, width: number): string => {
  const left = Math.floor((width - text.length) / 2);
  return ' '.repeat(Math.max(0, left)) + text.padEnd(width - Math.max(0, left));
};

/** A table in box characters with a heavy head, as Rich draws it. */
export function drawTable({ title, header, rows, footer, alignedRight, caption }: TextTable): string {
  const all: Row[] = [header.map((name) => [name]), ...rows, footer];
  const widths = header.map((_, column) => all.reduce((most, row) => Math.max(most, ...row[column]!.map((line) => line.length)), 0));
  const rule = (left: string, line: string, cross: string, right: string): string =>
    left + widths.map((width) => line.repeat(width + 2)).join(cross) + right;
  const draw = (row: Row, bar: string, rightColumn = -1): string[] => {
    const height = row.reduce((most, cell) => Math.max(most, cell.length), 1);
    return Array.from({ length: height }, (_, line) => {
      const cells = row.map((cell, column) => {
        const text = cell[line] ?? '';
        return ` ${column === rightColumn ? text.padStart(widths[column]!) : text.padEnd(widths[column]!)} `;
      });
      return bar + cells.join(bar) + bar;
    });
  };
  const between = rule('├', '─', '┼', '┤');
  const body = [...rows.map((row) => draw(row, '│')), draw(footer, '│', alignedRight)];
  const width = between.length;
  return [
    centred(title, width),
    rule('┏', '━', '┳', '┓'),
    ...draw(all[0]!, '┃'),
    rule('┡', '━', '╇', '┩'),
    ...body.flatMap((lines, i) => (i === 0 ? lines : [between, ...lines])),
    rule('└', '─', '┴', '┘'),
    ' '.repeat(width),
    centred(caption, width),
    '',
  ].join('\n');
}
