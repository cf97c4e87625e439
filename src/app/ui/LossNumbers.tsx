import { lossText, percentText } from './numbers';

/** Losses and accuracy of one step, in large figures. Without `showAccuracy` (regression) there is no accuracy. */
export function LossNumbers({
  testLoss,
  trainLoss,
  testAccuracy,
  showAccuracy,
}: {
  readonly testLoss: number | null;
  readonly trainLoss: number | null;
  readonly testAccuracy: number | null;
  readonly showAccuracy: boolean;
}) {
  return (
    <dl className="numbers">
      <div>
        <dt className="test-key">test loss</dt>
        <dd>{lossText(testLoss)}</dd>
      </div>
      <div>
        <dt className="train-key">train loss</dt>
        <dd>{lossText(trainLoss)}</dd>
      </div>
      {showAccuracy && (
        <div>
          <dt>test accuracy</dt>
          <dd>{percentText(testAccuracy)}</dd>
        </div>
      )}
    </dl>
  );
}
