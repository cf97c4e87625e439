import { create } from 'zustand';
import { trustedScriptUrl } from '#linnet/worker';
import { say } from './messages';

export interface OfflineStore {
  /** `ready`: the service worker keeps every file of the page, which therefore opens without a network. */
  readonly status: 'none' | 'preparing' | 'ready';
  /** A newer version that is kept already and waits; nothing but the person brings it in. */
  readonly waiting: ServiceWorker | null;
}

export const useOffline = create<OfflineStore>(() => ({ status: 'none', waiting: null }));

function announce(waiting: ServiceWorker): void {
  if (useOffline.getState().waiting === waiting) return;
  useOffline.setState({ waiting });
  say({
    tone: 'calm',
    title: 'A new version is ready',
    happened: 'It waits: nothing is reloaded and training is not interrupted.',
    todo: 'Bring it in from the status line when it suits you. What is not saved is saved first.',
  });
}

function follow(registration: ServiceWorkerRegistration): void {
  const installing = registration.installing;
  if (installing === null) return;
  if (registration.active === null) useOffline.setState({ status: 'preparing' });
  installing.addEventListener('statechange', () => {
    if (installing.state === 'activated') useOffline.setState({ status: 'ready' });
    if (installing.state === 'installed' && registration.active !== null && navigator.serviceWorker.controller !== null)
      announce(installing);
  });
}

/** Registers the service worker of the built site. Where there is none (development, no support) the page simply needs its server. */
export async function prepareOffline(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  try {
    const registration = await navigator.serviceWorker.register(trustedScriptUrl('./sw.js'), { scope: './' });
    if (registration.active !== null) useOffline.setState({ status: 'ready' });
    if (registration.waiting !== null && navigator.serviceWorker.controller !== null) announce(registration.waiting);
    follow(registration);
    registration.addEventListener('updatefound', () => follow(registration));
  } catch {
    useOffline.setState({ status: 'none' });
  }
}

/** Tabs of this site tell one another that they are there. */
const tabs = new BroadcastChannel('linnet-tabs');
tabs.addEventListener('message', ({ data }) => {
  if (data === 'who is there?') tabs.postMessage('here');
});
/** Time that other tabs have to answer, ms. */
const ANSWER_MS = 400;

function otherTabs(): Promise<boolean> {
  return new Promise((resolve) => {
    const listener = ({ data }: MessageEvent) => data === 'here' && resolve(true);
    tabs.addEventListener('message', listener);
    tabs.postMessage('who is there?');
    setTimeout(() => {
      tabs.removeEventListener('message', listener);
      resolve(false);
    }, ANSWER_MS);
  });
}

/**
 * Brings the waiting version in: the page is reloaded once, after `settle` has saved what is not saved. Refused while other tabs are
 * open, since they would lose the files of the version they run.
 */
export async function update(settle: () => Promise<void>): Promise<void> {
  const { waiting } = useOffline.getState();
  if (waiting === null) return;
  if (await otherTabs()) {
    say({
      tone: 'caution',
      title: 'Linnet is open in another tab',
      happened: 'The new version can only come in when this is the only tab.',
      safe: 'Both tabs go on as they are.',
      todo: 'Close the other tabs, then update here.',
    });
    return;
  }
  await settle();
  navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
  waiting.postMessage({ type: 'SKIP_WAITING' });
}
