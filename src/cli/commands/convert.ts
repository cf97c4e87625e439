import { basename, dirname } from 'node:path';
import {
  type CheckpointPath,
  type ExportOptions,
  exportDirectory,
  exportFile,
  exportZip,
  type FileFormat,
  type OrbaxWriteOptions,
  path as openPath,
} from '#linnet/checkpoint';
import { LinnetError } from '#linnet/core';
import { type Arguments, type Command, EXIT, printJson } from '../command';

function oneOf<T extends string>(flags: Arguments['flags'], name: string, allowed: readonly T[]): T | undefined {
  const value = flags[name];
  if (value === undefined) return undefined;
  if (allowed.includes(value as T)) return value as T;
  throw new LinnetError('InvalidArgumentError', `--${name} is ${JSON.stringify(value)}; it can be ${allowed.join(', ')}.`);
}

function orbaxOptions(flags: Arguments['flags']): OrbaxWriteOptions {
  const zarr = oneOf(flags, 'zarr', ['2', '3']);
  const compression = oneOf(flags, 'compression', ['zstd', 'gzip', 'zlib', 'none']);
  const flax = oneOf(flags, 'flax', ['0.12', '0.10']);
  const targetDevices = oneOf(flags, 'devices', ['cpu', 'any']);
  return {
    ocdbt: flags.files !== true,
    ...(zarr === undefined ? {} : { zarr: Number(zarr) as 2 | 3 }),
    ...(compression === undefined ? {} : { compression }),
    ...(flax === undefined ? {} : { flax }),
    ...(targetDevices === undefined ? {} : { targetDevices }),
  };
}

/** What the name of the destination asks for. */
function formatOf(destination: string): FileFormat | 'zip' | 'directory' {
  const extension = /\.(safetensors|npz|json|zip)$/i.exec(destination)?.[1]?.toLowerCase();
  return (extension as FileFormat | 'zip' | undefined) ?? 'directory';
}

/** Writes a checkpoint in another layout: an Orbax directory, a zip of one, safetensors, npz or JSON, by the destination's name. */
export const convert: Command = {
  name: 'convert',
  usage: '<from> <to>',
  summary: 'write a checkpoint as an Orbax directory, a .zip of one, a .safetensors, an .npz or a (small) .json file',
  paths: [2, 2],
  options: {
    zarr: { type: 'string', help: '2 (default) or 3' },
    files: { type: 'boolean', help: 'a file for every chunk instead of one database' },
    compression: { type: 'string', help: 'zstd (default: checked, not shrunk), gzip, zlib or none' },
    flax: { type: 'string', help: '0.12 (default) or 0.10: whose models the tree is for' },
    devices: { type: 'string', help: 'cpu (default) or any: whether a CPU sharding is written' },
    force: { type: 'boolean', help: 'replace what is at the destination' },
  },
  async run({ positionals: [from, to], flags }, output) {
    const source = await openPath(from!);
    const format = formatOf(to!);
    const options: ExportOptions = { orbax: orbaxOptions(flags), force: flags.force === true };
    const destination = await openPath(to!);
    if (format === 'directory') await exportDirectory(source, destination, options);
    else {
      if (!flags.force && (await destination.exists()))
        throw new LinnetError('CheckpointExistsError', `${to} already exists. Pass --force to replace it.`);
      const { parent, name } = await fileDestination(to!);
      await parent.write((store) => store.write(name, format === 'zip' ? exportZip(source, options) : exportFile(source, format)));
    }
    if (flags.json) printJson(output, { from, to, format });
    else output.print(`Written to ${to}.`);
    return EXIT.ok;
  },
};

/** The directory that a file is to be written to, and its name there. */
async function fileDestination(target: string): Promise<{ parent: CheckpointPath; name: string }> {
  return { parent: await openPath(dirname(target)), name: basename(target) };
}
