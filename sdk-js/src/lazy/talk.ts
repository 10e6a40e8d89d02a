/** A person was asked for: the tip has gone, and a note in its place says that it was sent. */
import type { Standing } from "../types";

const STANDS_MS = 8_000;

export default ({ root, panel, offer }: Standing): void => {
  const { host } = root;
  const words = document.createElement("p");
  words.setAttribute("role", "status");
  const gone = (): void => host.remove();
  panel.querySelector("#b")?.replaceWith(words);
  for (const old of panel.querySelectorAll(".row,.menu")) old.remove();
  panel.querySelector(".close")?.addEventListener("click", gone);
  panel.removeAttribute("aria-describedby");
  document.body.append(host);
  if (panel instanceof HTMLDialogElement) panel.showModal();
  else (host as HTMLElement).showPopover?.();
  words.textContent = offer.content.ui.sent;
  setTimeout(gone, STANDS_MS);
};
