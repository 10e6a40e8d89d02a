/** The right panel: details with an address of their own. It takes the focus when it opens, Escape closes it. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useKeys } from "../keys";
import { COVERING, useMedia } from "../media";
import { useSession } from "../session";
import { Icon } from "./icon";

interface Props {
  /** What is shown: a new subject moves the focus to its heading, unless rows are being walked through. */
  subject: string;
  title: string;
  over?: ComponentChildren;
  under?: ComponentChildren;
  onClose: () => void;
  children: ComponentChildren;
}

export function Panel({ subject, title, over, under, onClose, children }: Props) {
  const { t } = useSession();
  const heading = useRef<HTMLHeadingElement>(null);
  const box = useRef<HTMLElement>(null);
  const covering = useMedia(COVERING);

  useEffect(() => {
    box.current?.scrollTo(0, 0);
    if (covering || !document.activeElement?.closest("[data-walk]")) heading.current?.focus();
  }, [subject]);
  useKeys({ Escape: onClose });

  return (
    <aside class="panel" ref={box} aria-labelledby="panel-title">
      <header>
        <div class="over">{over}</div>
        <button
          type="button"
          class="quiet close"
          aria-label={t.common.close}
          aria-keyshortcuts="Escape"
          title={`${t.common.close} (esc)`}
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
        <h2 id="panel-title" ref={heading} tabIndex={-1}>
          {title}
        </h2>
        {under}
      </header>
      <div class="content">{children}</div>
    </aside>
  );
}

export function Section({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <section class="section">
      <h3>{title}</h3>
      {children}
    </section>
  );
}
