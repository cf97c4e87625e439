import { mapTree } from '#linnet/core';
import type { Array as JaxArray } from '#linnet/tensor';
import { increment, zeroCount } from './arithmetic';
import { scale } from './chain';
import type { Schedule } from './schedules';
import { type GradientTransformation, type Numeric, OptaxState } from './transformation';

/** How many updates a schedule has seen. */
export class ScaleByScheduleState extends OptaxState {
  constructor(readonly count: JaxArray) {
    super();
  }
}

/** Multiplies updates by a schedule's value. The first update sees count 0. */
export function scaleBySchedule(schedule: Schedule): GradientTransformation {
  return {
    init: () => new ScaleByScheduleState(zeroCount()),
    update(updates, state) {
      const { count } = state as ScaleByScheduleState;
      const factor = schedule(count);
      return [mapTree((u: JaxArray) => u.mul(factor), updates), new ScaleByScheduleState(increment(count))];
    },
  };
}

/** A learning rate, constant or scheduled. */
export type LearningRate = Numeric | Schedule;

/** Multiplies updates by minus the learning rate, so that adding them goes downhill. */
export function scaleByLearningRate(learningRate: LearningRate): GradientTransformation {
  if (typeof learningRate === 'function') return scaleBySchedule((count) => learningRate(count).neg());
  return scale(typeof learningRate === 'number' ? -learningRate : learningRate.neg());
}
