/**
 * Keeps a tip at its target: placed, followed through scrolling, resizing, transitions and (from outside, by look())
 * changes of the document; hidden while the target is out of sight, gone when it goes.
 */
import { GONE } from "./deeds";
import { doc, guard, listen, win } from "./env";
import { find, inView, visible } from "./find";
import { el } from "./nodes";
import { place } from "./place";
import type { Standing } from "./types";

export const follow = (standing: Standing): void => {
  const { panel, offer, ends, end } = standing;
  const arrow = el("i", { class: "arrow" });
  let target: Element | null = find(offer.anchor);
  let last = "";
  let frame = 0;
  panel.append(arrow);

  const look = (): void => {
    frame = 0;
    if (!visible(target)) {
      target = find(offer.anchor);
      if (!visible(target)) {
        end(GONE);
        return;
      }
    }
    const at = target as Element;
    const box = at.getBoundingClientRect();
    const { innerWidth, innerHeight } = win;
    const { offsetWidth, offsetHeight } = panel;
    const rtl = getComputedStyle(panel).direction === "rtl";
    const to = place(box, offsetWidth, offsetHeight, innerWidth, innerHeight, rtl);
    const css = `left:${to.x}px;top:${to.y}px;visibility:${inView(at) ? "visible" : "hidden"}`;
    const pointer = `${to.arrow};transform:rotate(${to.turn}deg)`;
    if (last === css + pointer) return;
    last = css + pointer;
    panel.style.cssText = css;
    arrow.style.cssText = pointer;
    for (const box of [at, panel, doc.body]) sizes.observe(box);
  };
  const soon = (): void => {
    frame ||= requestAnimationFrame(guard(look));
  };
  const sizes = new ResizeObserver(soon);
  ends.push(
    listen(win, "scroll resize transitionend animationend", soon, { capture: true, passive: true }),
    () => {
      cancelAnimationFrame(frame);
      sizes.disconnect();
    },
  );
  standing.look = soon;
  look();
};
