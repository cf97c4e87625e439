import type { StorageInfo } from '#linnet/core';
import { say } from './messages';
import { useSession } from './session';
import { store, stored } from './view';

const DAY_MS = 24 * 60 * 60 * 1000;
/** How long checkpoints may be in this browser alone before the page says so. */
const REMINDER_MS = 7 * DAY_MS;

const storedMs = (key: string): number | null => {
  const text = stored(key);
  return text === null ? null : Number(text);
};

/** `storage` with the last backup of earlier visits, and that of this one kept for later ones. */
export function withLastBackup(storage: StorageInfo): StorageInfo {
  if (storage.lastBackupMs !== null) store('last-backup', String(storage.lastBackupMs));
  return { ...storage, lastBackupMs: storage.lastBackupMs ?? storedMs('last-backup') };
}

/** Asks the browser to keep the site's data when the first checkpoint is saved; `done` is told the answer. Once per browser. */
export function askAtFirstSave(done: () => void): void {
  const stop = useSession.subscribe(({ session }) => {
    if (session.save.type !== 'saved') return;
    stop();
    if (stored('first-save') !== null) return;
    store('first-save', String(Date.now()));
    if (!session.save.persistent) void navigator.storage?.persist?.().then(done, () => {});
  });
}

/** Says once a visit that checkpoints have been in this browser alone for long; `download` is the way to change that. */
export function remindOfBackup(download: () => void): void {
  const stop = useSession.subscribe(({ storage }) => {
    const since = storage?.lastBackupMs ?? storedMs('first-save');
    if (storage === null || storage.checkpoints === 0 || since === null || Date.now() - since < REMINDER_MS) return;
    stop();
    const days = Math.floor((Date.now() - since) / DAY_MS);
    say({
      tone: 'caution',
      title: storage.lastBackupMs === null ? 'Your checkpoints are in this browser only' : `Your last backup is ${days} days old`,
      happened: storage.persistent
        ? 'This browser keeps them until you clear the site’s data or lose the device.'
        : 'This browser may clear them by itself when space is short.',
      todo: 'Download what you want to keep.',
      actions: [{ label: 'Download the latest', run: download }],
    });
  });
}
