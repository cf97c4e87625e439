import { useEffect, useMemo, useState } from 'react';
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
  /** Which unit of its layer stands at each place of each column. */
  readonly units: readonly (readonly number[])[];
}

type Frame = Omit<NetworkPlan, 'units'>;

function frameOf(run: RunInfo, width: number, height: number): Frame {
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
  return { run, geometry, features, widths };
}

/** Which units stand where: the first ones at once, the strongest of wide layers as soon as the worker has found them. */
function useUnits(frame: Frame | null): NetworkPlan['units'] {
  const [found, setFound] = useState<{ readonly frame: Frame; readonly units: NetworkPlan['units'] } | null>(null);
  const generation = useSession((state) => state.generation);
  // Places are kept while training, so that one can watch a unit; they are found anew when it pauses.
  const shown = useSession(({ session }) => (session.status === 'training' ? 'training' : (session.lookingAt ?? session.step)));
  const room = useMemo(() => frame?.geometry.columns.map((column) => column.length) ?? [], [frame]);
  const isWide = frame?.run.layers.some(({ outputs }, i) => i + 1 < frame.run.layers.length && outputs > room[i + 1]!) ?? false;
  useEffect(() => {
    if (frame === null || !isWide || generation === 0 || shown === 'training') return;
    let live = true;
    sandbox()
      .shownUnits(room)
      // The run may have been replaced meanwhile: its answer is for another model.
      .then((units) => live && units.every((column, i) => column.length <= room[i]!) && setFound({ frame, units }))
      .catch(() => {});
    return () => {
      live = false;
    };
  }, [frame, room, isWide, generation, shown]);
  return useMemo(() => {
    const first = room.map((count, c) => Array.from({ length: Math.min(count, frame?.widths[c] ?? 0) }, (_, unit) => unit));
    return found !== null && found.frame === frame ? first.map((column, c) => (c === 0 ? column : (found.units[c] ?? column))) : first;
  }, [found, frame, room]);
}

/** The plan of the present run's picture in a box of this size; the worker is told where to paint. */
export function useNetworkPlan(width: number, height: number): NetworkPlan | null {
  const run = useSession((state) => state.session.run);
  const generation = useSession((state) => state.generation);
  const frame = useMemo(() => (run === null || width < 60 || height < 60 ? null : frameOf(run, width, height)), [run, width, height]);
  const units = useUnits(frame);
  const plan = useMemo(() => (frame === null ? null : { ...frame, units }), [frame, units]);
  useEffect(() => {
    if (plan === null || generation === 0) return;
    const { columns, side } = plan.geometry;
    const inputs = columns[0]!.slice(0, plan.run.featureNames.length);
    sandbox()
      .setNetworkLayout({ columns: [inputs, ...columns.slice(1)], units: plan.units, side })
      .catch(sayError);
  }, [plan, generation]);
  return plan;
}
