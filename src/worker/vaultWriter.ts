import * as Comlink from 'comlink';
import { LinnetError, toLinnetError } from '#linnet/core';
import { buffersOf, type OnWritten, type StepContent, type StepToWrite, type StepWriter } from '#linnet/sandbox';
import { trustedScriptUrl } from './trustedUrl';
import vaultUrl from './vault.ts?worker&url';

/** A disk slower than this is as good as broken; the library has shorter limits of its own for each call. */
const SLOWEST_BYTES_PER_MS = 1000;
/** Time for everything but moving bytes, ms: longer than the library waits for another tab. */
const LIMIT_MS = 120_000;

/** The thread and the way to talk to it, kept together: Comlink ends the other side when a remote is collected. */
interface Vault {
  readonly worker: Worker;
  readonly remote: Comlink.Remote<StepWriter>;
}

/** Where a save is written: a thread of its own, made at the first save, and made anew when it ends or falls silent. */
export class VaultWriter implements StepWriter {
  #vault: Vault | null = null;

  async write(step: StepToWrite, onWritten: OnWritten): Promise<Awaited<ReturnType<StepWriter['write']>>> {
    const { worker, remote } = this.#alive();
    const buffers = buffersOf(step.content);
    const limitMs = LIMIT_MS + buffers.reduce((sum, { byteLength }) => sum + byteLength, 0) / SLOWEST_BYTES_PER_MS;
    const { death, stop } = deathOf(worker, limitMs);
    try {
      const content: StepContent = Comlink.transfer(step.content, buffers);
      return await Promise.race([remote.write(Comlink.transfer({ ...step, content }, buffers), Comlink.proxy(onWritten)), death]);
    } catch (cause) {
      if (cause instanceof DeadWorker) {
        worker.terminate();
        this.#vault = null;
        throw new LinnetError('StorageError', `The thread that saves ${cause.message}. Nothing half-written stays; try again.`);
      }
      throw toLinnetError(cause, 'StorageError');
    } finally {
      stop();
    }
  }

  #alive(): Vault {
    if (this.#vault !== null) return this.#vault;
    const worker = new Worker(trustedScriptUrl(vaultUrl), { type: 'module', name: 'linnet-vault' });
    this.#vault = { worker, remote: Comlink.wrap<StepWriter>(worker) };
    return this.#vault;
  }
}

/** Why the thread is given up. */
class DeadWorker extends Error {}

/** Rejects when the worker's script fails, or after `limitMs`. */
function deathOf(worker: Worker, limitMs: number): { readonly death: Promise<never>; stop(): void } {
  let stop = (): void => {};
  const death = new Promise<never>((_, reject) => {
    const failed = ({ message }: ErrorEvent): void => reject(new DeadWorker(`failed: ${message || 'its script could not be loaded'}`));
    const timer = setTimeout(() => reject(new DeadWorker(`gave no answer for ${Math.round(limitMs / 1000)} seconds`)), limitMs);
    worker.addEventListener('error', failed);
    stop = () => {
      clearTimeout(timer);
      worker.removeEventListener('error', failed);
    };
  });
  death.catch(() => {});
  return { death, stop };
}
