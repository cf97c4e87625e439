import { type EngineInfo, isLinnetError, LinnetError } from '#linnet/core';
import { ADAPTER_PAUSE_MS, DeviceWatch, type Replace } from './deviceWatch';
import { replayed } from './openings';
import type { OpenRun } from './openRun';
import { noDeviceProblem, trainingProblem } from './problems';
import type { RunLibrary } from './runLibrary';
import type { Turns } from './turns';

/** What going on after a lost device needs. */
export interface RecoveryParts {
  readonly engine: EngineInfo;
  readonly open: OpenRun;
  readonly library: RunLibrary;
  readonly turns: Turns;
  /** Finds another device; null ends the run with its device. */
  readonly restartEngine: Replace | null;
  /** Another device, or none, took the place of one that was lost. */
  replaced(engine: EngineInfo): void;
  /** Trains on. */
  play(): Promise<void>;
}

/** Goes on after the loss of a device: on another one, or on the CPU. */
export class Recovery {
  readonly #parts: RecoveryParts;
  readonly #devices: DeviceWatch;
  #engine: EngineInfo;
  /** Whether training is to go on when there is a device again. */
  #wasTraining = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: RecoveryParts) {
    this.#parts = parts;
    this.#engine = parts.engine;
    this.#devices = new DeviceWatch(parts.restartEngine, (error, mayReplace) => void this.#lost(error, mayReplace));
  }

  /** What is computed with now. */
  get engine(): EngineInfo {
    return this.#engine;
  }

  /** Replaces a lost device, and trains the run again up to where it was. A second loss soon after the first is for the person to decide. */
  async #lost(error: LinnetError, mayReplace: boolean): Promise<void> {
    const { open } = this.#parts;
    this.#wasTraining = open.status === 'training';
    open.lost();
    open.stopped(trainingProblem(error));
    if (!this.#devices.canReplace) return;
    if (mayReplace) await this.recover('auto').catch(() => {});
    else this.#wait(error);
  }

  /** No device for now: says so, and tries again when the browser may give one. */
  #wait(error: LinnetError): void {
    const { open } = this.#parts;
    clearTimeout(this.#retry);
    const problem = noDeviceProblem(error, Date.now() + ADAPTER_PAUSE_MS);
    open.stopped(problem);
    const again = (): void => {
      if (open.state().problem === problem) void this.recover('auto').catch(() => {});
    };
    this.#retry = setTimeout(again, ADAPTER_PAUSE_MS);
  }

  /**
   * Goes on after a lost device on another one, or on the CPU: the run is trained again from its last checkpoint up to where it was.
   * A DeviceUnavailableError when there is no device; then it is tried again by itself after two minutes.
   */
  async recover(backend: 'auto' | 'cpu'): Promise<void> {
    clearTimeout(this.#retry);
    try {
      await this.#parts.turns.take(() => this.#replace(backend));
      if (this.#wasTraining) await this.#parts.play();
    } catch (failure) {
      if (isLinnetError(failure, 'DeviceUnavailableError')) this.#wait(failure);
      else this.#parts.open.stopped(trainingProblem(failure));
      throw failure;
    }
  }

  async #replace(backend: 'auto' | 'cpu'): Promise<void> {
    const { open, library } = this.#parts;
    const former = open.present;
    // Somebody may have pressed Play between the loss and this.
    this.#wasTraining ||= open.status === 'training';
    await former?.loop.pause().catch(() => {});
    const engine = await this.#devices.replace(backend);
    if (backend === 'auto' && engine.fallbackReason !== null) throw new LinnetError('DeviceUnavailableError', engine.fallbackReason);
    this.#engine = engine;
    this.#parts.replaced(engine);
    if (former !== null) await open.open(await replayed(library, former, open.loopListener()));
    else open.ready();
  }
}
