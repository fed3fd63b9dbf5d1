// The stream of what just happened, with a way to go on without it: while it can't be had, the page asks every two seconds.
import type { RequestRow, Status } from "./types";

export type Link = "connecting" | "streaming" | "polling";
export interface LiveEvents {
  link: (state: Link) => void;
  rows: (rows: RequestRow[], more: boolean) => void; // more: not all of them are in here
  status: (status: Status) => void;
  catchUp: () => void; // some may have been missed: ask
}

const POLL_MS = 2_000;
const AGAIN_MS = [1_000, 2_000, 5_000, 15_000]; // then every 15 s
const SILENT_MS = 40_000; // heartbeats come every 15 s, but no script can see them; rows and status can be quiet for long, so only ask then

export function openLive(events: LiveEvents): () => void {
  let source: EventSource | null = null;
  let failures = 0;
  let heard = 0;
  let closed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const parsed = <T>(event: Event, take: (value: T) => void) => {
    heard = Date.now();
    try {
      take(JSON.parse((event as MessageEvent<string>).data) as T);
    } catch {
      events.catchUp(); // a broken event costs a question, not the page
    }
  };
  const connect = () => {
    if (closed) return;
    source?.close();
    source = new EventSource("/api/v1/live");
    source.addEventListener("hello", () => {
      failures = 0;
      heard = Date.now();
      events.link("streaming");
      events.catchUp();
    });
    source.addEventListener("rows", (event) => parsed<{ rows: RequestRow[]; more: number }>(event, ({ rows, more }) => events.rows(rows, more > 0)));
    source.addEventListener("status", (event) => parsed<Status>(event, events.status));
    source.onerror = () => {
      // The browser would try again by itself, but never tell how often, and give up for good on an answer like 503.
      source?.close();
      source = null;
      events.link(failures === 0 ? "connecting" : "polling");
      timer = setTimeout(connect, AGAIN_MS[Math.min(failures, AGAIN_MS.length - 1)]);
      ++failures;
    };
  };
  const beat = setInterval(() => {
    if (document.hidden) return;
    if (source === null ? failures > 1 : Date.now() - heard > SILENT_MS) {
      heard = Date.now();
      events.catchUp();
    }
  }, POLL_MS);
  const shown = () => !document.hidden && events.catchUp();
  document.addEventListener("visibilitychange", shown);
  events.link("connecting");
  connect();
  return () => {
    closed = true;
    source?.close();
    clearTimeout(timer);
    clearInterval(beat);
    document.removeEventListener("visibilitychange", shown);
  };
}
