/** Splits delimited text into rows of fields (RFC 4180: quotes, doubled quotes, line breaks inside quotes; CRLF, LF or CR between rows). */
export class CsvRows {
  readonly #delimiter: string;
  #row: string[] = [];
  #field = '';
  #state: 'plain' | 'quoted' | 'quoteSeen' = 'plain';
  #afterReturn = false;

  constructor(delimiter: string) {
    this.#delimiter = delimiter;
  }

  /** Takes the next piece of text, cut anywhere, and returns the rows it completes. */
  push(text: string): string[][] {
    const rows: string[][] = [];
    for (const character of text) this.#take(character, rows);
    return rows;
  }

  /** The last row, when the text did not end in a line break. */
  end(): string[][] {
    if (this.#field === '' && this.#row.length === 0) return [];
    const rows: string[][] = [];
    this.#endRow(rows);
    return rows;
  }

  #take(character: string, rows: string[][]): void {
    const afterReturn = this.#afterReturn;
    this.#afterReturn = false;
    if (this.#state === 'quoted') {
      if (character === '"') this.#state = 'quoteSeen';
      else this.#field += character;
    } else if (this.#state === 'quoteSeen' && character === '"') {
      this.#field += '"';
      this.#state = 'quoted';
    } else if (character === '"' && this.#field.trim() === '') {
      this.#field = '';
      this.#state = 'quoted';
    } else if (character === this.#delimiter) this.#endField();
    else if (character === '\n' && afterReturn) return;
    else if (character === '\n' || character === '\r') {
      this.#afterReturn = character === '\r';
      this.#endRow(rows);
    } else this.#field += character;
  }

  #endField(): void {
    this.#row.push(this.#field.trim());
    this.#field = '';
    this.#state = 'plain';
  }

  #endRow(rows: string[][]): void {
    this.#endField();
    rows.push(this.#row);
    this.#row = [];
  }
}

const DELIMITERS = [',', ';', '\t', '|'];

/** The delimiter that cuts the first lines of `sample` into the most equally long rows; a comma when none cuts. */
export function sniffDelimiter(sample: string): string {
  const score = (delimiter: string): number => {
    const counts = new CsvRows(delimiter)
      .push(sample)
      .slice(0, 20)
      .filter((row) => row.some((field) => field !== ''))
      .map((row) => row.length);
    const first = counts[0] ?? 1;
    return first < 2 ? 0 : first * counts.filter((count) => count === first).length;
  };
  const scores = DELIMITERS.map(score);
  return DELIMITERS[scores.indexOf(Math.max(...scores))]!;
}
