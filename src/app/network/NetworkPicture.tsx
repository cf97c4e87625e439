import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import type { FeatureName } from '#linnet/core';
import { change, useExperiment } from '../state/experiment';
import { arrowDelta } from '../ui/arrows';
import { featureText, numberText } from '../ui/numbers';
import { useSize } from '../ui/useSize';
import { WorkerCanvas } from '../ui/WorkerCanvas';
import { ColumnHeads } from './ColumnHeads';
import { FeatureTile } from './FeatureTile';
import { type Edge, edgeAt, type Point } from './geometry';
import { strongest, useIncoming } from './useIncoming';
import { type NetworkPlan, useNetworkPlan } from './useNetworkPlan';

const unitKey = (column: number, row: number): string => `${column}-${row}`;

interface Place {
  readonly column: number;
  readonly row: number;
}

function toggleFeature(feature: FeatureName): void {
  const { features } = useExperiment.getState().draft.data;
  const next = features.includes(feature) ? features.filter((name) => name !== feature) : [...features, feature];
  if (next.length > 0) change('data', { features: next });
}

function unitName({ run, features, units }: NetworkPlan, { column, row }: Place): string {
  if (column === 0) return features.length > 0 ? featureText(features[row]!) : (run.featureNames[row] ?? '');
  if (column === run.layers.length && run.classNames.length > 0) return run.classNames[row] ?? '';
  return `${run.layers[column - 1]!.name}, unit ${units[column]![row]}`;
}

function spokenName(plan: NetworkPlan, place: Place): string {
  const { run, features } = plan;
  const name = unitName(plan, place);
  if (place.column === 0 && features.length > 0) return `input ${name}, ${place.row < run.featureNames.length ? 'on' : 'off'}`;
  if (place.column === 0) return `input ${name}`;
  if (place.column === run.layers.length) return `output ${name || place.row}`;
  return `${name}, ${run.experiment.model.hidden[place.column - 1]?.activation ?? ''}`;
}

/** The buttons over the painted maps: one tab stop, arrows move, Enter lists what comes in. */
function Units({
  plan,
  selected,
  onSelect,
  hot,
}: {
  readonly plan: NetworkPlan;
  readonly selected: Place;
  onSelect(place: Place): void;
  readonly hot: Edge | null;
}) {
  const group = useRef<HTMLDivElement>(null);
  const { columns, side } = plan.geometry;
  const move = (event: KeyboardEvent, { column, row }: Place) => {
    const [dc, dr] = arrowDelta(event.key);
    if (dc === 0 && dr === 0) return;
    event.preventDefault();
    const c = Math.min(columns.length - 1, Math.max(0, column + dc));
    const r = Math.min((columns[c]?.length ?? 1) - 1, Math.max(0, row + dr));
    if ((columns[c]?.length ?? 0) === 0) return;
    onSelect({ column: c, row: r });
    group.current?.querySelector<HTMLElement>(`[data-unit="${unitKey(c, r)}"]`)?.focus();
  };
  const isHot = (c: number, r: number) =>
    hot !== null && ((hot.layer === c && hot.input === r) || (hot.layer + 1 === c && hot.output === r));
  const tabPlace = columns[selected.column]?.[selected.row] === undefined ? { column: 1, row: 0 } : selected;
  return (
    // biome-ignore lint/a11y/useSemanticElements: the picture's units share one tab stop
    <div ref={group} role="group" aria-label="Network: left and right go by layer, up and down by unit">
      {columns.map((column, c) =>
        column.map(({ x, y }, r) => {
          const feature = c === 0 ? plan.features[r] : undefined;
          const off = feature !== undefined && r >= plan.run.featureNames.length;
          const classes = ['unit', c === 0 && feature === undefined ? 'plain-input' : '', off ? 'off' : '', isHot(c, r) ? 'hot' : ''];
          return (
            <button
              type="button"
              key={unitKey(c, r)}
              data-unit={unitKey(c, r)}
              className={classes.join(' ')}
              style={{ left: x - side / 2, top: y - side / 2, width: side, height: side }}
              tabIndex={tabPlace.column === c && tabPlace.row === r ? 0 : -1}
              aria-label={spokenName(plan, { column: c, row: r })}
              aria-pressed={feature !== undefined ? !off : undefined}
              onClick={() => (feature !== undefined ? toggleFeature(feature) : onSelect({ column: c, row: r }))}
              onFocus={() => onSelect({ column: c, row: r })}
              onPointerEnter={() => onSelect({ column: c, row: r })}
              onKeyDown={(event) => move(event, { column: c, row: r })}
            >
              {feature !== undefined && <FeatureTile feature={feature} />}
            </button>
          );
        }),
      )}
    </div>
  );
}

function Labels({ plan }: { readonly plan: NetworkPlan }) {
  const { geometry, run, widths } = plan;
  const { columns, side, columnX } = geometry;
  const last = columns.length - 1;
  return (
    <div aria-hidden="true">
      {columns[0]!.map(({ x, y }, r) => (
        <span
          key={unitName(plan, { column: 0, row: r })}
          className={`unit-label before ellipsis ${r >= run.featureNames.length ? 'quiet' : ''}`}
          style={{ right: `calc(100% - ${x - side / 2 - 8}px)`, top: y - 8 }}
        >
          {unitName(plan, { column: 0, row: r })}
        </span>
      ))}
      {columns[0]!.length === 0 && (
        <span className="input-block" style={{ left: columnX[0]! - 22 }}>
          {widths[0]} inputs
        </span>
      )}
      {run.classNames.length > 0 &&
        columns[last]!.map(({ x, y }, r) => (
          <span key={run.classNames[r]} className="unit-label after ellipsis" style={{ left: x + side / 2 + 8, top: y - 8 }}>
            {run.classNames[r]}
          </span>
        ))}
      {columns.map((column, c) =>
        c > 0 && widths[c]! > column.length ? (
          <span key={run.layers[c - 1]!.name} className="more-units" style={{ left: columnX[c]!, top: column.at(-1)!.y + side / 2 + 2 }}>
            {c < last ? `strongest ${column.length} of ${widths[c]}` : `${column.length} of ${widths[c]}`}
          </span>
        ) : null,
      )}
    </div>
  );
}

/** What an input of a unit is called, wherever it stands in the picture, or when it is not shown. */
function inputName({ run, features }: NetworkPlan, layer: number, input: number): string {
  if (layer > 0) return `unit ${input}`;
  return features.length > 0 ? featureText(features[input]!) : (run.featureNames[input] ?? '');
}

function Key({
  plan,
  hot,
  weight,
  selected,
}: {
  readonly plan: NetworkPlan;
  readonly hot: Edge | null;
  readonly weight: number | undefined;
  readonly selected: Place;
}) {
  const { column, row } = selected;
  const unit = column > 0 ? plan.units[column]?.[row] : undefined;
  const incoming = useIncoming(column - 1, unit ?? -1);
  const text = strongest(incoming, 4)
    .map(({ input, weight: w }) => `${inputName(plan, column - 1, input)} ${numberText(w, 2)}`)
    .join(' · ');
  return (
    <>
      <span className="key-line negative">negative weight</span>
      <span className="key-line positive">positive</span>
      <span className="grow" />
      {hot !== null ? (
        <span className="mono">
          {plan.run.layers[hot.layer]!.name}.kernel[{plan.units[hot.layer]![hot.input]}, {plan.units[hot.layer + 1]![hot.output]}] ={' '}
          <b>{numberText(weight ?? null, 3)}</b>
        </span>
      ) : (
        <span className="ellipsis" role="status">
          {text !== '' ? `${unitName(plan, selected)}: ${text}` : 'Point at a line or a unit to read its weights'}
        </span>
      )}
    </>
  );
}

/** The network as maps and lines: painted by the worker, held by the page. */
export function NetworkPicture() {
  const [box, { width, height }] = useSize<HTMLDivElement>();
  const plan = useNetworkPlan(width, height);
  const [pointer, setPointer] = useState<Point | null>(null);
  const [hot, setHot] = useState<Edge | null>(null);
  const [selected, setSelected] = useState<Place>({ column: 0, row: 0 });
  const into = useIncoming(hot?.layer ?? -1, hot === null ? -1 : (plan?.units[hot.layer + 1]?.[hot.output] ?? -1));
  const weight = hot === null ? undefined : into[plan?.units[hot.layer]?.[hot.input] ?? -1];
  const follow = (event: PointerEvent<HTMLDivElement>) => {
    if (plan === null) return;
    const { left, top } = event.currentTarget.getBoundingClientRect();
    const at = { x: event.clientX - left, y: event.clientY - top };
    const edge = edgeAt(plan.geometry, at);
    const known = edge !== null && (edge.layer > 0 || edge.input < plan.run.featureNames.length);
    setPointer(at);
    if (!known) setHot(null);
    else if (hot === null || edge.layer !== hot.layer || edge.input !== hot.input || edge.output !== hot.output) setHot(edge);
  };
  return (
    <div className="network-frame">
      <div className="column-heads">{plan !== null && <ColumnHeads plan={plan} />}</div>
      <div ref={box} className="network" onPointerMove={follow} onPointerLeave={() => setHot(null)}>
        <WorkerCanvas name="edges" className="layer" />
        <WorkerCanvas name="neurons" className="layer" />
        {plan !== null && (
          <>
            <Labels plan={plan} />
            <Units plan={plan} selected={selected} onSelect={setSelected} hot={hot} />
          </>
        )}
        {hot !== null && pointer !== null && weight !== undefined && (
          <span className="weight-tip mono" style={{ left: pointer.x, top: pointer.y - 12 }}>
            {numberText(weight, 3)}
          </span>
        )}
      </div>
      <div className="network-key">{plan !== null && <Key plan={plan} hot={hot} weight={weight} selected={selected} />}</div>
    </div>
  );
}
