import * as Comlink from 'comlink';
import { type EngineInfo, LinnetError } from '#linnet/core';
import workerUrl from './main.ts?worker&url';
import { PROTOCOL_VERSION, type SandboxApi, type SandboxEvents } from './protocol';
import { trustedScriptUrl } from './trustedUrl';
import { installWireErrors } from './wireErrors';

/** How often the page looks for a heartbeat, ms. */
const WATCH_INTERVAL_MS = 500;
/** Looks without a heartbeat (sent every second) after which the worker counts as dead: 3.5 s. Looks, not clock time: a laptop that slept has missed none. */
const MISSED_LOOKS = 7;
/** Deaths within `DEATH_WINDOW_MS` after which no new worker is tried. */
const MAX_DEATHS = 3;
const DEATH_WINDOW_MS = 60_000;

/** A running worker. */
interface WorkerHost {
  readonly endpoint: Comlink.Endpoint;
  terminate(): void;
  /** Called when the worker's script fails outside any call. Before its first heartbeat that is its death; later the heartbeat tells. */
  onFailure(listener: (message: string) => void): void;
}

function spawnWorker(): WorkerHost {
  const worker = new Worker(trustedScriptUrl(workerUrl), { type: 'module', name: 'linnet' });
  return {
    endpoint: worker,
    terminate: () => worker.terminate(),
    onFailure: (listener) => {
      worker.addEventListener('error', (event) => listener(event.message || 'its script could not be loaded'));
    },
  };
}

/** What the page does about the life of its worker. */
export interface ConnectionListeners extends Omit<SandboxEvents, 'heartbeat'> {
  /** A worker answered `start`. `generation` counts workers from 1: canvases handed to an earlier one are gone. */
  started(engine: EngineInfo, generation: number): void;
  /** The worker died; another is being started unless `final`. */
  died(reason: LinnetError, final: boolean): void;
}

interface Life {
  readonly host: WorkerHost;
  readonly remote: Comlink.Remote<SandboxApi>;
  readonly death: Promise<never>;
  readonly kill: (reason: LinnetError) => void;
}

/**
 * The page's end of the boundary: spawns the worker, watches its heartbeat, and spawns another when it dies. `api` always speaks to the
 * living worker; calls that a dead one never answered reject with AbortedError. Canvases among the arguments are handed over, not copied.
 */
export class SandboxConnection {
  /** The sandbox, whichever worker it lives in. */
  readonly api: SandboxApi;
  readonly #listeners: ConnectionListeners;
  readonly #deaths: number[] = [];
  #life: Life | null = null;
  #generation = 0;
  #missed = Number.NEGATIVE_INFINITY;
  #watch: ReturnType<typeof setInterval> | undefined;

  constructor(listeners: ConnectionListeners) {
    this.#listeners = listeners;
    this.api = new Proxy({} as SandboxApi, {
      get:
        (_, method: keyof SandboxApi) =>
        (...args: unknown[]) =>
          this.#call(method, args),
    });
  }

  /** Spawns a worker (ending the present one) and waits for its `start`. */
  async open(backend: 'auto' | 'cpu' = 'auto'): Promise<EngineInfo> {
    installWireErrors();
    this.close();
    const generation = ++this.#generation;
    const life = this.#begin();
    this.#life = life;
    const engine = await this.#call('start', [{ protocol: PROTOCOL_VERSION, backend }, Comlink.proxy(this.#events(generation))]);
    this.#listeners.started(engine as EngineInfo, generation);
    return engine as EngineInfo;
  }

  /** Ends the worker for good. */
  close(): void {
    clearInterval(this.#watch);
    this.#missed = Number.NEGATIVE_INFINITY;
    this.#life?.kill(new LinnetError('AbortedError', 'The sandbox was closed.'));
    this.#life = null;
  }

  #begin(): Life {
    const host = spawnWorker();
    let kill: (reason: LinnetError) => void = () => {};
    const death = new Promise<never>((_, reject) => {
      kill = (reason) => {
        host.terminate();
        reject(reason);
      };
    });
    death.catch(() => {});
    host.onFailure((message) => {
      if (this.#missed === Number.NEGATIVE_INFINITY) this.#die(`The worker failed: ${message}.`);
    });
    this.#watch = setInterval(() => this.#look(), WATCH_INTERVAL_MS);
    return { host, remote: Comlink.wrap<SandboxApi>(host.endpoint), death, kill };
  }

  #events(generation: number): SandboxEvents {
    const fresh =
      <T>(listener: (value: T) => void) =>
      (value: T) => {
        if (generation === this.#generation) listener(value);
      };
    return {
      state: fresh((state) => this.#listeners.state(state)),
      metrics: fresh((chunk) => this.#listeners.metrics(chunk)),
      checkpoints: fresh((list) => this.#listeners.checkpoints(list)),
      engine: fresh((engine) => this.#listeners.engine(engine)),
      heartbeat: () => {
        if (generation === this.#generation) this.#missed = 0;
      },
    };
  }

  #look(): void {
    this.#missed += 1;
    if (this.#missed > MISSED_LOOKS) this.#die('The worker stopped answering for 3.5 seconds.');
  }

  #die(message: string): void {
    if (this.#life === null) return;
    const reason = new LinnetError('AbortedError', `${message} What was committed before is safe.`);
    this.#life.kill(reason);
    this.#life = null;
    clearInterval(this.#watch);
    this.#missed = Number.NEGATIVE_INFINITY;
    const now = Date.now();
    this.#deaths.push(now);
    const recent = this.#deaths.filter((at) => now - at < DEATH_WINDOW_MS).length;
    const final = recent >= MAX_DEATHS;
    this.#listeners.died(reason, final);
    if (!final) this.open().catch((error: unknown) => this.#die(error instanceof Error ? error.message : String(error)));
  }

  async #call(method: keyof SandboxApi, args: unknown[]): Promise<unknown> {
    const life = this.#life;
    if (life === null) throw new LinnetError('AbortedError', `Cannot ${method}: no worker is running. Reload the page to start one.`);
    for (const arg of args) if (arg instanceof OffscreenCanvas) Comlink.transfer(arg, [arg]);
    const target = life.remote as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>;
    return Promise.race([target[method]!(...args), life.death]);
  }
}
