import { attempting } from './platformError';

/** What the browser says about this site's storage. Browsers pad and round these numbers: show them, never plan with them. */
export interface StorageState {
  readonly usageBytes: number | undefined;
  readonly quotaBytes: number | undefined;
  /** Whether the browser promised not to clear it under pressure; undefined where it does not say. */
  readonly persisted: boolean | undefined;
}

const manager = (): StorageManager | undefined => (typeof navigator === 'undefined' ? undefined : navigator.storage);

/** Bytes used and offered, and whether storage is persistent. */
export function storageState(): Promise<StorageState> {
  return attempting('Asking how much storage is used', async () => {
    const [estimate, persisted] = await Promise.all([manager()?.estimate?.(), manager()?.persisted?.()]);
    return { usageBytes: estimate?.usage, quotaBytes: estimate?.quota, persisted };
  });
}

/** Asks the browser to keep this site's data under pressure; returns whether it does. Some browsers ask the person. From a window only. */
export function requestPersistence(): Promise<boolean> {
  return attempting('Asking for persistent storage', async () => {
    const storage = manager() as Partial<StorageManager & { persist(): Promise<boolean> }> | undefined;
    return (await storage?.persisted?.()) || ((await storage?.persist?.()) ?? false);
  });
}
