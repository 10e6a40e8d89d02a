/** The right panel: details with an address of their own. It takes the focus when it opens, Escape gives it back. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { useKeys } from "../keys";
import { useSession } from "../session";
import { comeBack, placeOf } from "../walk";
import { Icon } from "./icon";

interface Props {
  /** What is shown, as its row names it: a new subject moves the focus to its heading. */
  subject: string;
  title: string;
  over?: ComponentChildren;
  under?: ComponentChildren;
  onClose: () => void;
  /** What Escape does, when something inside is open that closes first. */
  onEscape?: () => void;
  children: ComponentChildren;
}

export function Panel({ subject, title, over, under, onClose, onEscape = onClose, children }: Props) {
  const { t } = useSession();
  const heading = useRef<HTMLHeadingElement>(null);
  const box = useRef<HTMLElement>(null);
  const from = useRef({ id: subject, place: 0 });

  useEffect(() => {
    from.current = { id: subject, place: placeOf(subject) };
    box.current?.scrollTo(0, 0);
    if (!box.current?.contains(document.activeElement)) heading.current?.focus();
  }, [subject]);
  useEffect(
    () => () => {
      requestAnimationFrame(() => {
        if (document.activeElement === document.body) comeBack(from.current.id, from.current.place);
      });
    },
    [],
  );
  useEffect(() => {
    const before = document.title;
    document.title = `${title} · Waypost`;
    return () => {
      document.title = before;
    };
  }, [title]);
  useKeys({ Escape: onEscape });

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
