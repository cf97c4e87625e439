import { create } from 'zustand';
import type { FolderInfo, FolderStep } from '#linnet/core';
import { inspect } from '../state/inspection';
import { say } from '../state/messages';
import { refreshLists, sandbox } from '../state/sandbox';
import { useSession } from '../state/session';
import { store, stored } from '../state/view';
import { bytesText } from '../ui/numbers';

interface FolderStore {
  readonly list: readonly FolderInfo[];
  /** By name of the folder, where it may be read. */
  readonly steps: Readonly<Record<string, readonly FolderStep[]>>;
  /** The folder that gets a copy of what is saved by hand; null for none. */
  readonly copyInto: string | null;
  refresh(): Promise<void>;
}

/** Folders that the person picked, here or in an earlier visit. */
export const useFolders = create<FolderStore>((set) => ({
  list: [],
  steps: {},
  copyInto: stored('copy-into'),
  refresh: async () => {
    const list = await sandbox().folders();
    const readable = list.filter(({ permission }) => permission === 'granted');
    const steps = await Promise.all(readable.map(async ({ name }) => [name, await sandbox().folderSteps(name)] as const));
    set({ list, steps: Object.fromEntries(steps) });
  },
}));

const refresh = (): Promise<void> => useFolders.getState().refresh();

/** Parts of File System Access that only some browsers have. */
interface Picking {
  showDirectoryPicker(options: { id: string; mode: 'readwrite' }): Promise<FileSystemDirectoryHandle>;
}
interface Askable {
  requestPermission?(access: { mode: 'readwrite' }): Promise<FolderInfo['permission']>;
}

/** Lets the person pick a folder, and keeps it for later visits. */
export async function chooseFolder(): Promise<void> {
  try {
    const handle = await (globalThis as unknown as Picking).showDirectoryPicker({ id: 'linnet', mode: 'readwrite' });
    await sandbox().keepFolder(handle);
    await refresh();
  } catch (error) {
    // Closing the chooser is an answer too.
    if (!(error instanceof DOMException && error.name === 'AbortError')) throw error;
  }
}

/** Asks for a folder of an earlier visit again. */
export async function allowFolder({ name, handle }: FolderInfo): Promise<void> {
  const answer = await (handle as unknown as Askable).requestPermission?.({ mode: 'readwrite' });
  if (answer === 'denied') say({ tone: 'caution', title: `${name} is not used`, happened: 'The browser was told not to allow it.' });
  await refresh();
}

/** Forgets a folder; what is in it stays. */
export async function forgetFolder(name: string): Promise<void> {
  if (useFolders.getState().copyInto === name) copySaves(null);
  await sandbox().forgetFolder(name);
  await refresh();
}

/** Writes what is saved by hand into this folder too, from now on. */
export function copySaves(name: string | null): void {
  store('copy-into', name ?? '');
  useFolders.setState({ copyInto: name });
}

/** Writes a step of the present run into a folder. */
export async function writeTo(name: string, step: number): Promise<void> {
  const run = useSession.getState().session.run!.id;
  const { path, byteLength } = await sandbox().writeToFolder(name, run, step);
  say({
    tone: 'good',
    title: `${path} is in ${name}`,
    happened: `${bytesText(byteLength)}, every file read back and checked. Orbax restores it.`,
  });
  await Promise.all([refresh(), refreshLists()]);
}

/** The copy of what was just saved by hand, where one is wanted. */
export async function copySaved(step: number): Promise<void> {
  const { copyInto } = useFolders.getState();
  if (copyInto !== null && copyInto !== '') await writeTo(copyInto, step);
}

/** Looks into a step of a folder; loading it there restores the whole run. */
export const openFromFolder = async (name: string, path: string): Promise<void> => inspect(await sandbox().folderFiles(name, path));
