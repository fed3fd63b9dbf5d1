import { expect, test } from "vitest";
import { lengthWords, parseRange, rangeQuery, rangeText, rangeWords, seconds } from "./range";

test.each([["24h", "24h"], ["15m", "15m"], ["99y", null], [null, null], ["a/b", null], ["2026-11-19T10:00Z/2026-11-19T09:00Z", null], ["2026-11-19T10:00Z/2026-11-19T14:30:15Z", "2026-11-19T10:00Z/2026-11-19T14:30:15Z"]])("%s", (text, want) => {
  const range = parseRange(text);
  expect(range === null ? null : rangeText(range)).toBe(want);
});
test("the server is asked for a window, or for a span", () => {
  expect(rangeQuery("7d")).toEqual({ window: "7d" });
  expect(rangeQuery(parseRange("2026-11-19T10:00Z/2026-11-19T14:30Z") ?? "24h")).toEqual({ from: "2026-11-19T10:00:00.000Z", to: "2026-11-19T14:30:00.000Z" });
});
test("words", () => {
  expect(rangeWords("15m")).toBe("15 min");
  expect(rangeWords(parseRange("2026-11-19T10:00Z/2026-11-19T14:30Z") ?? "24h")).toBe("19 Nov, 10:00 to 14:30");
  expect(rangeWords(parseRange("2026-11-18T22:00Z/2026-11-19T02:30Z") ?? "24h")).toBe("18 Nov 22:00 to 19 Nov 02:30");
  expect(lengthWords("24h")).toBe("24 h");
  expect(lengthWords(parseRange("2026-11-19T10:00Z/2026-11-19T14:30Z") ?? "24h")).toBe("4 h 30 min");
  expect(lengthWords(parseRange("2026-11-01T00:00Z/2026-11-08T12:00Z") ?? "24h")).toBe("7.5 d");
  expect(seconds("90d")).toBe(7_776_000);
});
