import { LinnetError } from '#linnet/core';
import type { OwnData } from '#linnet/worker';
import { CsvRows, sniffDelimiter } from './csvRows';

export interface CsvOptions {
  /** Leave out rows that cannot be read, and count them, instead of refusing the table. */
  readonly skipBadRows?: boolean;
}

export interface CsvTable extends OwnData {
  readonly rows: number;
  /** Rows left out. */
  readonly skipped: number;
}

/** More classes than this, all numbers, is a quantity to predict, not a label. */
const MAX_NUMERIC_CLASSES = 20;
const LABEL_NAMES = /^(label|class|target|species|diagnosis|y)$/i;

function refuse(message: string, details: Record<string, unknown> = {}): LinnetError {
  return new LinnetError('InvalidArgumentError', message, { details });
}

/** A number as spreadsheets write it; a comma may be the decimal sign where it does not part columns. NaN when it is none. */
function readNumber(text: string, decimalComma: boolean): number {
  const plain = decimalComma ? text.replace(',', '.') : text;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(plain) : Number.NaN;
}

/** Collects a table row by row; rows may come in any number of pieces. The last column, or one called label, class or target, is the label. */
export class CsvReader {
  readonly #options: CsvOptions;
  readonly #name: string;
  #splitter: CsvRows | null = null;
  #decimalComma = false;
  #line = 0;
  #columns: string[] | null = null;
  #labelColumn = 0;
  #values: number[] = [];
  #labels: string[] = [];
  #skipped = 0;

  constructor(name: string, options: CsvOptions = {}) {
    this.#name = name;
    this.#options = options;
  }

  /** Takes the next piece of text. The first should hold a few lines: the delimiter is found there. */
  push(text: string): void {
    const clean = this.#splitter === null ? text.replace(/^\uFEFF/, '') : text;
    if (this.#splitter === null) {
      const delimiter = sniffDelimiter(`${clean.slice(0, 65_536)}\n`);
      this.#decimalComma = delimiter !== ',';
      this.#splitter = new CsvRows(delimiter);
    }
    for (const row of this.#splitter.push(clean)) this.#take(row);
  }

  /** The whole table. Throws InvalidArgumentError naming line and column when it cannot be trained on. */
  end(): CsvTable {
    for (const row of this.#splitter?.end() ?? []) this.#take(row);
    if (this.#columns === null) throw refuse(`${this.#name} is empty. A table needs rows of numbers with a label in the last column.`);
    const rows = this.#labels.length;
    if (rows < 2) throw refuse(`${this.#name} has ${rows} data rows; at least 2 are needed, to train on one part and test on the other.`);
    const { values, classNames } = this.#withLabels(rows);
    return {
      name: this.#name,
      columns: this.#featureFirst(this.#columns),
      values,
      classNames,
      task: classNames.length > 0 ? 'classification' : 'regression',
      rows,
      skipped: this.#skipped,
    };
  }

  #take(row: string[]): void {
    this.#line += 1;
    if (row.every((field) => field === '')) return;
    if (this.#columns === null) {
      this.#start(row);
      if (this.#isHeader(row)) return;
    }
    try {
      this.#takeValues(row);
    } catch (error) {
      if (!this.#options.skipBadRows) throw error;
      this.#skipped += 1;
    }
  }

  #isHeader(row: string[]): boolean {
    return row.some((field, i) => i !== this.#labelColumn && Number.isNaN(readNumber(field, this.#decimalComma)));
  }

  #start(row: string[]): void {
    if (row.length < 2) {
      throw refuse(`Line ${this.#line} has one column. A table needs at least one number and a label, parted by comma, semicolon or tab.`);
    }
    const named = row.findIndex((field) => LABEL_NAMES.test(field));
    this.#labelColumn = named < 0 ? row.length - 1 : named;
    this.#columns = this.#isHeader(row)
      ? row.map((field, i) => field || `column ${i + 1}`)
      : row.map((_, i) => (i === this.#labelColumn ? 'label' : `x${i + 1}`));
  }

  #takeValues(row: string[]): void {
    const { length } = this.#columns!;
    if (row.length !== length) {
      throw refuse(`Line ${this.#line} has ${row.length} columns; the first row has ${length}.`, { line: this.#line });
    }
    const numbers: number[] = [];
    row.forEach((field, i) => {
      if (i === this.#labelColumn) return;
      const value = readNumber(field, this.#decimalComma);
      if (!Number.isFinite(value)) {
        const found = field === '' ? 'nothing stands there' : `“${field.slice(0, 40)}” is not a number`;
        throw refuse(`Line ${this.#line}, column ${i + 1} (${this.#columns![i]}): ${found}.`, { line: this.#line, column: i + 1 });
      }
      numbers.push(value);
    });
    const label = row[this.#labelColumn]!;
    if (label === '') {
      const column = this.#labelColumn + 1;
      throw refuse(`Line ${this.#line}, column ${column}: the label is missing.`, { line: this.#line, column });
    }
    for (const value of numbers) this.#values.push(value);
    this.#labels.push(label);
  }

  #featureFirst(columns: string[]): string[] {
    return [...columns.filter((_, i) => i !== this.#labelColumn), columns[this.#labelColumn]!];
  }

  #withLabels(rows: number): { values: Float32Array; classNames: string[] } {
    const numbers = this.#labels.map((label) => readNumber(label, this.#decimalComma));
    const distinct = [...new Set(this.#labels)];
    const quantity = numbers.every(Number.isFinite) && (distinct.length > MAX_NUMERIC_CLASSES || !numbers.every(Number.isInteger));
    const byText = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true });
    const classNames = quantity ? [] : distinct.sort(byText);
    if (!quantity && classNames.length < 2) throw refuse(`Every row has the label “${classNames[0]}”; two classes are the least.`);
    const index = new Map(classNames.map((name, i) => [name, i]));
    const features = this.#columns!.length - 1;
    const values = new Float32Array(rows * (features + 1));
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < features; i++) values[row * (features + 1) + i] = this.#values[row * features + i]!;
      values[row * (features + 1) + features] = quantity ? numbers[row]! : index.get(this.#labels[row]!)!;
    }
    return { values, classNames };
  }
}

/** A pasted table. */
export function readCsvText(text: string, name: string, options: CsvOptions = {}): CsvTable {
  const reader = new CsvReader(name, options);
  reader.push(text);
  return reader.end();
}

/** A table from a file of any size, in pieces: the page stays alive between them. UTF-16 is told by its byte order mark. */
export async function readCsvFile(file: Blob, name: string, options: CsvOptions = {}): Promise<CsvTable> {
  const mark = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  const encoding = mark[0] === 0xff && mark[1] === 0xfe ? 'utf-16le' : mark[0] === 0xfe && mark[1] === 0xff ? 'utf-16be' : 'utf-8';
  const decoder = new TextDecoder(encoding);
  const reader = new CsvReader(name, options);
  const PIECE = 1 << 18;
  for (let at = 0; at < file.size; at += PIECE) {
    const bytes = await file.slice(at, at + PIECE).arrayBuffer();
    reader.push(decoder.decode(bytes, { stream: at + PIECE < file.size }));
  }
  return reader.end();
}
