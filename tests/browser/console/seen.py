"""What a machine can see of a page: text that is cut, things that stick out, a page that scrolls sideways."""

from __future__ import annotations

from playwright.sync_api import Page

__all__ = ["cut_or_outside"]

LOOK = """() => { const bad = [], width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) bad.push("the page scrolls sideways");
  const hidden = e => e.closest(".sr-only, .skip, .rail .name, [hidden], option") || !e.checkVisibility({visibilityProperty: true});
  const name = e => `${e.tagName.toLowerCase()}.${e.className} "${e.textContent.trim().slice(0, 40)}"`;
  const top = document.querySelector("dialog[open]") ?? (matchMedia("(max-width: 1099px)").matches
    ? document.querySelector(".panel") : null) ?? document.body;
  const pen = document.createElement("canvas").getContext("2d");
  for (const e of top.querySelectorAll("input:placeholder-shown")) {
    const style = getComputedStyle(e), room = e.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    pen.font = `${style.fontSize} ${style.fontFamily}`;
    if (pen.measureText(e.placeholder).width > room + 1) bad.push("cut: " + e.placeholder) }
  for (const e of top.querySelectorAll("*")) {
    if (hidden(e) || e.closest("svg") || !e.textContent.trim() && !e.matches("input, select")) continue;
    const box = e.getBoundingClientRect(), style = getComputedStyle(e);
    if (box.right > width + 1 || box.left < -1) bad.push("outside: " + name(e));
    const frame = e.parentElement.closest("form, .panel, dialog, main, .rail, .answer, .said");
    if (frame) { const around = frame.getBoundingClientRect();
      if (box.right > around.right + 1 || box.left < around.left - 1) bad.push("sticks out: " + name(e)) }
    if (style.display !== "inline" && e.scrollWidth > e.clientWidth + 1 && !e.matches("tr, thead, tbody, table")
      && (style.overflowX !== "visible" || ![...e.children].length)) bad.push("cut: " + name(e)) }
  return bad }"""


def cut_or_outside(page: Page) -> list[str]:
    found: list[str] = page.evaluate(LOOK)
    return found
