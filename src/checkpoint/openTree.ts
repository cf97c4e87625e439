import { LinnetError } from '#linnet/core';
import { npzOf, storeAccess } from '#linnet/format';
import { type Detected, detect } from './detect';
import { openJsonTree } from './layouts/json';
import { openNpzTree } from './layouts/npz';
import { openOrbax } from './layouts/orbax';
import { openSafetensorsTree } from './layouts/safetensors';
import type { SavedTree } from './layouts/savedTree';
import type { CheckpointPath } from './paths/checkpointPath';

/** The one tree among the items of a step or a v1 checkpoint; an error that lists them when there are several. */
function onlyTree(found: Extract<Detected, { kind: 'step' | 'v1' }>): CheckpointPath {
  const trees = [...found.items].filter(([, kind]) => kind === 'tree').map(([name]) => name);
  const preferred = trees.length === 1 ? trees[0] : trees.find((name) => found.kind === 'v1' && (name === 'state' || name === 'pytree'));
  if (preferred !== undefined) return found.path.join(preferred);
  throw new LinnetError(
    'InvalidArgumentError',
    `${found.path} is a step with the items ${[...found.items.keys()].join(', ')}. Name the one you want, e.g. path.join(${JSON.stringify(trees[0] ?? '')}), or use CheckpointManager.`,
    { details: { several: trees } },
  );
}

const UNMERGED =
  'its processes wrote their parts (ocdbt.process_*), but the save was interrupted before they were merged into manifest.ocdbt. verify and repair can join them in a copy';
const NO_METADATA = 'it has arrays, but no _METADATA that says what tree they form. verify and repair can guess the tree in a copy';

/**
 * Opens the one tree at `path`, whatever its layout: reads what describes it, but no array. A step with several items, a manager's
 * root and a damaged save are errors that say what to do; `details.several` then names the items or steps.
 */
export async function openTree(path: CheckpointPath): Promise<SavedTree> {
  const found = await detect(path);
  switch (found.kind) {
    case 'orbax':
      if (found.problem !== undefined) {
        const why = found.problem === 'unmerged' ? UNMERGED : NO_METADATA;
        throw new LinnetError('CorruptFileError', `The checkpoint ${found.path} is incomplete: ${why}.`, {
          details: { problem: found.problem },
        });
      }
      return openOrbax(found.path.store, found.path.toString());
    case 'safetensors':
      return openSafetensorsTree((await storeAccess(found.path.root, found.path.key))!, found.path.toString());
    case 'json':
      return openJsonTree((await storeAccess(found.path.root, found.path.key))!, found.path.toString());
    case 'npz':
      return openNpzTree(await npzOf(found.path.store), found.path.toString());
    case 'step':
    case 'v1':
      return openTree(onlyTree(found));
    case 'manager':
      throw new LinnetError(
        'InvalidArgumentError',
        `${found.path} holds the steps ${found.steps.slice(-20).join(', ')}. Use CheckpointManager, or name one, e.g. path.join(${JSON.stringify(found.steps.at(-1) ?? '')}).`,
        { details: { several: found.steps } },
      );
  }
}
