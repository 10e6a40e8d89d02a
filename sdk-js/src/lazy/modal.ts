/** A dialog in the middle. The platform's own: top layer, the rest inert, focus kept inside and given back. */
import type { Make } from "../types";

const CSS =
  ".tip{inset:0;margin:auto;height:fit-content;width:480px;max-width:min(480px,100vw - 16px);padding:24px;overflow:auto}.tip::backdrop{background:rgb(28 36 33/.35)}.icon.close{top:12px;inset-inline-end:12px}h2{font-size:1.15em}.row{margin-top:20px}";

export default (make: Make): void => {
  const { panel, ends, end } = make(CSS, "dialog");
  const dialog = panel as HTMLDialogElement;
  const stops = (): HTMLElement[] =>
    [...panel.querySelectorAll<HTMLElement>("button,a[href]")].filter((one) => one.offsetWidth > 0);
  panel.addEventListener("cancel", (event) => {
    event.preventDefault();
    end("dismissed");
  });
  panel.addEventListener("keydown", (event) => {
    const all = stops();
    const inside = (panel.getRootNode() as ShadowRoot).activeElement;
    if (event.key !== "Tab" || inside !== all[event.shiftKey ? 0 : all.length - 1]) return;
    event.preventDefault();
    all[event.shiftKey ? all.length - 1 : 0].focus();
  });
  ends.push(() => dialog.close());
  dialog.showModal();
  (panel.querySelector<HTMLElement>(".go") || stops()[0])?.focus();
};
