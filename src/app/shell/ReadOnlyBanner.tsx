import { Lock } from 'lucide-react';
import { branch } from '../actions/checkpoints';
import { takeOver } from '../actions/tabs';
import { useSession } from '../state/session';
import { ActionButton } from '../ui/ActionButton';

const WORDS = {
  training: [
    'Another tab trains this run',
    'Here it is read-only: look at its checkpoints, branch it, or take it over. The other tab then saves and stops.',
  ],
  continued: [
    'This run went on in another tab',
    'Here it is read-only at the step where this tab left it. Take it over at its newest checkpoint, or branch it.',
  ],
} as const;

/** Says that the open run belongs to another tab for now, and the two ways on. */
export function ReadOnlyBanner() {
  const elsewhere = useSession((state) => state.session.elsewhere);
  if (elsewhere === null) return null;
  const [title, text] = WORDS[elsewhere];
  return (
    <section className="read-only" role="status" aria-label="Read-only">
      <Lock className="icon" aria-hidden="true" />
      <p className="grow">
        <strong>{title}.</strong> {text}
      </p>
      <ActionButton action={takeOver} text="Take over" className="button primary" />
      <ActionButton action={branch} text="Branch it" className="button" />
    </section>
  );
}
