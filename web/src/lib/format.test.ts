import { describe, expect, test } from "vitest";
import { bytes, clock, count, duration, millis, money, rate, seriesOf, share, tokens } from "./format";

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

test("a feature keeps its colour, and untagged is grey", () => {
  expect(seriesOf("chat")).toBe(seriesOf("chat"));
  expect([1, 2, 3, 4, 5]).toContain(seriesOf("chat"));
  expect(seriesOf("untagged")).toBe(0);
  expect(seriesOf(null)).toBe(0);
});
