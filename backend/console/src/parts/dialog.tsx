/** A modal dialog of the browser's own: it holds the focus and gives it back. */
import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

interface Props {
  label: string;
  class: string;
  onClose: () => void;
  children: ComponentChildren;
}

export function Dialog({ label, onClose, children, ...rest }: Props) {
  const box = useRef<HTMLDialogElement>(null);
  const gone = useRef(false);
  useLayoutEffect(() => {
    const dialog = box.current;
    dialog?.showModal();
    return () => {
      gone.current = true;
      dialog?.close();
    };
  }, []);
  // "close" is told late: by then the next dialog may be open, and it is not that one's
  const closed = () => {
    if (!gone.current) onClose();
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes it too; the click is on the backdrop
    <dialog
      ref={box}
      class={rest.class}
      aria-label={label}
      onCancel={closed}
      onClose={closed}
      onClick={(event) => event.target === box.current && onClose()}
    >
      {children}
    </dialog>
  );
}
