import { describe, expect, test } from "vitest";
import { bucketWords, covered, percentiles, shares, sparkPath, stack, stepFor, stepWords, thinned, ticks, timeLabels, timeTicks } from "./chart_math";

const at = (text: string): number => Date.parse(text) / 1_000;

describe("ticks", () => {
  test.each([
    [31, [0, 10, 20, 30, 40]], [0.37, [0, 0.1, 0.2, 0.3, 0.4]], [8, [0, 2, 4, 6, 8]], [9.9, [0, 2.5, 5, 7.5, 10]], [0, [0, 1]], [1e6, [0, 250_000, 500_000, 750_000, 1_000_000]],
  ])("up to %d", (most, want) => expect(ticks(most)).toEqual(want));
  test("few where there is little room", () => expect(ticks(180, 2)).toEqual([0, 100, 200]));
  test("counts have no halves", () => expect(ticks(2, 4, 1)).toEqual([0, 1, 2]));
  test("three to six, whatever it is, and the last one holds it", () => {
    for (let most = 1e-7; most < 1e9; most *= 1.37) {
      const found = ticks(most);
      expect(found.length).toBeGreaterThanOrEqual(3);
      expect(found.length).toBeLessThanOrEqual(6);
      expect(found.at(-1)).toBeGreaterThanOrEqual(most * 0.9999);
    }
  });
});

describe("time", () => {
  const [from, to] = [at("2026-11-18T14:30:00Z"), at("2026-11-19T14:30:00Z")];
  test("round hours, the day where it changes", () => expect(timeLabels(timeTicks(from, to, 5))).toEqual(["Wed 18:00", "Thu 00:00", "06:00", "12:00"]));
  test("whole days by their date", () => expect(timeLabels(timeTicks(at("2026-11-01T00:00:00Z"), at("2026-11-05T00:00:00Z"), 5))).toEqual(["1 Nov", "2 Nov", "3 Nov", "4 Nov", "5 Nov"]));
  test("never more than asked for, one over at most", () => expect(timeTicks(from, to, 4).length).toBeLessThanOrEqual(5));
  test.each([[900, "15 min steps"], [3_600, "1 h steps"], [86_400, "1 day steps"], [60, "1 min steps"]])("%d s", (step, want) => expect(stepWords(step)).toBe(want));
  test.each([[900, "Thu 10:45 to 11:00"], [86_400, "Thu 19"]])("bucket of %d s", (step, want) => expect(bucketWords(at("2026-11-19T10:45:00Z"), step)).toBe(want));
  test("a cut bucket counts what lies inside", () => {
    expect(covered(100, 60, 130, 1_000)).toBe(30);
    expect(covered(960, 60, 130, 1_000)).toBe(40);
    expect(covered(200, 60, 130, 1_000)).toBe(60);
  });
});

test("layers lie on those before, nothing is zero", () => expect(stack([[1, null, 2], [3, 4, null]])).toEqual([[1, 0, 2], [4, 4, 2]]));
test("fewer than 20 make no percentile", () => expect(percentiles([5, 6, 7], [20, 19, 0])).toEqual([5, null, null]));
test.each([[100_000, 86_400, 900, 900], [500, 86_400, 900, 3 * 3_600], [10, 86_400, 900, 86_400], [0, 3_600, 60, 60]])("%d requests in %d s: at least %d s, %d s", (many, range, least, want) => expect(stepFor(many, range, least)).toBe(want));

test("shares add up", () => {
  expect(shares([1, 1, 1]).reduce((sum, one) => sum + one, 0)).toBeCloseTo(100, 9);
  expect(shares([1, 1, 1])).toEqual([33.4, 33.3, 33.3]);
  expect(shares([0, 0])).toEqual([0, 0]);
});

describe("spark", () => {
  test("zero lies on the ground, the most at the top", () => expect(sparkPath([0, 10], 92, 28)).toEqual({ path: "M2 25L88 3", last: [88, 3] }));
  test("a gap stays a gap", () => expect(sparkPath([1, null, 1], 92, 28).path).toBe("M2 3M88 3"));
  test("many points become few", () => expect(thinned([1, 3, null, null, 5, null], 3)).toEqual([2, null, 5]));
  test("nothing", () => expect(sparkPath([], 92, 28)).toEqual({ path: "", last: null }));
});
