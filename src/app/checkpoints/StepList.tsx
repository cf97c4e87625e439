import { Eye, GitBranch, GitCompareArrows, Trash2 } from 'lucide-react';
import type { CheckpointInfo } from '#linnet/core';
import { bin, branchFrom, compareSteps, lookAt } from '../actions/checkpoints';
import { sayError } from '../state/messages';
import { useSession } from '../state/session';
import { setView } from '../state/view';
import { StepPicture } from '../timeline/StepPicture';
import { bytesText, lossText, stepText, timeText } from '../ui/numbers';
import { Pane } from '../ui/Pane';

/** Where a loss lies among the run's, 0 left to 1 right, on a log scale. */
function lane(steps: readonly CheckpointInfo[]): (loss: number | null) => number | null {
  const logs = steps
    .map(({ testLoss, trainLoss }) => testLoss ?? trainLoss)
    .filter((loss) => loss !== null && loss > 0)
    .map((loss) => Math.log(loss!));
  const [low, high] = [Math.min(...logs), Math.max(...logs)];
  return (loss) => (loss === null || loss <= 0 ? null : high > low ? (Math.log(loss) - low) / (high - low) : 0.5);
}

function Marks({ checkpoint, isLatest }: { readonly checkpoint: CheckpointInfo; readonly isLatest: boolean }) {
  return (
    <span className="step-marks">
      {checkpoint.isBest && <span className="mark best-mark">best</span>}
      {isLatest && <span className="mark">latest</span>}
      {checkpoint.name !== null && <span className="mark named ellipsis">{checkpoint.name}</span>}
      {checkpoint.note !== null && <span className="quiet small ellipsis">{checkpoint.note}</span>}
    </span>
  );
}

interface StepRowProps {
  readonly checkpoint: CheckpointInfo;
  readonly place: number | null;
  readonly isSelected: boolean;
  /** The step that the others can be compared with. */
  readonly selectedStep: number | null;
  readonly isLatest: boolean;
  readonly isPresent: boolean;
  readonly hasPictures: boolean;
}

function StepRow({ checkpoint, place, isSelected, selectedStep, isLatest, isPresent, hasPictures }: StepRowProps) {
  const { run, step, testLoss, trainLoss, byteLength, savedAtMs } = checkpoint;
  const lookingAt = useSession((state) => state.session.lookingAt);
  const label = stepText(step);
  return (
    <tr data-selected={isSelected} data-looking={isPresent && lookingAt === step}>
      <th scope="row">
        <button
          type="button"
          className="step-button num"
          aria-pressed={isSelected}
          onClick={() => setView({ chosenRun: run, chosenStep: step })}
        >
          {label}
        </button>
      </th>
      {hasPictures && (
        <td className="picture-cell">
          <StepPicture run={run} step={step} />
        </td>
      )}
      <td className="lane-cell">
        <span className="lane" aria-hidden="true">
          {place !== null && <span style={{ left: `${place * 100}%` }} />}
        </span>
      </td>
      <td className="num loss-cell">{lossText(testLoss ?? trainLoss)}</td>
      <td className="marks-cell">
        <Marks checkpoint={checkpoint} isLatest={isLatest} />
      </td>
      <td className="quiet num size-cell">{bytesText(byteLength)}</td>
      <td className="quiet small time-cell">{timeText(savedAtMs)}</td>
      <td className="row-actions">
        {isPresent && (
          <button
            type="button"
            className="button ghost square compact"
            aria-label={`Look at step ${label}`}
            title="Look: nothing is changed"
            onClick={() => void lookAt(step).catch(sayError)}
          >
            <Eye className="icon" aria-hidden="true" />
          </button>
        )}
        {selectedStep !== null && !isSelected && (
          <button
            type="button"
            className="button ghost square compact"
            aria-label={`Compare step ${label} with step ${stepText(selectedStep)}`}
            title={`Compare with step ${stepText(selectedStep)}`}
            onClick={() => compareSteps({ run, step }, { run, step: selectedStep })}
          >
            <GitCompareArrows className="icon" aria-hidden="true" />
          </button>
        )}
        <button
          type="button"
          className="button ghost square compact row-branch"
          aria-label={`Branch from step ${label}`}
          title="Branch: a new run starts here"
          onClick={() => void branchFrom(run, step).catch(sayError)}
        >
          <GitBranch className="icon" aria-hidden="true" />
        </button>
        <button
          type="button"
          className="button ghost square compact"
          aria-label={`Bin step ${label}`}
          title="Bin, kept for 7 days"
          onClick={() => void bin(checkpoint).catch(sayError)}
        >
          <Trash2 className="icon" aria-hidden="true" />
        </button>
      </td>
    </tr>
  );
}

/** The checkpoints of a run, newest first: the same list the timeline draws. */
export function StepList({
  steps,
  selected,
  isPresent,
  hasPictures,
}: {
  readonly steps: readonly CheckpointInfo[];
  readonly selected: CheckpointInfo | null;
  readonly isPresent: boolean;
  readonly hasPictures: boolean;
}) {
  const place = lane(steps);
  const latest = steps.at(-1);
  return (
    <Pane title="Checkpoints" meta={steps.length > 0 ? `${steps.length} of this run` : ''} className="step-list">
      {steps.length === 0 ? (
        <p className="quiet pane-note">
          Nothing is saved in this run yet. While it trains, checkpoints come by themselves; Save makes one now.
        </p>
      ) : (
        <table className="steps">
          <thead>
            <tr>
              <th scope="col">step</th>
              {hasPictures && <th scope="col" className="picture-cell" aria-label="surface" />}
              <th scope="col" className="lane-cell">
                loss, log
              </th>
              <th scope="col" className="loss-cell">
                loss
              </th>
              <th scope="col" className="marks-cell" aria-label="marks" />
              <th scope="col" className="size-cell">
                size
              </th>
              <th scope="col" className="time-cell">
                saved
              </th>
              <th scope="col" aria-label="actions" />
            </tr>
          </thead>
          <tbody>
            {steps.toReversed().map((checkpoint) => (
              <StepRow
                key={checkpoint.step}
                checkpoint={checkpoint}
                place={place(checkpoint.testLoss ?? checkpoint.trainLoss)}
                isSelected={checkpoint === selected}
                selectedStep={selected?.step ?? null}
                isLatest={checkpoint === latest}
                isPresent={isPresent}
                hasPictures={hasPictures}
              />
            ))}
          </tbody>
        </table>
      )}
    </Pane>
  );
}
