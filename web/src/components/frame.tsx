// Navigation and top bar around every page.
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { api, type ApiError } from "../api/client";
import type { Me, Overview, Range, Status } from "../api/types";
import { count, rate } from "../lib/format";
import { go, href, type Page, type Place } from "../lib/route";
import { Mark, MenuIcon, OverviewIcon, RequestsIcon } from "./icons";

export const RANGE_SECONDS: Record<Range, number> = { "1h": 3_600, "24h": 86_400, "7d": 604_800 };
const RANGES: Range[] = ["1h", "24h", "7d"];
export const RANGE_WORDS: Record<Range, string> = { "1h": "1 h", "24h": "24 h", "7d": "7 d" };

interface FrameProps {
  me: Me;
  place: Place;
  status: Status | null;
  overview: Overview | null;
  error: ApiError | null;
  live: boolean;
  waiting: number;
  setLive: (live: boolean) => void;
  signOut: () => void;
  children: ComponentChildren;
}

export function Frame(props: FrameProps): JSX.Element {
  const [menu, setMenu] = useState(false);
  return (
    <>
      <a class="skip" href="#main">Skip to content</a>
      <div class="app">
        <Navigation {...props} open={menu} close={() => setMenu(false)} />
        <div>
          <TopBar {...props} openMenu={() => setMenu(true)} />
          <main id="main" class={props.place.row ? "with-drawer" : ""}>
            {props.status?.degraded && <Degraded status={props.status} />}
            {props.children}
          </main>
        </div>
      </div>
    </>
  );
}

function Navigation({ me, place, status, signOut, open, close }: FrameProps & { open: boolean; close: () => void }): JSX.Element {
  const name = me.org.name ?? "org";
  const entry = (page: Page, label: string, icon: JSX.Element) => (
    <a href={href({ page, range: place.range, filters: {}, row: null })} aria-current={place.page === page ? "page" : undefined} onClick={close}>{icon}{label}</a>
  );
  const leave = () => void api.logout().catch(() => undefined).finally(signOut);
  return (
    <aside class={open ? "nav open" : "nav"} aria-label="Main">
      <div class="brand"><Mark />Lectr<button class="btn quiet icon menu-x" type="button" aria-label="Close the menu" onClick={close}>✕</button></div>
      <div class="org"><span class="ini" aria-hidden="true">{name.charAt(0).toUpperCase()}</span><span title={name}>{name}</span></div>
      <nav>
        <h2>See</h2>
        {entry("overview", "Overview", <OverviewIcon />)}
        {entry("requests", "Requests", <RequestsIcon />)}
      </nav>
      <div class="foot">
        <div class="row"><span>{status ? `lectr ${status.version}` : ""}</span><span>{me.role}</span></div>
        <div class="row"><span title={me.user}>{me.user}</span><button class="btn quiet" type="button" onClick={leave}>Sign out</button></div>
      </div>
    </aside>
  );
}

function TopBar({ place, status, overview, error, live, waiting, setLive, openMenu }: FrameProps & { openMenu: () => void }): JSX.Element {
  return (
    <header class="top">
      <button class="btn icon menu" type="button" aria-label="Menu" onClick={openMenu}><MenuIcon /></button>
      <StatusLine status={status} overview={overview} error={error} range={place.range} />
      <span class="grow" />
      <div class="seg d-only" role="group" aria-label="Time range, UTC">
        {RANGES.map((range) => (
          <button key={range} type="button" aria-pressed={place.range === range} onClick={() => go({ ...place, range })}>{RANGE_WORDS[range]}</button>
        ))}
      </div>
      <button class={live ? (waiting > 0 ? "live paused" : "live") : "live paused"} type="button" aria-pressed={live} title="Live updates (Space)" onClick={() => setLive(!live)}>
        <i />{!live || waiting > 0 ? `Paused${waiting > 0 ? `, ${count(waiting)} new` : ""}` : "Live"}
      </button>
    </header>
  );
}

interface Verdict {
  dot: string;
  text: string;
}
function verdict(status: Status | null, overview: Overview | null, error: ApiError | null): Verdict {
  if (error) return { dot: "crit", text: error.status === 0 ? "Lectr does not answer" : "The store does not answer" };
  if (status?.degraded) return { dot: "warn", text: "Observability degraded: data may be incomplete" };
  if (!overview || !status) return { dot: "idle", text: "Loading" };
  if (overview.requests === 0) return { dot: "idle", text: status.events_received === 0 ? "Waiting for the first request" : "No requests in this range" };
  return { dot: "ok", text: status.events_dropped > 0 ? "Recording" : "Recording every request" };
}

function StatusLine({ status, overview, error, range }: { status: Status | null; overview: Overview | null; error: ApiError | null; range: Range }): JSX.Element {
  const { dot, text } = verdict(status, overview, error);
  const providers = overview?.providers.filter((row) => row.provider !== null).length ?? 0;
  return (
    <div class="status" role="status">
      <span class={`dot ${dot}`} /><b>{text}</b>
      {overview && !error && (
        <>
          <span class="sep d-only">·</span><span class="d-only">{rate(overview.requests, RANGE_SECONDS[range])} req/min</span>
          {overview.requests > 0 && <><span class="sep d-only">·</span><span class="d-only">{count(overview.errors)} failed</span></>}
          {status !== null && status.events_dropped > 0 && <><span class="sep d-only">·</span><span class="d-only s-warn">{count(status.events_dropped)} rows lost since the start</span></>}
          {providers > 0 && <><span class="sep p3">·</span><span class="p3">{providers === 1 ? "1 provider" : `${providers} providers`}</span></>}
        </>
      )}
    </div>
  );
}

function Degraded({ status }: { status: Status }): JSX.Element {
  const lost = status.events_dropped;
  return (
    <div class="banner warn" role="alert">
      <span class="dot warn" />
      <div>
        <b>Observability degraded: data may be incomplete.</b>
        <p>
          Requests pass as usual.{" "}
          {status.journal_backlog > 0 && <>{count(status.journal_backlog)} rows wait on disk and fill in later. </>}
          {lost > 0 && <><b>{count(lost)} rows were not recorded</b> since this process started.</>}
        </p>
      </div>
    </div>
  );
}
