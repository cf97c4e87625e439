/** Data sets a run can train on. `csv` and `points` are the person's own; their rows travel beside the experiment, never inside it. */
export const DATASETS = [
  'moons',
  'circles',
  'spiral',
  'xor',
  'gauss',
  'plane',
  'regress-gauss',
  'digits',
  'iris',
  'wine',
  'breast-cancer',
  'diabetes',
  'csv',
  'points',
] as const;
export type DatasetName = (typeof DATASETS)[number];

/** Input features of two-dimensional data, as columns computed from x1 and x2. */
export const FEATURES = ['x1', 'x2', 'x1^2', 'x2^2', 'x1*x2', 'sin(x1)', 'sin(x2)'] as const;
export type FeatureName = (typeof FEATURES)[number];

export const ACTIVATIONS = ['relu', 'tanh', 'sigmoid', 'gelu', 'silu', 'leakyRelu', 'elu', 'linear'] as const;
export type ActivationName = (typeof ACTIVATIONS)[number];

export const INITIALIZERS = ['lecunNormal', 'heNormal', 'glorotNormal', 'glorotUniform', 'orthogonal', 'zeros'] as const;
export type InitializerName = (typeof INITIALIZERS)[number];

export const OPTIMIZERS = ['sgd', 'momentum', 'nesterov', 'adam', 'adamw', 'nadam', 'rmsprop', 'adagrad', 'lion', 'lamb'] as const;
export type OptimizerName = (typeof OPTIMIZERS)[number];

export const SCHEDULES = ['constant', 'cosine', 'warmupCosine', 'exponential', 'linear'] as const;
export type ScheduleName = (typeof SCHEDULES)[number];

/** Counter layout of JAX's threefry: today's default, or the one before jax 0.5. */
export type PrngLayout = 'partitionable' | 'original';

/** Everything that defines a run before its first step, as JSON. Same experiment, same adapter: same bits. */
export interface Experiment {
  readonly version: 1;
  readonly data: {
    readonly name: DatasetName;
    /** Points to generate (generated sets only). */
    readonly samples: number;
    /** Standard deviation of the noise (generated sets only), 0 to 1. */
    readonly noise: number;
    /** Share of rows to train on, 0.1 to 0.95; the rest is the test set. */
    readonly trainFraction: number;
    /** Seed of generation and split. */
    readonly seed: number;
    /** Standardise features by the training set's mean and deviation. */
    readonly standardize: boolean;
    /** Inputs of two-dimensional sets; ignored for others. */
    readonly features: readonly FeatureName[];
  };
  readonly model: {
    /** Hidden layers, input side first. */
    readonly hidden: readonly { readonly width: number; readonly activation: ActivationName }[];
    readonly useBias: boolean;
    /** Drop rate after each hidden activation, 0 to 0.9. */
    readonly dropout: number;
    readonly batchNorm: boolean;
    readonly initializer: InitializerName;
  };
  readonly optimizer: {
    readonly name: OptimizerName;
    readonly learningRate: number;
    readonly schedule: ScheduleName;
    /** Steps the schedule runs over. */
    readonly scheduleSteps: number;
    readonly weightDecay: number;
    /** Global gradient norm above which gradients are scaled down; 0 = off. */
    readonly clipNorm: number;
  };
  readonly training: {
    readonly batchSize: number;
    /** Seed of parameters, dropout and data order. */
    readonly seed: number;
    readonly prng: PrngLayout;
  };
}

/** The experiment of a first visit: two spiral arms, two hidden layers of eight, Adam. */
export const DEFAULT_EXPERIMENT: Experiment = {
  version: 1,
  data: { name: 'spiral', samples: 500, noise: 0.05, trainFraction: 0.7, seed: 42, standardize: false, features: ['x1', 'x2'] },
  model: {
    hidden: [
      { width: 8, activation: 'tanh' },
      { width: 8, activation: 'tanh' },
    ],
    useBias: true,
    dropout: 0,
    batchNorm: false,
    initializer: 'lecunNormal',
  },
  optimizer: { name: 'adam', learningRate: 0.01, schedule: 'constant', scheduleSteps: 2000, weightDecay: 0, clipNorm: 0 },
  training: { batchSize: 32, seed: 0, prng: 'partitionable' },
};
