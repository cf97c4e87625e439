import { type FormEvent, useRef, useState } from 'react';
import { saveNow } from '../actions/checkpoints';
import { sayError } from '../state/messages';
import { useSession } from '../state/session';
import { openDialog } from '../state/view';
import { Modal } from '../ui/Modal';
import { stepText } from '../ui/numbers';

/** Saves with a name, and a note if there is more to say. Named checkpoints are never thinned out. */
export function NameDialog() {
  const step = useSession((state) => state.session.step);
  const first = useRef<HTMLInputElement>(null);
  const [name, setName] = useState('');
  const [note, setNote] = useState('');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    openDialog(null);
    saveNow({ ...(name.trim() ? { name: name.trim() } : {}), ...(note.trim() ? { note: note.trim() } : {}) }).catch(sayError);
  };
  return (
    <Modal title={`Save step ${stepText(step)} with a name`} initialFocus={first}>
      <form className="save-form" onSubmit={submit}>
        <label>
          Name
          <input
            ref={first}
            className="text-input"
            maxLength={60}
            value={name}
            placeholder="before the gap closes"
            onChange={(event) => setName(event.target.value)}
          />
        </label>
        <label>
          Note
          <textarea
            className="text-input note-input"
            rows={3}
            maxLength={2000}
            value={note}
            onChange={(event) => setNote(event.target.value)}
          />
        </label>
        <div className="row">
          <span className="grow quiet small">Named checkpoints are always kept.</span>
          <button type="submit" className="button primary">
            Save
          </button>
        </div>
      </form>
    </Modal>
  );
}
