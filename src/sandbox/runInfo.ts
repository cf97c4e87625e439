import type { DatasetName, Experiment, RunInfo } from '#linnet/core';
import type { PreparedData } from './data/prepared';
import { layerWidths } from './models';

const TITLES: Readonly<Record<DatasetName, string>> = {
  moons: 'Moons',
  circles: 'Circles',
  spiral: 'Spiral',
  xor: 'Xor',
  gauss: 'Gauss',
  plane: 'Plane',
  'regress-gauss': 'Hills',
  digits: 'Digits',
  iris: 'Iris',
  wine: 'Wine',
  'breast-cancer': 'Breast cancer',
  diabetes: 'Diabetes',
  csv: 'My table',
  points: 'My points',
};

let lastId = 0;

/** An identifier that no other run has: data set and time to the microsecond, as text that may name a folder. */
export function newRunId(experiment: Experiment): string {
  lastId = Math.max(lastId + 1, Math.floor((performance.timeOrigin + performance.now()) * 1000));
  return `${experiment.data.name}-${lastId.toString(36)}`;
}

/** A name for people: data, optimiser and rate. */
export const defaultRunName = ({ data, optimizer }: Experiment): string =>
  `${TITLES[data.name]}, ${optimizer.name} ${optimizer.learningRate}`;

/** `name`, or `name (2)`, `name (3)` and so on when it is among `taken`. */
export function nameBeside(taken: readonly (string | undefined)[], name: string): string {
  for (let i = 1; ; i++) {
    const free = i === 1 ? name : `${name} (${i})`;
    if (!taken.includes(free)) return free;
  }
}

/** What identifies a run, besides its experiment and data. */
export interface RunIdentity {
  readonly id: string;
  readonly name: string;
  readonly parent: RunInfo['parent'];
}

/** A run as the page shows it. */
export function runInfo(identity: RunIdentity, experiment: Experiment, data: PreparedData, parameterCount: number): RunInfo {
  const { dataset, inputNames } = data;
  const widths = layerWidths(experiment, inputNames.length, Math.max(1, dataset.classNames.length));
  const { id, name, parent } = identity;
  return {
    id,
    name,
    parent,
    experiment,
    parameterCount,
    layers: widths.slice(1).map((outputs, i) => ({ name: `linear${i + 1}`, inputs: widths[i]!, outputs })),
    classNames: dataset.classNames,
    featureNames: inputNames,
    hasSurface: dataset.isPlane,
    dataSource: dataset.source,
    ...(dataset.task === 'regression' ? { testVariance: variance(data.test.labels) } : {}),
  };
}

function variance(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}
