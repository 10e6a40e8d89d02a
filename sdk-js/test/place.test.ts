import { expect, test } from "vitest";
import { MARGIN, place } from "../src/place";
import { dice } from "./page";

const W = 320;
const H = 140;
const at = (left: number, top: number, w = 80, h = 32) => ({ left, top, right: left + w, bottom: top + h });

test("stands below, centred, when there is room", () => {
  expect(place(at(500, 100), W, H, 1280, 720, false)).toMatchObject({ x: 380, y: 144, turn: 45 });
});

test("flips above at the lower edge", () => {
  expect(place(at(500, 680), W, H, 1280, 720, false)).toMatchObject({ y: 528, turn: 225 });
});

test("shifts along the edge and keeps the arrow at the target", () => {
  const left = place(at(0, 100), W, H, 1280, 720, false);
  expect(left).toMatchObject({ x: MARGIN, arrow: "top:-6.5px;left:26px" });
  const right = place(at(1240, 100, 40), W, H, 1280, 720, false);
  expect(right).toMatchObject({ x: 1280 - W - MARGIN, arrow: "top:-6.5px;left:296px" });
});

test("stands beside a tall target, to the left first where text runs from right to left", () => {
  const tall = { left: 600, top: 0, right: 680, bottom: 720 };
  expect(place(tall, W, H, 1280, 720, false)).toMatchObject({ x: 692, turn: -45 });
  expect(place(tall, W, H, 1280, 720, true)).toMatchObject({ x: 268, turn: 135 });
});

test("takes a corner without an arrow when the target fills the window", () => {
  const all = { left: 0, top: 0, right: 1280, bottom: 720 };
  expect(place(all, W, H, 1280, 720, false)).toMatchObject({ x: 952, y: 572, arrow: "display:none" });
  expect(place(all, W, H, 1280, 720, true)).toMatchObject({ x: MARGIN });
});

test("never covers its target and never leaves the window, in 10,000 random pages", () => {
  const random = dice(11);
  for (let round = 0; round < 10_000; round++) {
    const [vw, vh] = [340 + random() * 1600, 300 + random() * 1000];
    const [w, h] = [280 + random() * 44, 60 + random() * 200];
    const box = at(
      random() * vw * 0.95,
      random() * vh * 0.95,
      4 + random() * vw * 0.6,
      4 + random() * vh * 0.6,
    );
    const to = place(box, w, h, vw, vh, random() < 0.5);
    expect(to.x >= MARGIN - 0.001 && to.x + w <= vw - MARGIN + 0.001).toBe(true);
    expect(to.y >= MARGIN - 0.001 && to.y + h <= vh - MARGIN + 0.001).toBe(true);
    if (to.arrow === "display:none") continue;
    const apart = to.x + w <= box.left || to.x >= box.right || to.y + h <= box.top || to.y >= box.bottom;
    expect(apart).toBe(true);
  }
});
