import { Download } from 'lucide-react';
import { useEffect, useState } from 'react';
import { exportAs, stepInView } from '../actions/checkpoints';
import { sayError } from '../state/messages';
import { sandbox } from '../state/sandbox';
import { useSession } from '../state/session';
import { Code, CopyButton } from '../ui/Code';
import { Modal } from '../ui/Modal';
import { stepText } from '../ui/numbers';

/** Python that restores the checkpoint in view and trains on, and the checkpoint itself as a zip. */
export function JaxDialog() {
  const run = useSession((state) => state.session.run);
  const [step] = useState(stepInView);
  const [code, setCode] = useState('');
  useEffect(() => {
    if (run === null || step === null) return;
    sandbox().continueInJax(run.id, step).then(setCode).catch(sayError);
  }, [run, step]);
  if (run === null || step === null) return null;
  return (
    <Modal
      title={`Continue in JAX from step ${stepText(step)}`}
      className="wide"
      footer={
        <>
          <CopyButton text={code} what="Python" />
          <button type="button" className="button primary" onClick={() => void exportAs(run.id, step, 'orbax').catch(sayError)}>
            <Download className="icon" aria-hidden="true" />
            Download the checkpoint
          </button>
        </>
      }
    >
      <p className="quiet">
        Unzip the checkpoint beside this script and run it: Orbax restores the weights, the optimiser and the random state.
      </p>
      <Code text={code} label="Python" />
    </Modal>
  );
}
