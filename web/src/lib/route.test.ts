import { expect, test } from "vitest";
import { href, parse } from "./route";

test.each([
  ["/", "", "/overview"],
  ["/overview", "?range=7d", "/overview?range=7d"],
  ["/overview", "?range=24h", "/overview"],
  ["/overview", "?range=99y", "/overview"],
  ["/requests", "?provider=openai&errors=true&row=abc", "/requests?provider=openai&errors=true&row=abc"],
  ["/requests", "?sort=x&feature=a%20b", "/requests?feature=a+b"],
  ["/elsewhere", "", "/overview"],
])("%s%s is %s", (path, search, want) => expect(href(parse(path, search))).toBe(want));
