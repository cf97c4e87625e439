import { path as openPath, repair, verify as verifyCheckpoint } from '#linnet/checkpoint';
import { type Command, EXIT, printJson } from '../command';
import { table, visible } from '../table';

/** Checks every byte of a checkpoint; with `--repair` writes a repaired copy. */
export const verify: Command = {
  name: 'verify',
  usage: '<path> [--repair <destination>]',
  summary: 'check every byte that can be checked; exit code 1 when something is damaged',
  paths: [1, 1],
  options: {
    repair: { type: 'string', help: 'write a repaired copy there' },
    force: { type: 'boolean', help: 'replace what is at the destination' },
  },
  async run({ positionals: [path], flags }, output) {
    const place = await openPath(path!);
    const findings = await verifyCheckpoint(place);
    if (flags.json) printJson(output, findings);
    else if (findings.length === 0) output.print('Sound: every byte was checked.');
    else
      output.print(
        table(
          ['severity', 'where', 'finding'],
          findings.map(({ severity, where, message }) => [severity, visible(where), visible(message)]),
        ),
      );
    if (typeof flags.repair === 'string') {
      await repair(place, await openPath(flags.repair), { force: flags.force === true });
      if (!flags.json) output.print(`A repaired copy is in ${flags.repair}.`);
    }
    return findings.some(({ severity }) => severity === 'error') ? EXIT.found : EXIT.ok;
  },
};
