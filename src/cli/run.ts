import { parseArgs } from 'node:util';
import { isLinnetError } from '#linnet/core';
import { type Command, EXIT, type Output, printJson } from './command';
import { convert } from './commands/convert';
import { diff } from './commands/diff';
import { ls } from './commands/ls';
import { show } from './commands/show';
import { verify } from './commands/verify';
import { registerNodePaths } from './nodePath';
import { visible } from './table';

registerNodePaths();

const COMMANDS: readonly Command[] = [ls, show, diff, verify, convert];

function help(): string {
  const lines = COMMANDS.flatMap(({ name, usage, summary, options }) => [
    `  ${name} ${usage}`,
    `      ${summary}`,
    ...Object.entries(options).map(([option, { help: text }]) => `      --${option.padEnd(13)}${text}`),
  ]);
  return [
    'Looks at Orbax checkpoints, safetensors and npz files, and zips of them.',
    '',
    'npm run linnet -- <command> [--json]',
    '',
    ...lines,
    '',
    'Exit codes: 0 done, 1 differences or damage found, 2 not carried out.',
  ].join('\n');
}

function fail(output: Output, json: boolean, cause: unknown): number {
  const kind = isLinnetError(cause) ? cause.kind : 'InternalError';
  const message = cause instanceof Error ? cause.message : String(cause);
  if (json) printJson(output, { error: { kind, message } });
  else output.print(`${kind}: ${visible(message).replaceAll('\\u000a', '\n')}`);
  return EXIT.failed;
}

/** Runs one command of the tool. `argv` is what follows the program's name. Returns the exit code. */
export async function run(argv: readonly string[], result: Output, problems: Output = result): Promise<number> {
  const [name, ...rest] = argv;
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) {
    const asked = name === undefined || name === 'help' || name === '--help';
    (asked ? result : problems).print(asked ? help() : `There is no command ${JSON.stringify(name)}.\n\n${help()}`);
    return asked ? EXIT.ok : EXIT.failed;
  }
  const json = rest.includes('--json');
  try {
    const options = Object.fromEntries(Object.entries(command.options).map(([option, { type }]) => [option, { type }]));
    const { positionals, values } = parseArgs({
      args: [...rest],
      allowPositionals: true,
      options: { ...options, json: { type: 'boolean' } },
    });
    const [least, most] = command.paths;
    if (positionals.length < least || positionals.length > most) {
      problems.print(`Usage: ${command.name} ${command.usage}`);
      return EXIT.failed;
    }
    return await command.run({ positionals, flags: values }, result);
  } catch (cause) {
    return fail(problems, json, cause);
  }
}
