import { expect, test } from "vitest";
import { safeUrl } from "../src/urls";

const GOOD = [
  "https://example.com",
  "http://example.com/a?b=c#d",
  "HTTPS://EXAMPLE.COM/",
  "mailto:help@example.com",
  "tel:+123",
  "/reports/schedule",
  "/",
  "#top",
  "?tab=2",
];
const BAD = [
  "",
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  "java\tscript:alert(1)",
  "\u0001javascript:alert(1)",
  " https://example.com",
  "https://example.com/a b",
  "data:text/html,x",
  "vbscript:x",
  "blob:https://example.com/x",
  "file:///etc/passwd",
  "//evil.example",
  "/\\evil.example",
  "\\\\evil.example",
  "https:evil.example",
  "https:///evil.example",
  "https://user@evil.example",
  "reports/schedule",
  "https://example.com/\u202egpj",
  "/\u200b/evil.example",
  `/${"a".repeat(2_048)}`,
  null,
  undefined,
  7,
  ["/a"],
  { toString: () => "/a" },
];

test.each(GOOD)("%j may be opened", (url) => {
  expect(safeUrl(url)).toBe(url);
});

test.each(BAD)("%j may not", (url) => {
  expect(safeUrl(url)).toBeNull();
});
