/** What a policy knows of one step. */
export interface CheckpointInfo {
  readonly step: number;
  /** When it was committed, in milliseconds since 1970. */
  readonly timeMs: number;
  /** What was saved as `metrics`; null when nothing was. */
  readonly metrics: Metrics | null;
}

/** Metrics of a step by name, as JSON holds them. */
export type Metrics = Readonly<Record<string, any>>;
