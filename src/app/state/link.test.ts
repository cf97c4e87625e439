import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ACTIVATIONS, DATASETS, DEFAULT_EXPERIMENT, type Experiment, FEATURES, INITIALIZERS, OPTIMIZERS, SCHEDULES } from '#linnet/core';
import { RANGES } from './experimentFields';
import { LESSON_PARTS } from './lessonParts';
import { readHidden, readLink, writeLink } from './link';

const whole = ([min, max]: readonly [number, number]) => fc.integer({ min, max });
/** Without minus zero, which no control makes and text does not keep. */
const real = ([min, max]: readonly [number, number]) => fc.double({ min, max, noNaN: true }).map((value) => value + 0);

const experiments: fc.Arbitrary<Experiment> = fc.record({
  version: fc.constant(1 as const),
  data: fc.record({
    name: fc.constantFrom(...DATASETS),
    samples: whole(RANGES.samples),
    noise: real(RANGES.noise),
    trainFraction: real(RANGES.trainFraction),
    seed: whole(RANGES.seed),
    standardize: fc.boolean(),
    features: fc.subarray([...FEATURES], { minLength: 1 }),
  }),
  model: fc.record({
    hidden: fc.array(fc.record({ width: whole(RANGES.width), activation: fc.constantFrom(...ACTIVATIONS) }), {
      maxLength: RANGES.layers[1],
    }),
    useBias: fc.boolean(),
    dropout: real(RANGES.dropout),
    batchNorm: fc.boolean(),
    initializer: fc.constantFrom(...INITIALIZERS),
  }),
  optimizer: fc.record({
    name: fc.constantFrom(...OPTIMIZERS),
    learningRate: real(RANGES.learningRate),
    schedule: fc.constantFrom(...SCHEDULES),
    scheduleSteps: whole(RANGES.scheduleSteps),
    weightDecay: real(RANGES.weightDecay),
    clipNorm: real(RANGES.clipNorm),
  }),
  training: fc.record({
    batchSize: whole(RANGES.batchSize),
    seed: whole(RANGES.seed),
    prng: fc.constantFrom('partitionable' as const, 'original' as const),
  }),
});

describe('links', () => {
  test('1,000 random experiments come back the same from at most 2,000 characters', () => {
    fc.assert(
      fc.property(experiments, (experiment) => {
        const link = writeLink(experiment);
        expect(link.length).toBeLessThanOrEqual(2000);
        expect(readLink(`#${link}`)).toEqual({ experiment, problems: [] });
      }),
      { numRuns: 1000, seed: 20261123 },
    );
  });

  test('what a lesson hides comes back, beside any experiment, and is refused when it is not known', () => {
    const parts = LESSON_PARTS.map(([part]) => part);
    fc.assert(
      fc.property(experiments, fc.subarray(parts), (experiment, hidden) => {
        const link = writeLink(experiment, hidden);
        expect(link.length).toBeLessThanOrEqual(2000);
        expect(readLink(link)).toEqual({ experiment, problems: [] });
        expect(readHidden(`#${link}`)).toEqual(hidden);
      }),
      { numRuns: 200, seed: 20261123 },
    );
    expect(readLink('v=1&hide=data_dock').problems).toEqual([`hide: “dock” is none of ${parts.join(', ')}.`]);
    expect(readHidden('v=1&hide=data_dock')).toEqual([]);
  });

  test('the first visit is a bare version', () => {
    expect(writeLink(DEFAULT_EXPERIMENT)).toBe('v=1');
    expect(readLink('')).toEqual({ experiment: DEFAULT_EXPERIMENT, problems: [] });
  });

  test.each([
    ['v=2&noise=0.1', 'The link has version “2”; this page reads version 1.'],
    ['noise=0.1', 'The link has no version; this page reads version 1.'],
    ['v=1&nosie=0.1', '“nosie” is not a setting of this version.'],
    ['v=1&__proto__=1', '“__proto__” is not a setting of this version.'],
    ['v=1&noise=0.1&noise=0.2', '“noise” is given twice.'],
    ['v=1&noise=much', 'noise: “much” is not a number.'],
    ['v=1&noise=0x1', 'noise: “0x1” is not a number.'],
    ['v=1&noise=7', 'noise: 7 is outside 0 to 1.'],
    ['v=1&seed=1.5', 'seed: 1.5 is not a whole number.'],
    ['v=1&hidden=8', 'hidden: “8” is not a layer like 8tanh.'],
    ['v=1&hidden=8cosh', `hidden: “cosh” is none of ${ACTIVATIONS.join(', ')}.`],
    ['v=1&features=', 'features: at least 1 is needed.'],
    ['v=1&bias=yes', 'bias: “yes” is neither 0 nor 1.'],
    ['v=1&%E0%A4%A=1', '“%E0%A4%A” is not a setting of this version.'],
    [`v=1&${'x'.repeat(2000)}`, 'The link is 2004 characters long; 2000 is the most.'],
  ])('%s is refused in a sentence and the default stays', (link, problem) => {
    expect(readLink(link)).toEqual({ experiment: DEFAULT_EXPERIMENT, problems: [problem] });
  });

  test('every problem is listed', () => {
    expect(readLink('v=1&a=1&noise=x').problems).toHaveLength(2);
  });
});
