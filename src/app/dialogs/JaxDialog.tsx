import { Download } from 'lucide-react';
import { useEffect, useState } from 'react';
import { exportAs, stepInView } from '../actions/checkpoints';
import { sayError } from '../state/messages';
import { sandbox } from '../state/sandbox';
import { useSession } from '../state/session';
import { Code, CopyButton } from '../ui/Code';
import { Modal } from '../ui/Modal';
import { stepText } from '../ui/numbers';

/** Python that restores the checkpoint in view and trains on, and a zip of it with the checkpoint and the rows. */
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
          <button type="button" className="button primary" onClick={() => void exportAs(run.id, step, 'jax').catch(sayError)}>
            <Download className="icon" aria-hidden="true" />
            Download everything as a zip
          </button>
        </>
      }
    >
      <p className="quiet">
        The zip holds the checkpoint, the rows and this script. Unzip it and run the script: Orbax restores the weights, the optimiser and
        the random state onto however many devices JAX has, and the next steps are those that would come here.
      </p>
      <Code text={code} label="Python" />
    </Modal>
  );
}
