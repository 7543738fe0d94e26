import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

interface DialogProps {
  open: boolean;
  title: string;
  /** Also by Escape. */
  onClose: () => void;
  children: ComponentChildren;
  /** The buttons; the safe one last, so that it lies under the thumb. */
  actions: ComponentChildren;
}

/** A question that must be answered first: the browser's own modal dialog keeps the focus and gives it back. */
export function Dialog({ open, title, onClose, children, actions }: DialogProps) {
  const id = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open && !dialog.current?.open) dialog.current?.showModal();
    if (!open) dialog.current?.close();
  }, [open]);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby={id} onClose={onClose}>
      {open && (
        <>
          <h2 id={id}>{title}</h2>
          <div class="stack">{children}</div>
          <div class="dialog-actions">{actions}</div>
        </>
      )}
    </dialog>
  );
}
