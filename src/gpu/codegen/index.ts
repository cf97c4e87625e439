export * from './errorFunction';
export * from './exponential';
export * from './floatBits';
export * from './hyperbolic';
export * from './integers';
export * from './trigonometric';
export * from './wgslFunction';
