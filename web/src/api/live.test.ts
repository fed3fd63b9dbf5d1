import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openLive, type Link } from "./live";

class FakeSource extends EventTarget {
  static all: FakeSource[] = [];
  onerror: (() => void) | null = null;
  closed = false;
  constructor() {
    super();
    FakeSource.all.push(this);
  }
  close() {
    this.closed = true;
  }
  say(type: string, data: string) {
    this.dispatchEvent(Object.assign(new Event(type), { data }));
  }
}
const latest = () => FakeSource.all.at(-1) as FakeSource;

const seen = { links: [] as Link[], rows: 0, more: [] as boolean[], asked: 0, status: 0 };
let close: () => void;
beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("EventSource", FakeSource);
  vi.stubGlobal("document", Object.assign(new EventTarget(), { hidden: false }));
  FakeSource.all = [];
  Object.assign(seen, { links: [], rows: 0, more: [], asked: 0, status: 0 });
  close = openLive({ link: (link) => seen.links.push(link), rows: (rows, more) => { seen.rows += rows.length; seen.more.push(more); }, status: () => ++seen.status, catchUp: () => ++seen.asked });
});
afterEach(() => {
  close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

test("rows and status pass; a connect asks for what was missed", () => {
  latest().say("hello", "{}");
  latest().say("rows", '{"rows": [{}, {}], "more": 0}');
  latest().say("rows", '{"rows": [{}], "more": 7}');
  latest().say("status", "{}");
  expect(seen).toEqual({ links: ["connecting", "streaming"], rows: 3, more: [false, true], asked: 1, status: 1 });
});

test("a broken event costs a question, not the page", () => {
  latest().say("hello", "{}");
  latest().say("rows", "{");
  expect(seen.asked).toBe(2);
});

test("an end is followed by a new connection", () => {
  latest().say("hello", "{}");
  latest().onerror?.();
  expect(latest().closed).toBe(true);
  vi.advanceTimersByTime(1_000);
  expect(FakeSource.all).toHaveLength(2);
  latest().say("hello", "{}");
  expect(seen.links).toEqual(["connecting", "streaming", "connecting", "streaming"]);
});

test("while it can't be had the page asks every two seconds, and goes on trying", () => {
  latest().onerror?.();
  vi.advanceTimersByTime(1_000);
  latest().onerror?.();
  expect(seen.links.at(-1)).toBe("polling");
  const before = seen.asked;
  vi.advanceTimersByTime(2_000);
  expect(seen.asked).toBe(before + 1);
  expect(FakeSource.all).toHaveLength(3);
  latest().say("hello", "{}");
  expect(seen.links.at(-1)).toBe("streaming");
});

test("closed is closed", () => {
  close();
  vi.advanceTimersByTime(60_000);
  expect([FakeSource.all.length, latest().closed, seen.asked]).toEqual([1, true, 0]);
});
