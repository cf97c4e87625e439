import { type GuideOutput, type GuideResult, type GuideValues, toLinnetError } from '#linnet/core';
import { guideOutput } from './outputs';
import type { Start } from './section';
import { GUIDE_SECTIONS } from './sections';

/** The guide as a notebook: sections run in order on what the ones before have made. */
export class Guide {
  /** What there is after each section that ran, under `#values`. */
  #scopes: object[] = [];
  #values = '';

  /** The sections: what is shown is what runs. */
  readonly sections: readonly { readonly id: string; readonly code: string }[] = GUIDE_SECTIONS.map(({ id, code }) => ({ id, code }));

  /**
   * Runs section `index`, and before it those that have not run with these values yet. `done` hears of each; after one that fails
   * nothing more runs.
   */
  async run(index: number, values: GuideValues, done: (result: GuideResult) => void): Promise<void> {
    const text = JSON.stringify(values);
    if (text !== this.#values) this.#scopes = [];
    this.#values = text;
    for (let at = Math.min(index, this.#scopes.length); at <= index; at++) {
      const result = await this.#runOne(at, values);
      done(result);
      if (result.error !== null) return;
    }
  }

  async #runOne(at: number, values: GuideValues): Promise<GuideResult> {
    const { id, run } = GUIDE_SECTIONS[at]!;
    const outputs: GuideOutput[] = [];
    const show = async (label: string, value: unknown) => {
      outputs.push(await guideOutput(label, value));
    };
    this.#scopes.length = at;
    const before = this.#scopes.at(-1) ?? {};
    const startedMs = performance.now();
    const warn = console.warn;
    console.warn = (...parts: unknown[]) => void outputs.push({ kind: 'warning', label: 'Warning', text: parts.map(String).join(' ') });
    let error: GuideResult['error'] = null;
    try {
      const made = await run({ ...before, ...values, show } as Start);
      this.#scopes.push({ ...before, ...(made as object | undefined) });
    } catch (cause) {
      const { kind, message } = toLinnetError(cause, 'InternalError');
      error = { kind, message };
    } finally {
      console.warn = warn;
    }
    return { id, outputs, elapsedMs: performance.now() - startedMs, error };
  }
}
