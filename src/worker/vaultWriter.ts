import * as Comlink from 'comlink';
import { LinnetError, toLinnetError } from '#linnet/core';
import { buffersOf, type OnWritten, type StepContent, type StepToWrite, type StepWriter } from '#linnet/sandbox';
import { trustedScriptUrl } from './trustedUrl';
import vaultUrl from './vault.ts?worker&url';

/** A disk slower than this is as good as broken; the library has shorter limits of its own for each call. */
const SLOWEST_BYTES_PER_MS = 1000;
/** Time for everything but moving bytes, ms: longer than the library waits for another tab. */
const LIMIT_MS = 120_000;

/** Where a save is written: a thread of its own, made at the first save, and made anew when it ends or falls silent. */
export class VaultWriter implements StepWriter {
  #worker: Worker | null = null;

  async write(step: StepToWrite, onWritten: OnWritten): Promise<Awaited<ReturnType<StepWriter['write']>>> {
    const worker = this.#alive();
    const remote = Comlink.wrap<StepWriter>(worker);
    const buffers = buffersOf(step.content);
    const limitMs = LIMIT_MS + buffers.reduce((sum, { byteLength }) => sum + byteLength, 0) / SLOWEST_BYTES_PER_MS;
    const { death, stop } = deathOf(worker, limitMs);
    try {
      const content: StepContent = Comlink.transfer(step.content, buffers);
      return await Promise.race([remote.write(Comlink.transfer({ ...step, content }, buffers), Comlink.proxy(onWritten)), death]);
    } catch (cause) {
      if (cause instanceof DeadWorker) {
        worker.terminate();
        this.#worker = null;
        throw new LinnetError('StorageError', `The thread that saves ${cause.message}. Nothing half-written stays; try again.`);
      }
      throw toLinnetError(cause, 'StorageError');
    } finally {
      stop();
    }
  }

  #alive(): Worker {
    this.#worker ??= new Worker(trustedScriptUrl(vaultUrl), { type: 'module', name: 'linnet-vault' });
    return this.#worker;
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
