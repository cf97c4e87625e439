import { Tooltip } from '@base-ui/react/tooltip';
import type { LucideIcon } from 'lucide-react';
import { type Action, perform } from '../actions/action';
import { useSession } from '../state/session';

interface ActionButtonProps {
  readonly action: Action;
  readonly icon?: LucideIcon;
  /** Text on the button; without it the icon stands alone and the label is spoken and in the tooltip. */
  readonly text?: string;
  readonly className?: string;
  /** Writes the shortcut on the button itself. */
  readonly showKey?: boolean;
}

/** How an action's shortcut is written, or undefined. */
export function keyOf({ keyLabel, keys }: Action): string | undefined {
  const key = keyLabel ?? keys?.[0];
  return key?.length === 1 ? key.toUpperCase() : key;
}

/** A button for an action. What cannot be done now stays in place, says why, and can still be reached by keyboard. */
export function ActionButton({ action, icon: Icon, text, className = 'button', showKey = false }: ActionButtonProps) {
  const blocked = useSession(() => action.blocked());
  const key = keyOf(action);
  return (
    <Tooltip.Root>
      <Tooltip.Trigger
        render={
          <button
            type="button"
            className={className}
            aria-disabled={blocked !== null}
            aria-label={text === undefined ? action.label : undefined}
            aria-keyshortcuts={key}
            onClick={() => void perform(action)}
          />
        }
      >
        {Icon && <Icon className="icon" aria-hidden="true" />}
        {text}
        {showKey && key !== undefined && <kbd>{key}</kbd>}
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Positioner className="floating" sideOffset={6}>
          <Tooltip.Popup className="tooltip">
            {blocked ?? action.label}
            {blocked === null && key !== undefined && <kbd>{key}</kbd>}
          </Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
