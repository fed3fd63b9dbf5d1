import { describe, expect, test } from "vitest";
import { ago, bytes, change, changeOfShare, changeOfTime, clock, count, duration, millis, money, moneyTick, countTick, rate, share, tokens } from "./format";

const thin = (text: string) => text.replaceAll(" ", "\u2009");

describe("money", () => {
  test.each([
    ["57.92", "$57.92"], ["57.9249", "$57.92"], ["1330.5", "$1,330.50"], ["0.0126", "$0.0126"], ["0.01", "$0.0100"], ["0.126", "$0.13"], ["0.5", "$0.50"],
    ["0.00079", "$0.00079"], ["0.000792", "$0.00079"], ["0.000796", "$0.00080"], ["0.00996", "$0.010"], ["0.000043", "$0.000043"],
    ["0.0000000004", "$0.00000000040"], ["0", "$0"], ["0.000", "$0"], ["-0.00079", "−$0.00079"], ["-2.5", "−$2.50"], ["7", "$7.00"],
  ])("%s is %s", (decimal, want) => expect(money(decimal)).toBe(want));
  test("an unknown price is never zero", () => expect(money(null)).toBe("no price"));
});

describe("duration", () => {
  test.each([
    [310, "0.31 ms"], [4, "0.0040 ms"], [1_234, "1.23 ms"], [94_000, "94 ms"], [231_400, "231 ms"], [999_400, "999 ms"], [999_600, "1.00 s"], [2_310_000, "2.31 s"],
    [12_340_000, "12.3 s"], [59_900_000, "59.9 s"], [60_000_000, "1 min 0 s"], [252_000_000, "4 min 12 s"], [7_500_000_000, "2 h 5 min"], [259_200_000_000, "3 d"],
  ])("%d µs is %s", (us, want) => expect(duration(us).replaceAll("\u2009", " ")).toBe(want));
  test("nothing is a dash", () => expect(duration(null)).toBe("–"));
});

test.each([[17_858, "17,858"], [0, "0"], [null, "–"]])("count %s", (value, want) => expect(count(value)).toBe(want));
test.each([[999_999, "999,999"], [44_730_000, thin("44.73 M")]])("tokens %d", (value, want) => expect(tokens(value)).toBe(want));
test.each([[0, "0 B"], [999, "999 B"], [41_200, "41.2 kB"], [999_960, "1.0 MB"], [5_300_000_000, "5.3 GB"]])("bytes %d", (value, want) => expect(bytes(value)).toBe(thin(want)));
test.each([[143, 17_858, "0.80 %"], [1, 2, "50.0 %"], [0, 9, "0.0 %"], [9, 9, "100.0 %"]])("share %d of %d", (part, whole, want) => expect(share(part, whole)).toBe(thin(want)));
test("share of nothing", () => expect(share(0, 0)).toBe("–"));
test.each([[17_858, 86_400, "12.4"], [0, 3_600, "0"], [1, 86_400, "< 0.1"], [720_000, 3_600, "12,000"]])("rate %d in %d s", (n, s, want) => expect(rate(n, s)).toBe(want));

test("times are cut, not converted", () => {
  expect(clock("2026-11-19T14:29:31.418209Z")).toBe("14:29:31");
  expect(millis("2026-11-19T14:29:31.418209Z")).toBe(".418");
});


describe("change", () => {
  test.each([
    [106.1, 100, "↑ 6.1 %"], [95, 100, "↓ 5.0 %"], [100, 100, "same"], [100.01, 100, "same"], [350, 100, "↑ 250 %"], [2_000, 100, "↑ × 20"], [20_000, 100, "new"],
  ])("%d after %d is %s", (now, before, want) => expect(change(now, before)?.text.replaceAll("\u2009", " ")).toBe(want));
  test.each([[1, 0], [null, 1], [1, null]])("%s after %s can't be told", (now, before) => expect(change(now, before)).toBeNull());
  test("shares change in points", () => {
    expect(changeOfShare(0.008, 0.0061)).toEqual({ text: thin("↑ 0.19 pp").replace("\u2009", " "), direction: 1 });
    expect(changeOfShare(0.2, 0.2)?.text).toBe("same");
  });
  test("times change by time", () => expect(changeOfTime(1_240_000, 1_280_000)).toEqual({ text: "↓ 40\u2009ms", direction: -1 }));
});

test.each([[0, 2.5, "$0"], [2.5, 2.5, "$2.50"], [20, 20, "$20"], [0.002, 0.001, "$0.002"], [1_500, 500, "$1,500"]])("money tick %d by %d", (value, step, want) => expect(moneyTick(value, step)).toBe(want));
test.each([[0, "0"], [1_500, "1,500"], [2_500_000, thin("2.5 M")], [0.25, "0.25"]])("count tick %d", (value, want) => expect(countTick(value)).toBe(want));
test.each([["2026-11-19T14:29:31Z", thin("29 s ago")], ["2026-11-19T12:30:00Z", thin("2 h ago")], ["2026-11-22T14:30:00Z", thin("in 3 d")]])("%s", (time, want) => expect(ago(time, Date.parse("2026-11-19T14:30:00Z"))).toBe(want.replace("in\u2009", "in ").replace("\u2009ago", " ago")));
