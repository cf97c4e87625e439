import { type Array as JaxArray, jnp } from '#linnet/tensor';
import { increment, zeroCount } from './arithmetic';
import type { LearningRate } from './learningRate';
import type { OptimizerFactory } from './optimizers';
import type { Schedule } from './schedules';
import { type GradientTransformation, type Numeric, OptaxState, pythonName } from './transformation';

/** Count of a schedule that runs beside the optimiser. */
export class WrappedScheduleState extends OptaxState {
  constructor(readonly count: JaxArray) {
    super();
  }
}

/** Hyperparameters as part of the state, so that they can be changed between steps and are saved with a run. */
export class InjectStatefulHyperparamsState extends OptaxState {
  constructor(
    readonly count: JaxArray,
    /** Float32 scalars by Optax's names. */
    readonly hyperparams: Readonly<Record<string, JaxArray>>,
    readonly hyperparamsStates: Readonly<Record<string, WrappedScheduleState>>,
    readonly innerState: unknown,
  ) {
    super();
  }
}

type Values = Record<string, Numeric>;

/**
 * Makes the numeric hyperparameters of an optimiser part of its state: `injectHyperparams(adam)(1e-3)`. Values in
 * `state.hyperparams` are what the next update uses; scheduled ones are recomputed at every update.
 */
export function injectHyperparams<O extends object>(inner: OptimizerFactory<O>) {
  return (learningRate: LearningRate, options: Partial<Record<keyof O, unknown>> = {}): GradientTransformation => {
    const given: Record<string, unknown> = { ...inner.numericDefaults, ...options, learningRate };
    const scheduled = Object.entries(given).filter(([, value]) => typeof value === 'function' && value !== given.mask) as [
      string,
      Schedule,
    ][];
    const numeric = Object.entries(given).filter(([, value]) => isNumeric(value)) as [string, Numeric][];
    const fixed = Object.fromEntries(
      Object.entries(given).filter(([name]) => ![...scheduled, ...numeric].some(([other]) => other === name)),
    );
    const build = (values: Values): GradientTransformation => {
      const { learningRate: rate, ...rest } = values;
      return inner(rate!, { ...fixed, ...rest } as O);
    };
    const names = [...numeric, ...scheduled].map(([name]) => name);
    const named = (hyperparams: Readonly<Record<string, JaxArray>>): Values =>
      Object.fromEntries(names.map((name) => [name, hyperparams[pythonName(name)]!]));
    const valuesAt = (states: Readonly<Record<string, WrappedScheduleState>>) =>
      Object.fromEntries(scheduled.map(([name, schedule]) => [pythonName(name), schedule(states[pythonName(name)]!.count)]));
    return {
      init(params) {
        const states = Object.fromEntries(scheduled.map(([name]) => [pythonName(name), new WrappedScheduleState(zeroCount())]));
        const constants = Object.fromEntries(numeric.map(([name, value]) => [pythonName(name), jnp.asarray(value).astype('float32')]));
        const hyperparams = { ...constants, ...valuesAt(states) };
        return new InjectStatefulHyperparamsState(zeroCount(), hyperparams, states, build(named(hyperparams)).init(params));
      },
      update(grads, state, params) {
        const old = state as InjectStatefulHyperparamsState;
        const hyperparams = { ...old.hyperparams, ...valuesAt(old.hyperparamsStates) };
        const [updates, innerState] = build(named(hyperparams)).update(grads, old.innerState, params);
        const states = Object.fromEntries(
          Object.entries(old.hyperparamsStates).map(([name, { count }]) => [name, new WrappedScheduleState(increment(count))]),
        );
        return [updates, new InjectStatefulHyperparamsState(increment(old.count), hyperparams, states, innerState)];
      },
    };
  };
}

const isNumeric = (value: unknown): value is Numeric =>
  typeof value === 'number' || (typeof value === 'object' && value !== null && 'aval' in value);
