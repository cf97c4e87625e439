import type { FeatureName } from '#linnet/core';

/** Inputs of the model computed from the two coordinates of a point. */
export const FEATURE_FUNCTIONS: Readonly<Record<FeatureName, (x1: number, x2: number) => number>> = {
  x1: (x1) => x1,
  x2: (_, x2) => x2,
  'x1^2': (x1) => x1 * x1,
  'x2^2': (_, x2) => x2 * x2,
  'x1*x2': (x1, x2) => x1 * x2,
  'sin(x1)': (x1) => Math.sin(x1),
  'sin(x2)': (_, x2) => Math.sin(x2),
};

/** Row-major `[points, features]` of row-major `[points, 2]` coordinates. */
export function featureRows(points: Float32Array, features: readonly FeatureName[]): Float32Array {
  const count = points.length / 2;
  const out = new Float32Array(count * features.length);
  for (let i = 0; i < count; i++) {
    features.forEach((name, column) => {
      out[i * features.length + column] = FEATURE_FUNCTIONS[name](points[2 * i]!, points[2 * i + 1]!);
    });
  }
  return out;
}
