import { lossText, numberText, percentText } from './numbers';

/** Losses and accuracy of one step, in large figures. With `testVariance` (regression) R² stands in the place of accuracy. */
export function LossNumbers({
  testLoss,
  trainLoss,
  testAccuracy,
  showAccuracy,
  testVariance,
}: {
  readonly testLoss: number | null;
  readonly trainLoss: number | null;
  readonly testAccuracy: number | null;
  readonly showAccuracy: boolean;
  readonly testVariance?: number | undefined;
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
      {!showAccuracy && testVariance !== undefined && (
        <div>
          <dt title="Share of the test labels’ variance that the model explains">test R²</dt>
          <dd>{numberText(testLoss === null || testVariance === 0 ? null : 1 - testLoss / testVariance, 3)}</dd>
        </div>
      )}
    </dl>
  );
}
