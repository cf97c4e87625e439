export * from './preservationPolicies';
export * from './saveDecisionPolicies';
