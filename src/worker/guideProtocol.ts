import type { GuideResult, GuideValues } from '#linnet/core';

/** Name under which the sandbox's script runs the guide instead. */
export const GUIDE_NAME = 'linnet-guide';

/** One section of the guide: its name, and the code that runs. */
export interface GuideSectionCode {
  readonly id: string;
  readonly code: string;
}

/** The guide in a worker of its own: what its sections do, and the flags they set, never meets the run that is trained. */
export interface GuideApi {
  /** The sections in order. */
  sections(): Promise<readonly GuideSectionCode[]>;
  /** Runs section `index`, and before it those that have not run with these values. `done` hears of each. */
  run(index: number, values: GuideValues, done: (result: GuideResult) => void): Promise<void>;
}
