import * as Comlink from 'comlink';
import { type GuideResult, type GuideValues, LinnetError } from '#linnet/core';
import { GUIDE_NAME, type GuideApi, type GuideSectionCode } from './guideProtocol';
import workerUrl from './main.ts?worker&url';
import { trustedScriptUrl } from './trustedUrl';
import { installWireErrors } from './wireErrors';

/** The guide's worker: the sandbox's own script, started under another name. It can be ended at any time. */
export class GuideWorker {
  readonly #worker: Worker;
  readonly #remote: Comlink.Remote<GuideApi>;
  readonly #ended: Promise<never>;
  #end: (reason: LinnetError) => void = () => {};

  constructor() {
    installWireErrors();
    this.#worker = new Worker(trustedScriptUrl(workerUrl), { type: 'module', name: GUIDE_NAME });
    this.#remote = Comlink.wrap<GuideApi>(this.#worker);
    this.#ended = new Promise<never>((_, reject) => {
      this.#end = reject;
    });
    this.#ended.catch(() => {});
    this.#worker.addEventListener('error', ({ message }) =>
      this.#end(new LinnetError('InternalError', `The guide’s worker failed: ${message || 'its script could not be loaded'}.`)),
    );
  }

  /** The sections with the code that runs. */
  sections = (): Promise<readonly GuideSectionCode[]> => Promise.race([this.#remote.sections(), this.#ended]);

  /** Runs section `index` and what must run before it; `done` hears of each section. */
  run = (index: number, values: GuideValues, done: (result: GuideResult) => void): Promise<void> =>
    Promise.race([this.#remote.run(index, values, Comlink.proxy(done)), this.#ended]);

  /** Ends the worker: what runs is broken off with an AbortedError. */
  close(): void {
    this.#worker.terminate();
    this.#end(new LinnetError('AbortedError', 'The guide was stopped.'));
  }
}
