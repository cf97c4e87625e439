import { Dialog } from '@base-ui/react/dialog';
import { type KeyboardEvent, useId, useState } from 'react';
import { ACTIONS } from '../actions';
import { type Action, perform } from '../actions/action';
import { openDialog } from '../state/view';
import { keyOf } from '../ui/ActionButton';

/** Every word of the query stands somewhere in the label or group, or in other words for it. */
function matches({ label, group, also = '' }: Action, query: string): boolean {
  const text = `${label} ${group} ${also}`.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Type a few letters, choose with the arrows, Enter does it. */
export function PaletteDialog() {
  const list = useId();
  const [query, setQuery] = useState('');
  const [chosen, setChosen] = useState(0);
  const found = ACTIONS.filter((action) => action.id !== 'palette' && matches(action, query));
  const run = (action: Action | undefined) => {
    if (action === undefined || action.blocked() !== null) return;
    openDialog(null);
    void perform(action);
  };
  const byKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter') {
      // The key's press would go on to what gets the focus back, and open or push it.
      event.preventDefault();
      run(found[chosen]);
    }
    const move = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (move === 0) return;
    event.preventDefault();
    const next = (chosen + move + found.length) % Math.max(1, found.length);
    setChosen(next);
    document.getElementById(`${list}-${next}`)?.scrollIntoView({ block: 'nearest' });
  };
  return (
    <Dialog.Root open onOpenChange={(open) => open || openDialog(null)}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className="dialog palette" aria-label="Do anything">
          <input
            className="palette-input"
            role="combobox"
            aria-expanded="true"
            aria-controls={list}
            aria-activedescendant={found.length > 0 ? `${list}-${chosen}` : undefined}
            aria-label="What to do"
            placeholder="What do you want to do?"
            value={query}
            onChange={(event) => {
              setQuery(event.target.value);
              setChosen(0);
            }}
            onKeyDown={byKey}
          />
          <div id={list} role="listbox" aria-label="Actions" className="palette-list">
            {found.map((action, i) => {
              const blocked = action.blocked();
              return (
                // biome-ignore lint/a11y/useKeyWithClickEvents: the input above has the keyboard
                <div
                  key={action.id}
                  id={`${list}-${i}`}
                  role="option"
                  tabIndex={-1}
                  aria-selected={i === chosen}
                  aria-disabled={blocked !== null}
                  className="palette-option"
                  onPointerMove={() => setChosen(i)}
                  onClick={() => run(action)}
                >
                  <span className="ellipsis">{action.label}</span>
                  <span className="group ellipsis">{blocked ?? action.group}</span>
                  {keyOf(action) !== undefined && <kbd>{keyOf(action)}</kbd>}
                </div>
              );
            })}
          </div>
          {found.length === 0 && <p className="quiet pane-note">Nothing here does “{query}”.</p>}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
