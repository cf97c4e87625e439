export type { CheckpointInfo, Metrics } from './checkpointInfo';
export * from './preservationPolicies';
export * from './saveDecisionPolicies';
