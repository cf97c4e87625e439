import { useEffect } from 'react';
import { ACTIONS } from '../actions';
import { type Action, perform } from '../actions/action';
import { useView } from '../state/view';

const isTextField = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));

/** Space and the arrows belong to the control that has the focus. */
const belongsToControl = (event: KeyboardEvent): boolean =>
  event.target instanceof HTMLElement &&
  (event.key === ' '
    ? event.target.closest('button, a, summary, [role="option"], [role="treeitem"], [role="menuitem"]') !== null
    : (event.key === 'Home' || event.key === 'End') &&
      event.target.closest('[role="slider"], [role="tree"], [role="group"], [role="menu"]') !== null);

function actionFor(event: KeyboardEvent): Action | undefined {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const name = event.ctrlKey || event.metaKey ? `ctrl+${key}` : key;
  return ACTIONS.find(({ keys }) => keys?.includes(name));
}

/** Listens for the shortcuts of all actions. Single keys act only outside text fields and dialogs, and can be turned off. */
export function useKeys(): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.altKey) return;
      const action = actionFor(event);
      if (action === undefined) return;
      const modified = event.ctrlKey || event.metaKey;
      const { dialog, singleKeys } = useView.getState();
      if (!modified && (!singleKeys || dialog !== null || isTextField(event.target) || belongsToControl(event))) return;
      if (action.id === 'undo' && isTextField(event.target)) return;
      event.preventDefault();
      void perform(action);
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
}
