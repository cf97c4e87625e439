import { DEFAULT_EXPERIMENT, type Experiment } from '#linnet/core';

/** A known-good place to start, with what it shows. */
export interface Preset {
  readonly name: string;
  readonly sentence: string;
  /** The same in a few words, for a first visit. */
  readonly short: string;
  readonly experiment: Experiment;
}

type Changes = { readonly [S in 'data' | 'model' | 'optimizer' | 'training']?: Partial<Experiment[S]> };

function like(changes: Changes): Experiment {
  return {
    version: 1,
    data: { ...DEFAULT_EXPERIMENT.data, ...changes.data },
    model: { ...DEFAULT_EXPERIMENT.model, ...changes.model },
    optimizer: { ...DEFAULT_EXPERIMENT.optimizer, ...changes.optimizer },
    training: { ...DEFAULT_EXPERIMENT.training, ...changes.training },
  };
}

const layers = (width: number, count: number, activation: Experiment['model']['hidden'][number]['activation']) =>
  Array.from({ length: count }, () => ({ width, activation }));

export const PRESETS: readonly Preset[] = [
  {
    name: 'Spiral, solved',
    short: 'Fits in about 1,000 steps.',
    sentence: 'Sines of the inputs help: it fits in about 1,000 steps.',
    experiment: like({
      data: { features: ['x1', 'x2', 'sin(x1)', 'sin(x2)'] },
      optimizer: { name: 'adamw', learningRate: 0.02, schedule: 'cosine', weightDecay: 1e-4, clipNorm: 1 },
    }),
  },
  {
    name: 'Dead ReLU',
    short: 'Half the units never wake.',
    sentence: 'A rate this high switches units off for good. Watch their maps go blank.',
    experiment: like({
      data: { name: 'circles', noise: 0.05 },
      model: { hidden: layers(6, 2, 'relu') },
      optimizer: { name: 'sgd', learningRate: 1.5 },
    }),
  },
  {
    name: 'Diverging',
    short: 'Too high a rate. It stops itself.',
    sentence: 'Too high a rate without clipping. Training stops itself and names the cause.',
    experiment: like({
      data: { name: 'regress-gauss' },
      model: { hidden: layers(8, 2, 'relu') },
      optimizer: { name: 'sgd', learningRate: 30 },
    }),
  },
  {
    name: 'Digits',
    short: 'Draw one, and it reads it.',
    sentence: 'Reads handwriting in seconds. Draw one and see what it says.',
    experiment: like({
      data: { name: 'digits', trainFraction: 0.8 },
      model: {
        hidden: [
          { width: 32, activation: 'relu' },
          { width: 16, activation: 'relu' },
        ],
        dropout: 0.1,
      },
      optimizer: { learningRate: 0.003 },
      training: { batchSize: 64 },
    }),
  },
  {
    name: 'A straight line is enough',
    short: 'No hidden layer.',
    sentence: 'Two clouds need no hidden layer at all.',
    experiment: like({ data: { name: 'gauss', noise: 0.1 }, model: { hidden: [] }, optimizer: { learningRate: 0.05 } }),
  },
  {
    name: 'Squares make circles easy',
    short: 'Three units draw the ring.',
    sentence: 'With x₁² and x₂² as inputs, three units draw the ring.',
    experiment: like({
      data: { name: 'circles', features: ['x1^2', 'x2^2'] },
      model: { hidden: layers(3, 1, 'tanh') },
      optimizer: { learningRate: 0.03 },
    }),
  },
];
