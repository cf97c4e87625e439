import { create } from 'zustand';
import { type ByteCheck, type InspectReport, isLinnetError, type Path } from '#linnet/core';
import { Inspector, type InspectStage, type Upload } from '#linnet/worker';
import { leafKey } from '../inspect/leafTree';
import { dismiss, sayError } from './messages';
import { goTo } from './view';

export interface InspectionStore {
  readonly report: InspectReport | null;
  /** The files of the report, for restoring a whole run from them. */
  readonly upload: Upload | null;
  /** The upload being read and what is being done, or null. */
  readonly reading: { readonly name: string; readonly stage: InspectStage } | null;
  /** What the check of the bytes found; null while it runs, a sentence when it could not be ended. */
  readonly check: ByteCheck | string | null;
  /** Item of the report that is shown. */
  readonly item: string | null;
  /** Path of the selected leaf, as `leafKey` writes it. */
  readonly selected: string | null;
}

const NOTHING: InspectionStore = { report: null, upload: null, reading: null, check: null, item: null, selected: null };

/** The upload that is looked into. One at a time; opening another closes it. */
export const useInspection = create<InspectionStore>(() => NOTHING);

let current: Inspector | null = null;
let spawnedBy = 0;
/** The message about the last upload that could not be read. */
let failed = 0;

/** The inspector of the upload that is shown; null when it was ended meanwhile. */
export const inspector = (): Inspector | null => current;

/** Closes the upload that is looked into, and ends its worker. */
export function closeInspection(): void {
  current?.close();
  current = null;
  useInspection.setState(NOTHING);
}

/** Reads an upload's structure in a worker of its own and shows it; then checks its bytes. */
export async function inspect(upload: Upload): Promise<void> {
  goTo('inspect');
  closeInspection();
  // What could not be read before is no news any more.
  dismiss(failed);
  const turn = ++spawnedBy;
  const isCurrent = () => turn === spawnedBy;
  const staged = (stage: InspectStage) => {
    if (isCurrent() && useInspection.getState().reading !== null) useInspection.setState({ reading: { name: upload.name, stage } });
  };
  useInspection.setState({ reading: { name: upload.name, stage: 'finding out what it is' } });
  try {
    const opened = await Inspector.open(upload, staged);
    if (!isCurrent()) return opened.inspector.close();
    current = opened.inspector;
    const { items } = opened.report;
    const item = items.find(({ name }) => name === 'model') ?? items[0];
    useInspection.setState({ report: opened.report, upload, item: item?.name ?? null, reading: null });
    await checkBytes(opened.inspector);
  } catch (error) {
    if (isCurrent()) {
      useInspection.setState({ reading: null });
      failed = sayError(error);
    }
  }
}

async function checkBytes(of: Inspector): Promise<void> {
  try {
    const check = await of.check();
    if (current === of) useInspection.setState({ check });
  } catch (error) {
    if (isLinnetError(error, 'AbortedError')) return;
    if (current === of) useInspection.setState({ check: error instanceof Error ? error.message : String(error) });
  }
}

/** Shows another item of the upload. */
export const chooseItem = (item: string): void => useInspection.setState({ item, selected: null });

/** Selects a leaf. */
export const selectLeaf = (path: Path): void => useInspection.setState({ selected: leafKey(path) });
