import { ChevronRight, X } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { CheckpointInfo, CheckpointRef, ComparedLeaf, Comparison } from '#linnet/core';
import { sandbox } from '../state/sandbox';
import { useSession } from '../state/session';
import { setView } from '../state/view';
import { countText, lossText, numberText, stepText } from '../ui/numbers';
import { Pane } from '../ui/Pane';
import { Segments } from '../ui/Segments';
import { SelectField } from '../ui/SelectField';
import { choices, keyOf } from './compareChoices';
import { type CompareGroup, type CompareOrder, compareGroups } from './compareRows';

const ORDERS = [
  ['tree', 'tree'],
  ['largest', 'largest first'],
] as const;

const COLUMNS = 5;

/** The comparison of two checkpoints, or why there is none; null while it is made. */
function useComparison(first: CheckpointRef, second: CheckpointRef): Comparison | string | null {
  const [found, setFound] = useState<Comparison | string | null>(null);
  const [runA, stepA, runB, stepB] = [first.run, first.step, second.run, second.step];
  useEffect(() => {
    let live = true;
    setFound(null);
    sandbox()
      .compare({ run: runA, step: stepA }, { run: runB, step: stepB })
      .then((comparison) => live && setFound(comparison))
      .catch((error: unknown) => live && setFound(error instanceof Error ? error.message : String(error)));
    return () => {
      live = false;
    };
  }, [runA, stepA, runB, stepB]);
  return found;
}

/** What a leaf's row says when there are no numbers to compare. */
function wordsOf({ kind, first, second }: ComparedLeaf): string {
  switch (kind) {
    case 'only in first':
      return `only before: ${first}`;
    case 'only in second':
      return `only after: ${second}`;
    default:
      return `${first} → ${second}`;
  }
}

function LeafRow({ leaf }: { readonly leaf: CompareGroup['leaves'][number] }) {
  const { path, values, first } = leaf;
  if (values === undefined) {
    return (
      <tr>
        <th scope="row">{path}</th>
        <td className="words" colSpan={COLUMNS - 1}>
          {wordsOf(leaf)}
        </td>
      </tr>
    );
  }
  const { elements, changed, notFinite, largest, relative, ulps } = values;
  return (
    <tr title={first}>
      <th scope="row">{path}</th>
      <td className="num">{notFinite > 0 ? `${stepText(notFinite)} not finite` : numberText(largest ?? null, 3)}</td>
      <td className="num">{numberText(relative ?? null, 3)}</td>
      <td className="num">{numberText(ulps ?? null, 0)}</td>
      <td className="num">
        <span className="change-bar" aria-hidden="true">
          <span style={{ width: `${(100 * changed) / elements}%` }} />
        </span>
        {stepText(changed)} of {stepText(elements)}
      </td>
    </tr>
  );
}

function GroupRows({ group: { item, leaves } }: { readonly group: CompareGroup }) {
  const [open, setOpen] = useState(true);
  return (
    <tbody>
      {item !== '' && (
        <tr className="group-row">
          <th scope="rowgroup" colSpan={COLUMNS}>
            <button type="button" className="group-button" aria-expanded={open} onClick={() => setOpen(!open)}>
              <ChevronRight className="icon" aria-hidden="true" />
              {item}
              <span className="quiet small">{countText(leaves.length, 'changed leaf').replace('leafs', 'leaves')}</span>
            </button>
          </th>
        </tr>
      )}
      {open && leaves.map((leaf) => <LeafRow key={leaf.path} leaf={leaf} />)}
    </tbody>
  );
}

function Table({ comparison, order }: { readonly comparison: Comparison; readonly order: CompareOrder }) {
  const groups = useMemo(() => compareGroups(comparison, order), [comparison, order]);
  return (
    <table className="compare-table">
      <thead>
        <tr>
          <th scope="col">leaf</th>
          <th scope="col">largest change</th>
          <th scope="col">relative</th>
          <th scope="col" title="Units in the last place: how many representable numbers lie between">
            ULP
          </th>
          <th scope="col">elements</th>
        </tr>
      </thead>
      {groups.map((group) => (
        <GroupRows key={group.item} group={group} />
      ))}
      {comparison.sameLeaves > 0 && (
        <tbody>
          <tr className="same-row">
            <td className="words" colSpan={COLUMNS}>
              {countText(comparison.sameLeaves, 'leaf').replace('leafs', 'leaves')} the same, bit for bit
            </td>
          </tr>
        </tbody>
      )}
    </table>
  );
}

/** In words: what became of the loss, and how much of the checkpoint changed. */
function summaryOf(comparison: Comparison | string | null, before: CheckpointInfo | undefined, after: CheckpointInfo): string {
  if (comparison === null) return 'Comparing…';
  if (typeof comparison === 'string') return comparison;
  const { differences, sameLeaves } = comparison;
  if (differences.length === 0) return `All ${sameLeaves} leaves are the same, bit for bit.`;
  const changed = `${differences.length} of ${differences.length + sameLeaves} leaves differ`;
  const [was, is] = [before?.testLoss ?? before?.trainLoss, after.testLoss ?? after.trainLoss];
  return was == null || is == null ? `${changed}.` : `${changed}; loss ${lossText(was)} → ${lossText(is)}.`;
}

/** How the chosen checkpoint differs from another one: structure and values, changed leaves only. */
export function ComparePane({
  first,
  second,
  steps,
}: {
  readonly first: CheckpointRef;
  readonly second: CheckpointInfo;
  /** Of the run of `second`. */
  readonly steps: readonly CheckpointInfo[];
}) {
  const pane = useRef<HTMLDivElement>(null);
  const runs = useSession((state) => state.runs);
  const [order, setOrder] = useState<CompareOrder>('tree');
  const comparison = useComparison(first, second);
  // Whoever asked for the comparison goes on in it, by keyboard too.
  useEffect(() => pane.current?.querySelector('select')?.focus(), []);
  const options = choices(steps, runs, first, second);
  const choose = (key: string) => {
    const [step, ...run] = key.split(' ');
    setView({ compareWith: { run: run.join(' '), step: Number(step) } });
  };
  const before = first.run === second.run ? steps.find(({ step }) => step === first.step) : undefined;
  const tools = (
    <>
      <Segments label="Order" options={ORDERS} value={order} onChange={(next) => setOrder(next)} />
      <button
        type="button"
        className="button ghost square compact"
        aria-label="Close the comparison"
        onClick={() => setView({ compareWith: null })}
      >
        <X className="icon" aria-hidden="true" />
      </button>
    </>
  );
  return (
    <div ref={pane} className="compare-pane">
      <Pane title={`Step ${stepText(second.step)} compared`} tools={tools}>
        <div className="row compare-note">
          <span className="quiet small">with</span>
          <SelectField label="Compare with" hideLabel value={keyOf(first)} options={options} onChange={choose} />
          <span className="small ellipsis" role="status">
            {summaryOf(comparison, before, second)}
          </span>
        </div>
      </Pane>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrollable region must be reachable by keyboard */}
      <section className="compare-scroll" tabIndex={0} aria-label="Differences">
        {comparison !== null && typeof comparison !== 'string' && comparison.differences.length > 0 && (
          <Table comparison={comparison} order={order} />
        )}
      </section>
    </div>
  );
}
