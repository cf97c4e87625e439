import { create } from 'zustand';
import type { InspectReport, LeafStatistics } from '#linnet/core';
import type { Upload } from '#linnet/worker';
import { leafKey } from '../inspect/leafTree';
import { sayError } from './messages';
import { sandbox } from './sandbox';
import { goTo } from './view';

export interface InspectionStore {
  readonly report: InspectReport | null;
  /** Name of the upload being read, or null. */
  readonly reading: string | null;
  /** Item of the report that is shown. */
  readonly item: string | null;
  /** Path of the selected leaf, as `leafKey` writes it. */
  readonly selected: string | null;
  readonly statistics: LeafStatistics | null;
  /** Why the statistics of the selected leaf cannot be had, or null. */
  readonly trouble: string | null;
}

/** The upload that is looked into. One at a time; opening another closes it. */
export const useInspection = create<InspectionStore>(() => ({
  report: null,
  reading: null,
  item: null,
  selected: null,
  statistics: null,
  trouble: null,
}));

/** Closes the upload that is looked into. */
export async function closeInspection(): Promise<void> {
  const { report } = useInspection.getState();
  useInspection.setState({ report: null, item: null, selected: null, statistics: null, trouble: null });
  if (report !== null) await sandbox().closeUpload(report.id);
}

/** Reads an upload's structure and shows it. */
export async function inspect(upload: Upload): Promise<void> {
  goTo('inspect');
  try {
    await closeInspection();
    useInspection.setState({ reading: upload.name });
    const report = await sandbox().inspect(upload);
    const item = report.items.find(({ name }) => name === 'model') ?? report.items[0];
    useInspection.setState({ report, item: item?.name ?? null });
  } catch (error) {
    sayError(error);
  } finally {
    useInspection.setState({ reading: null });
  }
}

/** Selects a leaf and asks for its numbers. */
export async function selectLeaf(path: readonly (string | number)[], readable: boolean): Promise<void> {
  const { report, item } = useInspection.getState();
  const selected = leafKey(path);
  useInspection.setState({ selected, statistics: null, trouble: null });
  if (report === null || item === null || !readable) return;
  try {
    const statistics = await sandbox().leafStatistics(report.id, item, path);
    if (useInspection.getState().selected === selected) useInspection.setState({ statistics });
  } catch (error) {
    if (useInspection.getState().selected === selected)
      useInspection.setState({ trouble: error instanceof Error ? error.message : String(error) });
  }
}
