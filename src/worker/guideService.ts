import type { GuideResult, GuideValues } from '#linnet/core';
import { Guide, startEngine } from '#linnet/sandbox';
import type { GuideApi, GuideSectionCode } from './guideProtocol';

/** The guide's end of the boundary. The device is asked for by the first run. */
export class GuideService implements GuideApi {
  readonly #guide = new Guide();
  #started: Promise<unknown> | undefined;

  async sections(): Promise<readonly GuideSectionCode[]> {
    return this.#guide.sections;
  }

  async run(index: number, values: GuideValues, done: (result: GuideResult) => void): Promise<void> {
    this.#started ??= startEngine('auto');
    await this.#started;
    await this.#guide.run(index, values, done);
  }
}
