import {
  ACTIVATIONS,
  DATASETS,
  DEFAULT_EXPERIMENT,
  type Experiment,
  FEATURES,
  INITIALIZERS,
  LinnetError,
  OPTIMIZERS,
  SCHEDULES,
} from '#linnet/core';

/** A check of one value: what was expected instead, or undefined when it is right. */
type Check = (value: unknown) => string | undefined;

/** Seeds are the integers that JAX takes without wrapping. */
const MAX_SEED = 2 ** 32 - 1;
const MAX_SAMPLES = 20_000;
const MAX_LAYERS = 8;
const MAX_WIDTH = 1024;

const within =
  (low: number, high: number): Check =>
  (value) =>
    typeof value === 'number' && value >= low && value <= high ? undefined : `a number from ${low} to ${high}`;

const integer =
  (low: number, high: number): Check =>
  (value) =>
    Number.isInteger(value) && within(low, high)(value) === undefined ? undefined : `an integer from ${low} to ${high}`;

const oneOf =
  (names: readonly string[]): Check =>
  (value) =>
    names.includes(value as string) ? undefined : `one of ${names.join(', ')}`;

const flag: Check = (value) => (typeof value === 'boolean' ? undefined : 'true or false');

const features: Check = (value) =>
  Array.isArray(value) && value.length > 0 && new Set(value).size === value.length && value.every((name) => FEATURES.includes(name))
    ? undefined
    : `a list without repetition of ${FEATURES.join(', ')}`;

const layer = { width: integer(1, MAX_WIDTH), activation: oneOf(ACTIVATIONS) };
const hidden: Check = (value) =>
  Array.isArray(value) && value.length <= MAX_LAYERS && value.every((entry) => problemsOf(entry, layer, '').length === 0)
    ? undefined
    : `at most ${MAX_LAYERS} layers of width 1 to ${MAX_WIDTH} with an activation of ${ACTIVATIONS.join(', ')}`;

const RULES: { readonly [Part in Exclude<keyof Experiment, 'version'>]: { readonly [Name in keyof Experiment[Part]]: Check } } = {
  data: {
    name: oneOf(DATASETS),
    samples: integer(10, MAX_SAMPLES),
    noise: within(0, 1),
    trainFraction: within(0.1, 0.95),
    seed: integer(0, MAX_SEED),
    standardize: flag,
    features,
  },
  model: { hidden, useBias: flag, dropout: within(0, 0.9), batchNorm: flag, initializer: oneOf(INITIALIZERS) },
  optimizer: {
    name: oneOf(OPTIMIZERS),
    learningRate: within(0, 100),
    schedule: oneOf(SCHEDULES),
    scheduleSteps: integer(1, 10_000_000),
    weightDecay: within(0, 1),
    clipNorm: within(0, 1e6),
  },
  training: { batchSize: integer(1, 4096), seed: integer(0, MAX_SEED), prng: oneOf(['partitionable', 'original']) },
};

function problemsOf(value: unknown, rules: Readonly<Record<string, Check>>, where: string): string[] {
  if (typeof value !== 'object' || value === null) return [`${where} is ${JSON.stringify(value)}, expected an object`];
  const entries = new Map(Object.entries(value));
  const wrong = Object.entries(rules).flatMap(([name, check]) => {
    const expected = check(entries.get(name));
    return expected === undefined ? [] : [`${where}${name} is ${JSON.stringify(entries.get(name))}, expected ${expected}`];
  });
  const unknown = [...entries.keys()].filter((name) => !Object.hasOwn(rules, name)).map((name) => `${where}${name} is not known`);
  return [...wrong, ...unknown];
}

/**
 * `value` as an experiment: every field is checked, all problems are named in one InvalidArgumentError. Experiments of another version
 * than this Linnet knows are an UnsupportedFormatError.
 */
export function parseExperiment(value: unknown): Experiment {
  const experiment = value as Experiment;
  if (experiment?.version !== DEFAULT_EXPERIMENT.version) {
    throw new LinnetError(
      'UnsupportedFormatError',
      `The experiment has version ${JSON.stringify(experiment?.version)}; this Linnet reads version ${DEFAULT_EXPERIMENT.version}.`,
    );
  }
  const parts = Object.keys(RULES) as (keyof typeof RULES)[];
  const problems = parts.flatMap((part) => problemsOf(experiment[part], RULES[part], `${part}.`));
  if (problems.length > 0) throw new LinnetError('InvalidArgumentError', `The experiment cannot be run: ${problems.join('; ')}.`);
  return experiment;
}
