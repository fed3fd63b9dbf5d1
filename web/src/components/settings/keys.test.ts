import { expect, test } from "vitest";
import { stateOf } from "./keys";

const now = Date.parse("2026-11-19T14:30:00Z");
test.each([
  [null, null, "active"], [null, "2026-11-20T00:00:00Z", "ending"], [null, "2026-11-19T14:30:00Z", "expired"], ["2026-11-18T00:00:00Z", "2026-11-20T00:00:00Z", "revoked"],
])("revoked %s, ends %s: %s", (revoked_at, expires_at, want) => expect(stateOf({ revoked_at, expires_at }, now)).toBe(want));
