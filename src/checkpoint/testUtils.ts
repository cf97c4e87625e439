import type { CheckpointPath } from './paths/checkpointPath';
import { type PathLike, path } from './paths/resolve';

/** The place that `source` names, with everything in it removed. */
export async function eraseAndCreateEmpty(source: PathLike): Promise<CheckpointPath> {
  const place = await path(source);
  await place.remove();
  return place;
}
