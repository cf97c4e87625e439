import * as Comlink from 'comlink';
import {
  type ByteCheck,
  type ForeignArrays,
  type InspectReport,
  type LeafStatistics,
  LinnetError,
  type MatchReport,
  type ModelLeaves,
  type Path,
  type Repairs,
} from '#linnet/core';
import inspectUrl from './inspect.ts?worker&url';
import type { InspectApi, InspectStage } from './inspectProtocol';
import type { OwnData, Upload } from './protocol';
import { trustedScriptUrl } from './trustedUrl';
import { installWireErrors } from './wireErrors';

/** How often the page looks for a sign of life, ms. */
const LOOK_MS = 500;
/** Looks without one after which the inspector is ended: 10 s in one piece of work is a file made to hang. Looks, not clock time: a laptop that slept has missed none. */
const MISSED_LOOKS = 20;
/** Longest that one question may take, and what every megabyte of the upload adds, ms. */
const DEADLINE_MS = 30_000;
const DEADLINE_MS_PER_MB = 200;

/** A running inspector, or what stands in for one in tests. */
export interface InspectorHost {
  readonly endpoint: Comlink.Endpoint;
  terminate(): void;
}

function spawnInspector(): InspectorHost {
  const worker = new Worker(trustedScriptUrl(inspectUrl), { type: 'module', name: 'linnet-inspect' });
  return { endpoint: worker, terminate: () => worker.terminate() };
}

/**
 * One upload in a worker of its own, which has neither the runs nor the device: whatever a foreign file does to it, training and saved
 * checkpoints are not touched. It is ended when it hangs or takes too long, and when the upload is closed.
 */
export class Inspector {
  readonly #host: InspectorHost;
  readonly #remote: Comlink.Remote<InspectApi>;
  readonly #name: string;
  readonly #deadlineMs: number;
  readonly #death: Promise<never>;
  readonly #watch: ReturnType<typeof setInterval>;
  #die: (reason: LinnetError) => void = () => {};
  #missed = 0;
  #stage: InspectStage = 'finding out what it is';

  private constructor(upload: Upload, spawn: () => InspectorHost) {
    installWireErrors();
    this.#name = upload.name;
    const megabytes = upload.files.reduce((sum, { blob }) => sum + blob.size, 0) / 1e6;
    this.#deadlineMs = DEADLINE_MS + megabytes * DEADLINE_MS_PER_MB;
    this.#host = spawn();
    this.#remote = Comlink.wrap<InspectApi>(this.#host.endpoint);
    this.#death = new Promise<never>((_, reject) => {
      this.#die = (reason) => {
        clearInterval(this.#watch);
        this.#host.terminate();
        reject(reason);
      };
    });
    this.#death.catch(() => {});
    this.#watch = setInterval(() => this.#look(), LOOK_MS);
  }

  /** Starts an inspector on `upload` and reads its structure. `staged` hears what it is doing. */
  static async open(
    upload: Upload,
    staged: (stage: InspectStage) => void,
    spawn: () => InspectorHost = spawnInspector,
  ): Promise<{ readonly inspector: Inspector; readonly report: InspectReport }> {
    const inspector = new Inspector(upload, spawn);
    const alive = Comlink.proxy((stage: InspectStage) => {
      inspector.#missed = 0;
      inspector.#stage = stage;
      staged(stage);
    });
    try {
      return { inspector, report: await inspector.#ask(() => inspector.#remote.open(upload, alive)) };
    } catch (error) {
      inspector.close();
      throw error;
    }
  }

  /** Checks every byte that can be checked. */
  check = (): Promise<ByteCheck> => this.#ask(() => this.#remote.check());
  /** Numbers, histogram and heat map of one array. */
  leafStatistics = (item: string, path: Path): Promise<LeafStatistics> => this.#ask(() => this.#remote.leafStatistics(item, path));
  /** The rows of an upload that is a data set; null when it is anything else. */
  labelledRows = (): Promise<OwnData | null> => this.#ask(() => this.#remote.labelledRows());
  /** How an item (null: the one that fits best) meets the model. */
  match = (item: string | null, leaves: ModelLeaves, repairs: Repairs): Promise<MatchReport & { readonly item: string }> =>
    this.#ask(() => this.#remote.match(item, leaves, repairs));
  /** What the model takes of an item. */
  arrays = (item: string, leaves: ModelLeaves, repairs: Repairs): Promise<ForeignArrays> =>
    this.#ask(() => this.#remote.arrays(item, leaves, repairs));

  /** Ends the worker. Questions still open reject with AbortedError. */
  close(): void {
    this.#die(new LinnetError('AbortedError', `"${this.#name}" was closed. Drop the file again to look into it.`));
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.#end(`took longer than ${Math.round(this.#deadlineMs / 1000)} s`), this.#deadlineMs);
    try {
      return await Promise.race([question(), this.#death]);
    } finally {
      clearTimeout(timer);
    }
  }

  #look(): void {
    this.#missed += 1;
    if (this.#missed > MISSED_LOOKS) this.#end(`gave no sign of life for ${(MISSED_LOOKS * LOOK_MS) / 1000} s`);
  }

  #end(why: string): void {
    this.#die(
      new LinnetError(
        'LimitExceededError',
        `Reading "${this.#name}" ${why} (${this.#stage}), so the worker that read it was ended. It may be damaged, or made to stop its readers.`,
      ),
    );
  }
}
