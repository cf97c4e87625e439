import { Dialog } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import type { ReactNode, RefObject } from 'react';
import { openDialog } from '../state/view';

interface ModalProps {
  readonly title: string;
  readonly className?: string;
  readonly footer?: ReactNode;
  /** What has the focus first; the first control when not given. */
  readonly initialFocus?: RefObject<HTMLElement | null>;
  readonly children: ReactNode;
}

/** A dialog over the page: focus stays inside, Escape closes it and returns focus to where it was. */
export function Modal({ title, className = '', footer, initialFocus, children }: ModalProps) {
  return (
    <Dialog.Root open onOpenChange={(open) => open || openDialog(null)}>
      <Dialog.Portal>
        <Dialog.Backdrop className="backdrop" />
        <Dialog.Popup className={`dialog ${className}`} {...(initialFocus === undefined ? {} : { initialFocus })}>
          <header>
            <Dialog.Title>{title}</Dialog.Title>
            <Dialog.Close className="button ghost square" aria-label="Close">
              <X className="icon" aria-hidden="true" />
            </Dialog.Close>
          </header>
          <div className="body">{children}</div>
          {footer !== undefined && <footer>{footer}</footer>}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
