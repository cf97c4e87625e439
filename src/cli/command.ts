/** Where a command writes to. */
export interface Output {
  /** A line of the result. */
  print(line: string): void;
}

/** What a command was given after its name. */
export interface Arguments {
  readonly positionals: readonly string[];
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
}

/** Ends of a command: done, something is different or damaged, it could not be carried out. */
export const EXIT = { ok: 0, found: 1, failed: 2 } as const;

/** One command of the tool. */
export interface Command {
  readonly name: string;
  /** What follows the name, for the help. */
  readonly usage: string;
  readonly summary: string;
  /** How many paths it takes: least and most. */
  readonly paths: readonly [number, number];
  readonly options: Readonly<Record<string, { readonly type: 'string' | 'boolean'; readonly help: string }>>;
  /** Does the work and returns the exit code. */
  run(args: Arguments, output: Output): Promise<number>;
}

/** Prints a value as JSON; integers above 2^53 as text. */
export const printJson = (output: Output, value: unknown): void =>
  output.print(JSON.stringify(value, (_, part: unknown) => (typeof part === 'bigint' ? String(part) : part), 2));
