import { create } from 'zustand';
import { trustedScriptUrl } from '#linnet/worker';
import { say } from './messages';

/** `ready`: the service worker keeps every file of the page, which therefore opens without a network. */
export const useOffline = create<{ readonly status: 'none' | 'preparing' | 'ready' }>(() => ({ status: 'none' }));

function announceUpdate(): void {
  say({
    tone: 'calm',
    title: 'A new version is ready',
    happened: 'It waits until you close or reload. Training is not interrupted.',
  });
}

function follow(registration: ServiceWorkerRegistration): void {
  const installing = registration.installing;
  if (installing === null) return;
  if (registration.active === null) useOffline.setState({ status: 'preparing' });
  installing.addEventListener('statechange', () => {
    if (installing.state === 'activated') useOffline.setState({ status: 'ready' });
    if (installing.state === 'installed' && registration.active !== null && navigator.serviceWorker.controller !== null) announceUpdate();
  });
}

/** Registers the service worker of the built site. Where there is none (development, no support) the page simply needs its server. */
export async function prepareOffline(): Promise<void> {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  try {
    const registration = await navigator.serviceWorker.register(trustedScriptUrl('./sw.js'), { scope: './' });
    if (registration.active !== null) useOffline.setState({ status: 'ready' });
    follow(registration);
    registration.addEventListener('updatefound', () => follow(registration));
  } catch {
    useOffline.setState({ status: 'none' });
  }
}
