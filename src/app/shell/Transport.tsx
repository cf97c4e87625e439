import { Bookmark, Check, CircleAlert, ExternalLink, FastForward, GitBranch, Pause, Play, RotateCcw, SkipForward } from 'lucide-react';
import type { SaveState } from '#linnet/core';
import { branch, continueInJax, now, save } from '../actions/checkpoints';
import { chooseSpeed, oneEpoch, oneStep, playOrPause, reset } from '../actions/training';
import { useSession } from '../state/session';
import { setView, useView } from '../state/view';
import { ActionButton } from '../ui/ActionButton';
import { bytesText, epochText, stepText } from '../ui/numbers';
import { Segments } from '../ui/Segments';

const SPEEDS = [
  [1, '1×'],
  [10, '10×'],
  ['max', 'max'],
] as const;

/** How far a save is: first the arrays come from the device, then the bytes go to storage and are read back. */
function savingText({ leavesDone, leavesTotal, bytesDone, bytesTotal, waiting }: Extract<SaveState, { type: 'saving' }>): string {
  const done = bytesTotal > 0 ? `${bytesText(bytesDone)} of ${bytesText(bytesTotal)}` : `array ${leavesDone} of ${leavesTotal}`;
  // Before the first array is fetched there is nothing to count.
  const first = bytesTotal + leavesTotal > 0 ? `: ${done}` : '…';
  return waiting > 0 ? `${first}, ${waiting} more to come` : first;
}

/** What is true about saving, in words. "Saved" stands here only after the worker re-read and verified the commit. */
function SaveText() {
  const save = useSession((state) => state.session.save);
  const lookingAt = useSession((state) => state.session.lookingAt);
  if (lookingAt !== null) {
    return (
      <p className="save-text">
        <strong>Looking back at step {stepText(lookingAt)}.</strong> Nothing is changed.
      </p>
    );
  }
  switch (save.type) {
    case 'none':
      return <p className="save-text quiet">Not saved yet</p>;
    case 'saving':
      return (
        <p className="save-text">
          Saving {stepText(save.step)}
          {savingText(save)}
        </p>
      );
    case 'saved':
      return (
        <p className="save-text">
          <Check className="icon good" aria-hidden="true" />
          <span>
            {save.persistent ? 'Saved' : 'Saved in this browser'} at <strong className="num">{stepText(save.step)}</strong>, verified
          </span>
        </p>
      );
    case 'failed':
      return (
        <p className="save-text bad">
          <CircleAlert className="icon" aria-hidden="true" />
          Step {stepText(save.step)} is not saved
        </p>
      );
  }
}

function Readings() {
  const step = useSession((state) => state.session.lookingAt ?? state.session.step);
  const epoch = useSession(({ session: { epoch: now, step: nowStep, lookingAt } }) =>
    lookingAt === null ? now : (now * lookingAt) / Math.max(1, nowStep),
  );
  return (
    <>
      <p className="reading">
        <span>step</span> <b className="num step-number">{stepText(step)}</b>
      </p>
      <p className="reading minor wide-only">
        <span>epoch</span> <b className="num">{epochText(epoch)}</b>
      </p>
    </>
  );
}

/** Play, the step, the save state and the way back: one place in every view. */
export function Transport() {
  const training = useSession((state) => state.session.status === 'training');
  const lookingBack = useSession((state) => state.session.lookingAt !== null);
  const speed = useView((state) => state.speed);
  return (
    <div className="transport" role="toolbar" aria-label="Training">
      <ActionButton action={playOrPause} icon={training ? Pause : Play} text={training ? 'Pause' : 'Play'} className="play" />
      <ActionButton action={oneStep} icon={SkipForward} className="button ghost square" />
      <ActionButton action={oneEpoch} icon={FastForward} className="button ghost square" />
      <ActionButton action={reset} icon={RotateCcw} className="button ghost square" />
      <div className="wide-only">
        <Segments
          label="Speed"
          options={SPEEDS}
          value={speed}
          onChange={(value) => void chooseSpeed(value).catch(() => setView({ speed: value }))}
        />
      </div>
      <Readings />
      <div className="grow" />
      <div className="row wide-only save-state">
        <SaveText />
      </div>
      <ActionButton action={branch} icon={GitBranch} text="Branch from here" className="button ghost roomy-only" />
      <ActionButton action={continueInJax} icon={ExternalLink} text="Continue in JAX" className="button ghost roomy-only" />
      {lookingBack ? (
        <>
          <ActionButton action={now} text="Back to now" className="button primary wide-only" showKey />
          <ActionButton action={now} text="Now" className="button primary only-small" />
        </>
      ) : (
        <>
          <ActionButton action={save} text="Save checkpoint" className="button wide-only" showKey />
          <ActionButton action={save} icon={Bookmark} className="button square only-small" />
        </>
      )}
    </div>
  );
}
