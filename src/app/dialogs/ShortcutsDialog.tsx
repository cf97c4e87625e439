import { ACTIONS } from '../actions';
import { store, useView } from '../state/view';
import { keyOf } from '../ui/ActionButton';
import { Check } from '../ui/Check';
import { Modal } from '../ui/Modal';

/** All shortcuts, and the switch that turns single keys off. */
export function ShortcutsDialog() {
  const on = useView((state) => state.singleKeys);
  const setOn = (singleKeys: boolean) => {
    useView.setState({ singleKeys });
    store('single-keys', singleKeys ? 'on' : 'off');
  };
  return (
    <Modal title="Keyboard shortcuts" footer={<Check label="Single keys act outside text fields" checked={on} onChange={setOn} />}>
      <ul className="shortcut-list">
        {ACTIONS.filter((action) => keyOf(action) !== undefined).map((action) => (
          <li key={action.id}>
            <span>{action.label}</span>
            <kbd>{keyOf(action)}</kbd>
          </li>
        ))}
        <li>
          <span>Find a leaf (Inspect)</span>
          <kbd>/</kbd>
        </li>
      </ul>
    </Modal>
  );
}
