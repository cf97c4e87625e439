import { useEffect, useMemo } from 'react';
import { FEATURES, type FeatureName, type RunInfo } from '#linnet/core';
import { sayError } from '../state/messages';
import { sandbox } from '../state/sandbox';
import { useSession } from '../state/session';
import { type NetworkGeometry, placeUnits, unitsThatFit } from './geometry';

/** More inputs than this are one block, not a column of units. */
const MAX_INPUTS = 12;

/** What the picture shows of a run, and where. */
export interface NetworkPlan {
  readonly run: RunInfo;
  readonly geometry: NetworkGeometry;
  /** Features of the plane in drawing order: those in use first. Empty for other data. */
  readonly features: readonly FeatureName[];
  /** Units in each column, shown or not. */
  readonly widths: readonly number[];
  /** Inputs drawn as units. */
  readonly shownInputs: number;
}

function plan(run: RunInfo, width: number, height: number): NetworkPlan {
  const used = run.featureNames.length;
  const inPlane = run.hasSurface && run.experiment.data.name !== 'csv' && run.experiment.data.name !== 'points';
  const on = inPlane ? (run.featureNames as readonly FeatureName[]) : [];
  const features = inPlane ? [...on, ...FEATURES.filter((feature) => !on.includes(feature))] : [];
  const widths = [used, ...run.layers.map(({ outputs }) => outputs)];
  const most = unitsThatFit(height);
  const shownInputs = inPlane ? features.length : used <= MAX_INPUTS ? used : 0;
  const counts = [Math.min(shownInputs, Math.max(most, 7)), ...widths.slice(1).map((units) => Math.min(units, most))];
  const narrow = width < 480;
  const named = inPlane || shownInputs === 0 ? 76 : 124;
  const geometry = placeUnits(counts, { width, height, left: narrow ? 44 : named, right: narrow ? 46 : 76 });
  return { run, geometry, features, widths, shownInputs };
}

/** The plan of the present run's picture in a box of this size; the worker is told where to paint. */
export function useNetworkPlan(width: number, height: number): NetworkPlan | null {
  const run = useSession((state) => state.session.run);
  const generation = useSession((state) => state.generation);
  const made = useMemo(() => (run === null || width < 60 || height < 60 ? null : plan(run, width, height)), [run, width, height]);
  useEffect(() => {
    if (made === null || generation === 0) return;
    const { columns, side } = made.geometry;
    const inputs = columns[0]!.slice(0, made.run.featureNames.length);
    sandbox()
      .setNetworkLayout({ columns: [inputs, ...columns.slice(1)], side })
      .catch(sayError);
  }, [made, generation]);
  return made;
}
