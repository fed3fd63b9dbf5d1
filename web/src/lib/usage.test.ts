import { expect, test } from "vitest";
import { usageBar } from "./usage";

test("below the cap: the track ends at the cap, with room behind", () => {
  expect(usageBar({ spent: 50, held: 10, cap: 100, soft: [80], projected: 90, low: 85, high: 95 })).toEqual({ track: 89.29, spent: 44.64, held: [44.64, 8.93], band: [75.89, 8.93], projection: [53.57, 80.36], soft: [71.43], cap: 89.29 });
});
test("past the cap: the bar passes the tick and stays in its box", () => {
  const bar = usageBar({ spent: 300, cap: 100 });
  expect(bar.spent).toBeGreaterThan(bar.cap as number);
  expect(bar.spent).toBeLessThan(100);
});
test("a band that is wider than the cap stays in the box", () => {
  const bar = usageBar({ spent: 1, cap: 10, projected: 40, low: 20, high: 60 });
  expect((bar.band?.[0] ?? 0) + (bar.band?.[1] ?? 0)).toBeLessThan(100);
});
test("no cap: the track is the whole", () => expect(usageBar({ spent: 5, cap: null })).toMatchObject({ track: 100, cap: null, projection: null }));
test("nothing at all", () => expect(usageBar({ spent: 0, cap: null })).toMatchObject({ spent: 0, held: null, band: null }));
test("a hold that hardly shows is still seen", () => expect(usageBar({ spent: 50, held: 0.0001, cap: 100 }).held?.[1]).toBe(0.4));
test("what is projected below what is spent is not drawn", () => expect(usageBar({ spent: 50, cap: 100, projected: 20 }).projection).toBeNull());
