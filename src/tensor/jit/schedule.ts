import type { Cluster } from './cluster';
import type { Fused } from './fuse';
import type { InPlace } from './inPlace';

export interface ScheduleLimits {
  /** Whether these clusters may be parts of one dispatch: their buffers fit. */
  readonly fits: (clusters: readonly Cluster[]) => boolean;
}

/**
 * Puts clusters into dispatches. A cluster joins the first dispatch that comes after everything it needs and has room for it:
 * independent kernels run side by side in one dispatch, told apart by their workgroup.
 */
export function schedule({ clusters, makerOf }: Fused, { after }: InPlace, { fits }: ScheduleLimits): Cluster[][] {
  const dispatches: Cluster[][] = [];
  const placed = new Map<Cluster, number>();
  const place = (cluster: Cluster): number => {
    const known = placed.get(cluster);
    if (known !== undefined) return known;
    const made = [...cluster.footprint().reads.keys()].flatMap((variable) => makerOf(variable) ?? []);
    const before = new Set([...made, ...(after.get(cluster) ?? [])]);
    before.delete(cluster);
    let earliest = 0;
    for (const other of before) earliest = Math.max(earliest, place(other) + 1);
    const index = findRoom(dispatches, cluster, earliest, fits);
    if (index === dispatches.length) dispatches.push([]);
    dispatches[index]!.push(cluster);
    placed.set(cluster, index);
    return index;
  };
  for (const cluster of clusters) place(cluster);
  return dispatches;
}

function findRoom(dispatches: readonly Cluster[][], cluster: Cluster, earliest: number, fits: ScheduleLimits['fits']): number {
  if (cluster.kind === 'control') return dispatches.length;
  for (let index = earliest; index < dispatches.length; index++) {
    const present = dispatches[index]!;
    if (present.every((other) => other.kind !== 'control') && fits([...present, cluster])) return index;
  }
  return dispatches.length;
}
