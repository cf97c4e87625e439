import { LinnetError } from '#linnet/core';
import type { DeviceFacts } from '#linnet/gpu';
import type { Cluster } from './cluster';
import type { Layout } from './emitDispatch';
import type { RegionPlace } from './emitRegion';
import type { Region } from './region';
import type { Step } from './steps';
import type { StorageType } from './storage';

/** Plans what a control node runs; returns the memory that takes. */
export function planControl(cluster: Cluster, _facts: DeviceFacts): ReadonlyMap<StorageType, number> {
  throw new LinnetError('InternalError', `No GPU schedule for ${cluster.anchor.primitive.name} yet.`);
}

/** The steps of a control node. */
export function emitControl(cluster: Cluster, _region: Region, _layout: Layout, _place: RegionPlace, _facts: DeviceFacts): Step[] {
  throw new LinnetError('InternalError', `No GPU schedule for ${cluster.anchor.primitive.name} yet.`);
}
