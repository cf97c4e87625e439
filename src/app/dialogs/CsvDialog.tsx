import { type FormEvent, useRef, useState } from 'react';
import { openTable } from '../actions/upload';
import { readCsvText } from '../data/csvTable';
import { openDialog } from '../state/view';
import { Check } from '../ui/Check';
import { Modal } from '../ui/Modal';
import { countText } from '../ui/numbers';

const EXAMPLE = 'width,height,kind\n1.2,0.4,leaf\n0.8,2.1,stem\n…';
/** Longer pastes are read when Train is pressed, not at every key. */
const PREVIEW_LIMIT = 200_000;

function preview(text: string, skipBadRows: boolean): { readonly text: string; readonly bad: boolean } {
  if (text.trim() === '')
    return { text: 'One row a line, the label in the last column or in one called label, class or target.', bad: false };
  if (text.length > PREVIEW_LIMIT) return { text: 'A long table: it is read when you press Train on it.', bad: false };
  try {
    const table = readCsvText(text, 'pasted table', { skipBadRows });
    const kind = table.task === 'regression' ? 'a quantity to predict' : `${table.classNames.length} classes`;
    const skipped = table.skipped > 0 ? `, ${countText(table.skipped, 'row')} left out` : '';
    return { text: `${countText(table.rows, 'row')}, ${countText(table.columns.length - 1, 'column')}, ${kind}${skipped}.`, bad: false };
  } catch (error) {
    return { text: error instanceof Error ? error.message : String(error), bad: true };
  }
}

/** A table pasted as text, read while it is typed: the line and column of what is wrong stand below. */
export function CsvDialog() {
  const first = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState('');
  const [skipBadRows, setSkip] = useState(false);
  const seen = preview(text, skipBadRows);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    openDialog(null);
    void openTable(new Blob([text]), 'pasted table', skipBadRows);
  };
  return (
    <Modal title="Train on a table" initialFocus={first}>
      <form className="save-form" onSubmit={submit}>
        <label>
          Rows, parted by comma, semicolon or tab
          <textarea
            ref={first}
            className="text-area"
            spellCheck={false}
            value={text}
            placeholder={EXAMPLE}
            onChange={(event) => setText(event.target.value)}
          />
        </label>
        <p className={seen.bad ? 'bad-text' : 'quiet'} role="status">
          {seen.text}
        </p>
        <div className="row">
          <span className="grow">
            <Check label="Leave out rows that cannot be read" checked={skipBadRows} onChange={setSkip} />
          </span>
          <button type="submit" className="button primary" disabled={seen.bad || text.trim() === ''}>
            Train on it
          </button>
        </div>
      </form>
    </Modal>
  );
}
