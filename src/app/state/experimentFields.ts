import { ACTIVATIONS, DATASETS, type Experiment, FEATURES, INITIALIZERS, OPTIMIZERS, SCHEDULES } from '#linnet/core';

/** Allowed ranges of the experiment's numbers, those the sandbox accepts: what controls offer and links may carry. */
export const RANGES = {
  samples: [20, 5000],
  noise: [0, 1],
  trainFraction: [0.1, 0.95],
  seed: [0, 4_294_967_295],
  layers: [0, 8],
  width: [1, 1024],
  dropout: [0, 0.9],
  learningRate: [0, 100],
  scheduleSteps: [1, 1e7],
  weightDecay: [0, 1],
  clipNorm: [0, 1e6],
  batchSize: [1, 4096],
} as const satisfies Record<string, readonly [number, number]>;

/** One property of the experiment as text in a link. `read` throws a plain sentence (a string) when the text will not do. */
export interface Field {
  readonly key: string;
  write(experiment: Experiment): string;
  read(text: string, experiment: Experiment): Experiment;
}

interface Codec<T> {
  write(value: T): string;
  read(text: string): T;
}

function oneOf<T extends string>(names: readonly T[]): Codec<T> {
  return {
    write: (value) => value,
    read: (text) => {
      const found = names.find((name) => name === text);
      if (found === undefined) throw `“${text}” is none of ${names.join(', ')}`;
      return found;
    },
  };
}

function number([low, high]: readonly [number, number], whole = false): Codec<number> {
  return {
    write: String,
    read: (text) => {
      const value = /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
      if (!Number.isFinite(value)) throw `“${text}” is not a number`;
      if (whole && !Number.isInteger(value)) throw `${text} is not a whole number`;
      if (value < low || value > high) throw `${text} is outside ${low} to ${high}`;
      return value;
    },
  };
}

const flag: Codec<boolean> = {
  write: (value) => (value ? '1' : '0'),
  read: (text) => {
    if (text !== '0' && text !== '1') throw `“${text}” is neither 0 nor 1`;
    return text === '1';
  },
};

function list<T>(item: Codec<T>, min: number, max: number): Codec<readonly T[]> {
  return {
    write: (values) => values.map(item.write).join('_'),
    read: (text) => {
      const parts = text === '' ? [] : text.split('_');
      if (parts.length < min) throw `at least ${min} is needed`;
      if (parts.length > max) throw `${parts.length} entries are more than ${max}`;
      return parts.map(item.read);
    },
  };
}

const width = number(RANGES.width, true);
const activation = oneOf(ACTIVATIONS);
type Layer = Experiment['model']['hidden'][number];
const layer: Codec<Layer> = {
  write: (value) => `${value.width}${value.activation}`,
  read: (text) => {
    const [, digits, name] = /^(\d+)(\w+)$/.exec(text) ?? [];
    if (digits === undefined || name === undefined) throw `“${text}” is not a layer like 8tanh`;
    return { width: width.read(digits), activation: activation.read(name) };
  },
};

type Section = 'data' | 'model' | 'optimizer' | 'training';

function field<S extends Section, K extends keyof Experiment[S]>(
  key: string,
  section: S,
  property: K,
  codec: Codec<Experiment[S][K]>,
): Field {
  return {
    key,
    write: (experiment) => codec.write(experiment[section][property]),
    read: (text, experiment) => ({ ...experiment, [section]: { ...experiment[section], [property]: codec.read(text) } }),
  };
}

/** Every property of an experiment, by the short key it has in a link. */
export const EXPERIMENT_FIELDS: readonly Field[] = [
  field('data', 'data', 'name', oneOf(DATASETS)),
  field('samples', 'data', 'samples', number(RANGES.samples, true)),
  field('noise', 'data', 'noise', number(RANGES.noise)),
  field('train', 'data', 'trainFraction', number(RANGES.trainFraction)),
  field('dataSeed', 'data', 'seed', number(RANGES.seed, true)),
  field('standardize', 'data', 'standardize', flag),
  field('features', 'data', 'features', list(oneOf(FEATURES), 1, FEATURES.length)),
  field('hidden', 'model', 'hidden', list(layer, 0, RANGES.layers[1])),
  field('bias', 'model', 'useBias', flag),
  field('dropout', 'model', 'dropout', number(RANGES.dropout)),
  field('batchNorm', 'model', 'batchNorm', flag),
  field('init', 'model', 'initializer', oneOf(INITIALIZERS)),
  field('optimizer', 'optimizer', 'name', oneOf(OPTIMIZERS)),
  field('rate', 'optimizer', 'learningRate', number(RANGES.learningRate)),
  field('schedule', 'optimizer', 'schedule', oneOf(SCHEDULES)),
  field('scheduleSteps', 'optimizer', 'scheduleSteps', number(RANGES.scheduleSteps, true)),
  field('decay', 'optimizer', 'weightDecay', number(RANGES.weightDecay)),
  field('clip', 'optimizer', 'clipNorm', number(RANGES.clipNorm)),
  field('batch', 'training', 'batchSize', number(RANGES.batchSize, true)),
  field('seed', 'training', 'seed', number(RANGES.seed, true)),
  field('prng', 'training', 'prng', oneOf(['partitionable', 'original'] as const)),
];
