import { Inspector, type OwnData, type Upload } from '#linnet/worker';
import { readCsvFile } from '../data/csvTable';
import { trainOnOwnData } from '../state/experiment';
import { inspect } from '../state/inspection';
import { say, sayError } from '../state/messages';
import { goTo } from '../state/view';
import { countText } from '../ui/numbers';

type Named = { readonly path: string; readonly blob: File };

const isTable = (name: string): boolean => /\.(csv|tsv|txt)$/i.test(name);

/** Trains on rows that were read, and says what they are. */
function train(rows: OwnData, skipped = 0): void {
  trainOnOwnData('csv', rows);
  goTo('train');
  const kind = rows.task === 'regression' ? 'a quantity to predict' : `${rows.classNames.length} classes`;
  const count = countText(rows.values.length / rows.columns.length, 'row');
  const left = skipped > 0 ? ` ${countText(skipped, 'row')} left out.` : '';
  say({ tone: 'good', title: rows.name, happened: `${count}, ${countText(rows.columns.length - 1, 'column')}, ${kind}.${left}` });
}

/** Trains on a table; a row that cannot be read is named, with the choice to leave such rows out. */
export async function openTable(file: Blob, name: string, skipBadRows = false): Promise<void> {
  try {
    const table = await readCsvFile(file, name, { skipBadRows });
    train(table, table.skipped);
  } catch (error) {
    const retry = { label: 'Leave such rows out', run: () => void openTable(file, name, true) };
    sayError(error, skipBadRows ? [] : [retry]);
  }
}

/** Rows with labels that a file holds; null when it holds anything else. Foreign: it is read in a worker of its own. */
async function rowsOf({ path, blob }: Named): Promise<OwnData | null> {
  const { inspector } = await Inspector.open({ name: path, files: [{ path, blob }] }, () => {});
  try {
    return await inspector.labelledRows();
  } finally {
    inspector.close();
  }
}

/** A lone table, or rows with labels in an npz, are trained on; anything else is looked into. */
export async function openFiles(files: readonly Named[]): Promise<void> {
  const [only] = files;
  if (only === undefined) return;
  if (files.length === 1 && isTable(only.path)) return openTable(only.blob, only.path);
  if (files.length === 1 && /\.npz$/i.test(only.path)) {
    const rows = await rowsOf(only);
    if (rows !== null) return train(rows);
  }
  const upload: Upload = { name: only.path.split('/')[0]!, files: files.map(({ path, blob }) => ({ path, blob })) };
  await inspect(upload);
}

/** Files of an input or of the clipboard, with the folder's path where there is one. */
export const namedFiles = (list: Iterable<File>): Named[] =>
  [...list].map((blob) => ({ path: blob.webkitRelativePath || blob.name, blob }));

/** Opens the file or folder chooser and what is chosen there. */
export function pickUpload(kind: 'file' | 'folder' | 'table'): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = kind === 'file';
  if (kind === 'folder') input.webkitdirectory = true;
  if (kind === 'table') input.accept = '.csv,.tsv,.txt,.npz';
  input.addEventListener('change', () => void openFiles(namedFiles(input.files ?? [])).catch(sayError));
  input.click();
}

async function filesOf(entry: FileSystemEntry, found: Named[]): Promise<void> {
  const path = entry.fullPath.replace(/^\//, '');
  if (entry.isFile) {
    const blob = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push({ path, blob });
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) return;
    for (const child of batch) await filesOf(child, found);
  }
}

/** What was dropped, folders opened up. Reads the entries at once: they die with the event. */
export async function droppedFiles(transfer: DataTransfer): Promise<Named[]> {
  const items = [...transfer.items].filter(({ kind }) => kind === 'file');
  const dropped = items.map((item) => item.webkitGetAsEntry() ?? item.getAsFile());
  const found: Named[] = [];
  for (const one of dropped) {
    if (one instanceof File) found.push({ path: one.name, blob: one });
    else if (one !== null) await filesOf(one, found);
  }
  return found;
}
