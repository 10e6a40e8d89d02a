import { expect, test } from "vitest";
import { matches, routeOf } from "../src/route";

test.each([
  ["/", "", "/"],
  ["/reports/12", "", "/reports/:id"],
  ["/reports/12/", "", "/reports/:id"],
  ["/u/0190b3a2-7d1e-7c3a-9f00-0123456789ab/edit", "", "/u/:id/edit"],
  ["/v2/reports", "", "/v2/reports"],
  ["/app", "#/tasks/7?sort=name", "/tasks/:id"],
  ["/app", "#section", "/app"],
])("the route of %s%s is %s", (path, hash, route) => {
  expect(routeOf(path, hash)).toBe(route);
});

test.each([
  ["/reports", "/reports", true],
  ["/reports/:id", "/reports/:id", true],
  ["/reports/:x", "/reports/new", true],
  ["/reports/:x", "/reports", false],
  ["/reports/:x", "/reports/", false],
  ["/reports/*", "/reports/new/share", true],
  ["/reports", "/reports/new", false],
  ["*", "/anything", true],
  ["/*", "/", true],
  ["/a/:b/c", "/a/x/c", true],
  ["/a/:b/c", "/a/x/d", false],
])("%s against %s: %s", (pattern, route, holds) => {
  expect(matches(pattern, route)).toBe(holds);
});
