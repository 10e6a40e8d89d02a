/** Keeps a tip at its target: placed, followed, hidden while the target is out of sight, gone when it goes. */
import { guard, listen, win } from "./env";
import { find, inView, visible } from "./find";
import { el } from "./nodes";
import { place } from "./place";
import type { Standing } from "./types";

const TURN: Record<string, number> = { b: 45, t: 225, r: -45, l: 135 };

export const follow = (standing: Standing, lost: () => void): void => {
  const { panel, offer, ends } = standing;
  const arrow = el("i", { class: "arrow" });
  let target = find(offer.anchor) as Element;
  let last = "";
  let frame = 0;
  let moves: IntersectionObserver | undefined;
  panel.append(arrow);

  const look = (): void => {
    frame = 0;
    if (!visible(target)) {
      const other = find(offer.anchor);
      if (!other || !visible(other)) return lost();
      sizes.unobserve(target);
      target = other;
      sizes.observe(target);
    }
    const box = target.getBoundingClientRect();
    const at = place(
      { x: box.left, y: box.top, w: box.width, h: box.height },
      panel.offsetWidth,
      panel.offsetHeight,
      win.innerWidth,
      win.innerHeight,
      getComputedStyle(panel).direction === "rtl",
    );
    const seen = inView(target);
    const { side } = at;
    const along = side === "b" || side === "t" ? "left" : "top";
    const edge = { b: "top", t: "bottom", r: "left", l: "right" }[side] || "top";
    const next = [at.x, at.y, side, at.arrow, seen].join();
    if (next === last) return;
    last = next;
    Object.assign(panel.style, { left: `${at.x}px`, top: `${at.y}px`, visibility: seen ? "" : "hidden" });
    arrow.removeAttribute("style");
    Object.assign(arrow.style, {
      display: side ? "" : "none",
      [along]: `${at.arrow - 6}px`,
      [edge]: "-6.5px",
      transform: `rotate(${TURN[side]}deg)`,
    });
    watchMoves(box);
  };
  const soon = (): void => {
    frame ||= requestAnimationFrame(guard(look));
  };
  /** Fires when the target leaves the very box that it fills now, whatever moved it. */
  const watchMoves = (box: DOMRect): void => {
    moves?.disconnect();
    let first = true;
    const inset = [box.top, win.innerWidth - box.right, win.innerHeight - box.bottom, box.left];
    moves = new IntersectionObserver(
      guard(() => {
        if (!first) soon();
        first = false;
      }),
      { rootMargin: inset.map((px) => `${-Math.floor(px)}px`).join(" "), threshold: [0.5, 1] },
    );
    moves.observe(target);
  };
  const sizes = new ResizeObserver(soon);
  look();
  sizes.observe(target);
  sizes.observe(panel);
  ends.push(listen(win, "scroll resize", soon, { capture: true, passive: true }), () => {
    cancelAnimationFrame(frame);
    sizes.disconnect();
    moves?.disconnect();
  });
  standing.look = soon;
};
