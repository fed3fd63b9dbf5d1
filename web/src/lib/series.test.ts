import { expect, test } from "vitest";
import { assign } from "./series";

test("colours go out in the order of need, and stay", () => {
  const known = new Map<string, number>();
  expect(assign("feature", ["chat", "untagged", "search"], known)).toEqual([1, 0, 2]);
  expect(assign("feature", ["search", "chat"], known)).toEqual([2, 1]);
  expect(assign("model", ["chat"], known)).toEqual([1]);
});
test("side by side no two are alike, and the sixth is grey", () => {
  const known = new Map([["feature\na", 1], ["feature\nb", 1]]);
  const found = assign("feature", ["a", "b", "c", "d", "e", "f"], known);
  expect(new Set(found.slice(0, 5)).size).toBe(5);
  expect(found[5]).toBe(0);
});
test("what is owned is only lent", () => {
  const known = new Map<string, number>();
  assign("feature", ["a", "b", "c", "d", "e"], known);
  expect(assign("feature", ["f", "a"], known)).toEqual([2, 1]);
  expect(known.has("feature\nf")).toBe(false);
});
test("no name is grey", () => expect(assign("task", [null, ""], new Map())).toEqual([0, 0]));
