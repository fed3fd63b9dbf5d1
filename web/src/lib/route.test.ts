import { expect, test } from "vitest";
import { href, onPage, parse, rowsOf } from "./route";

test.each([
  ["/", "", "/overview"],
  ["/overview", "?range=7d", "/overview?range=7d"],
  ["/overview", "?range=24h", "/overview"],
  ["/overview", "?range=99y", "/overview"],
  ["/overview", "?by=model&compare=off&view=table", "/overview?by=model&compare=off&view=table"],
  ["/overview", "?by=nothing", "/overview"],
  ["/requests", "?provider=openai&errors=true&row=abc", "/requests?provider=openai&errors=true&row=abc"],
  ["/requests", "?sort=x&feature=a%20b", "/requests?feature=a+b"],
  ["/requests", "?sort=cost&min_latency_ms=5000&status=abc", "/requests?min_latency_ms=5000&sort=cost"],
  ["/requests", "?range=2026-11-19T10:00Z/2026-11-19T14:30Z", "/requests?range=2026-11-19T10:00Z/2026-11-19T14:30Z"],
  ["/requests", "?range=2026-11-19T14:00Z/2026-11-19T10:00Z", "/requests"],
  ["/requests", "?feature=%3Cscript%3Ealert(1)%3C%2Fscript%3E", "/requests?feature=%3Cscript%3Ealert%281%29%3C/script%3E"],
  ["/costs", "?order=-requests", "/costs?order=-requests"],
  ["/settings", "?tab=prices", "/settings?tab=prices"],
  ["/elsewhere", "", "/overview"],
])("%s%s is %s", (path, search, want) => expect(href(parse(path, search))).toBe(want));

test("another page keeps range and what sums know of the filters", () => {
  const place = parse("/requests", "?range=7d&feature=chat&verdict=stalled&row=abc&sort=cost");
  expect(href(onPage(place, "costs"))).toBe("/costs?range=7d&feature=chat");
});
test("a number leads to its rows", () => expect(rowsOf(parse("/costs", "?range=7d&by=model&feature=chat"), { model: "gpt-5" })).toBe("/requests?range=7d&feature=chat&model=gpt-5"));
