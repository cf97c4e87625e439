import { LinnetError, type MetricsChunk } from '#linnet/core';
import { Metrics } from './metrics';
import type { RunLibrary } from './runLibrary';
import { readRecord } from './stepItems';

/** The history of a saved run, as its latest checkpoint has it. A CheckpointNotFoundError when it has none. */
export async function savedMetrics(library: RunLibrary, run: string): Promise<MetricsChunk> {
  const latest = (await library.checkpoints(run)).at(-1);
  if (latest === undefined) throw new LinnetError('CheckpointNotFoundError', `The run ${run} has no checkpoints.`);
  const record = await readRecord(await library.open(run, latest.step));
  return Metrics.fromJson(record.metrics, record.step).all(run);
}
