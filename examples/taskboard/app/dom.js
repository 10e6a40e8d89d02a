/** h("button", {class: "x", onclick: f, "data-id": 1}, "text", child): one element, no HTML strings. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(element, name, value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  if (tag === "select" && attributes.value !== undefined) element.value = attributes.value;
  return element;
}

function setAttribute(element, name, value) {
  const words = name.startsWith("aria-") || name === "draggable"; // these say "true" and "false"
  if (value === null || value === undefined || (value === false && !words)) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "value" || name === "checked" || name === "indeterminate") element[name] = value;
  else element.setAttribute(name, value === true && !words ? "" : String(value));
}

export const options = (pairs, chosen) =>
  pairs.map(([value, label]) => h("option", { value, selected: String(value) === String(chosen) }, label));

/** A short message that screen readers hear; it leaves by itself. */
export function toast(text) {
  const place = document.getElementById("toasts");
  const item = h("div", { class: "toast" }, text);
  place.append(item);
  setTimeout(() => item.remove(), 4000);
}

/** A native modal dialog. `build(close)` gives its children. Escape and the backdrop close it. */
export function openDialog(label, build) {
  const dialog = h("dialog", { class: "dialog", "aria-label": label });
  const close = () => dialog.close();
  dialog.append(h("h2", {}, label), ...build(close));
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}
