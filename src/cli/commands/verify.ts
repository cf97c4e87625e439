import { type Finding, path as openPath, repair, verify as verifyCheckpoint } from '#linnet/checkpoint';
import { type Command, EXIT, printJson } from '../command';
import { visible, wrapped } from '../table';

/** Leaves that are named one by one before the rest is counted. */
const NAMED_LEAVES = 20;

const isUncheckedLeaf = ({ code, where }: Finding): boolean => code === 'unchecked' && !/(^|\/)_METADATA$/.test(where);

/** Each finding with what it means; leaves without a checksum together. */
function findingsText(findings: readonly Finding[]): string {
  const parts = findings
    .filter((finding) => !isUncheckedLeaf(finding))
    .map(({ severity, where, message }) => `${severity}: ${visible(where)}\n${wrapped(visible(message), '    ')}`);
  const leaves = findings.filter(isUncheckedLeaf).map(({ where }) => visible(where));
  if (leaves.length > 0) {
    const named =
      leaves.slice(0, NAMED_LEAVES).join(', ') + (leaves.length > NAMED_LEAVES ? `, and ${leaves.length - NAMED_LEAVES} more` : '');
    const meaning = 'A flipped bit in them would not be noticed. Saving the checkpoint again with Linnet adds checksums.';
    parts.push(`note: ${leaves.length} unchecked ${leaves.length === 1 ? 'leaf' : 'leaves'}\n${wrapped(`${named}. ${meaning}`, '    ')}`);
  }
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  return [...parts, errors === 0 ? 'No damage found.' : `${errors} ${errors === 1 ? 'error' : 'errors'}.`].join('\n');
}

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
    else output.print(findingsText(findings));
    if (typeof flags.repair === 'string') {
      await repair(place, await openPath(flags.repair), { force: flags.force === true });
      if (!flags.json) output.print(`A repaired copy is in ${flags.repair}.`);
    }
    return findings.some(({ severity }) => severity === 'error') ? EXIT.found : EXIT.ok;
  },
};
