// Who is signed in, where we are, and what all pages share: the live stream, the figures, the rows.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, ApiError, csv, known as knownError } from "./api/client";
import type { Dimensions, Me } from "./api/types";
import { Details } from "./components/details";
import { FOCUS_FILTER } from "./components/filter_bar";
import { Finder } from "./components/finder";
import { Frame, redisAway } from "./components/frame";
import { Help } from "./components/help";
import { Failure } from "./components/parts";
import { Toasts } from "./components/toast";
import { forSums } from "./lib/filters";
import { rangeQuery, rangeText, type Range } from "./lib/range";
import { follow, go, onPage, ranged, usePlace, type Page, type Place } from "./lib/route";
import { COLOURS, coloursOf, forgetColours } from "./lib/series";
import { useFocusKept } from "./lib/use_focus";
import { DISMISS_THING, NEW_THING, STEP_THING, useKeys } from "./lib/use_keys";
import { AnomaliesContext, useAnomaliesSource } from "./lib/use_anomalies";
import { ControlContext, useControlSource } from "./lib/use_control";
import { LiveContext, useLive, useLiveSource } from "./lib/use_live";
import { forgetAnswers, useQuery } from "./lib/use_query";
import { useRows, type Rows } from "./lib/use_rows";
import { AnomaliesPage } from "./pages/anomalies";
import { OnlyDocument, useLooker } from "./components/control/only_document";
import { Changes } from "./pages/changes";
import { Costs } from "./pages/costs";
import { FallbackPage } from "./pages/fallback";
import { LimitsPage } from "./pages/limits";
import { Login } from "./pages/login";
import { Overview } from "./pages/overview";
import { RecommendationsPage } from "./pages/recommendations";
import { Requests } from "./pages/requests";
import { Routing } from "./pages/routing";
import { Settings } from "./pages/settings";

type Who = { state: "asking" } | { state: "out"; note: string | null } | { state: "in"; me: Me } | { state: "error"; error: ApiError };
export interface Shared {
  place: Place;
  known: Dimensions | null;
  hold: (held: boolean) => void;
}

export function App(): JSX.Element {
  const [who, set] = useState<Who>({ state: "asking" });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const stop = new AbortController();
    api.me(stop.signal).then(
      (me) => set({ state: "in", me }),
      (error: unknown) => {
        if (stop.signal.aborted) return;
        if (error instanceof ApiError && error.status === 401) set({ state: "out", note: null });
        else set({ state: "error", error: knownError(error) });
      },
    );
    return () => stop.abort();
  }, [turn]);

  const leave = (note: string | null) => {
    forgetAnswers(); // the next one to sign in may be of another org
    forgetColours();
    set({ state: "out", note });
  };
  if (who.state === "in") return <SignedIn me={who.me} signedOut={leave} />;
  if (who.state === "out") return <Login note={who.note} signedIn={(me) => set({ state: "in", me })} />;
  if (who.state === "error") return <main class="lone"><Failure error={who.error} retry={() => setTurn(turn + 1)} what="Your sign-in" /></main>;
  return <main class="lone" aria-busy="true"><span class="dim">Loading</span></main>;
}

function SignedIn({ me, signedOut }: { me: Me; signedOut: (note: string | null) => void }): JSX.Element {
  const [on, setOn] = useState(true);
  const live = useLiveSource(on);
  return <LiveContext.Provider value={live}><Toasts><Pages me={me} signedOut={signedOut} setOn={setOn} /></Toasts></LiveContext.Provider>;
}

const TITLES: Record<Page, string> = { overview: "Overview", requests: "Requests", costs: "Costs", anomalies: "Anomalies", recommendations: "Recommendations", routing: "Routing", fallback: "Fallback", limits: "Limits & budgets", changes: "Changes", settings: "Settings" };
const NEWEST: Range = "24h";
const STATUS_MS = 5_000;

function Pages({ me, signedOut, setOn }: { me: Me; signedOut: (note: string | null) => void; setOn: (on: boolean) => void }): JSX.Element {
  const place = usePlace();
  const live = useLive();
  const [hovered, hold] = useState(false);
  const [over, setOver] = useState<"find" | "help" | "range" | null>(null);
  const scrolled = useScrolled();
  const beat = useBeat(STATUS_MS);
  const polled = useQuery("status", (signal) => api.status(signal), beat);
  const figures = useQuery(`overview ${rangeText(place.range)} ${place.compare}`, (signal) => api.overview({ ...rangeQuery(place.range), compare: place.compare || undefined }, signal), live.tick);
  const dimensions = useQuery(`dimensions ${rangeText(place.range)}`, (signal) => api.dimensions(rangeQuery(place.range), signal), Math.floor(live.tick / 10));
  const steering = useControlSource(beat);
  const unlike = useAnomaliesSource(beat);
  useFocusKept(steering.state.data?.version);
  const list = place.page === "requests";
  const rows = useRows(list ? place.filters : forSums(place.filters), list ? place.range : NEWEST, list ? place.sort : "time", hovered || (scrolled && list) || place.row !== null);
  const status = polled.data ?? live.status;
  const error = polled.error ?? figures.error ?? rows.error;

  useEffect(() => {
    if (error?.status === 401) signedOut("You were signed out. Sign in again to go on.");
  }, [error]);
  useEffect(() => {
    document.title = `${TITLES[place.page]} · ${me.org.name ?? "org"} · Lectr`;
    if (place.page !== "requests") hold(false);
    scrollTo(0, 0);
  }, [place.page]);
  useEffect(() => {
    const found = dimensions.data;
    if (!found) return;
    coloursOf("feature", found.features.slice(0, COLOURS));
    coloursOf("model", found.models.slice(0, COLOURS));
    coloursOf("provider", found.providers.slice(0, COLOURS));
  }, [dimensions.data]);
  useShortcuts(place, rows, over, setOver, () => setOn(!live.on));

  const shared: Shared = { place, known: dimensions.data, hold };
  const waiting = list || place.page === "overview" ? rows.waiting : 0;
  return (
    <ControlContext.Provider value={steering}><AnomaliesContext.Provider value={unlike}><div onClick={follow}>
      <Frame me={me} place={place} status={status} overview={figures.data} error={error} live={live} waiting={place.sort === "time" ? waiting : 0} find={() => setOver("find")} help={() => setOver("help")} rangeOpen={over === "range"} setRange={(open) => setOver(open ? "range" : null)} signOut={() => signedOut(null)}
        setLive={(next) => {
          setOn(next);
          if (next && waiting > 0) release(place, rows);
        }}>
        {place.page === "overview" ? <Overview me={me} figures={figures} rows={rows} {...shared} /> : place.page === "requests" ? <Requests rows={rows} {...shared} /> : place.page === "costs" ? <Costs {...shared} /> : <Steering me={me} {...shared} beat={beat} away={redisAway(status)} />}
      </Frame>
      {place.row && <Details id={place.row} place={place} known={rows.shown.find((row) => row.id === place.row)} close={() => go({ ...place, row: null })} step={(by) => step(place, rows, by)} />}
      {over === "find" && <Finder place={place} known={dimensions.data} more={[{ kind: "Live", label: live.on ? "Pause live updates" : "Go on live", keys: "Space", act: () => setOn(!live.on) }]} close={() => setOver(null)} />}
      {over === "help" && <Help close={() => setOver(null)} />}
    </div></AnomaliesContext.Provider></ControlContext.Provider>
  );
}

function Steering({ me, beat, away, ...shared }: Shared & { me: Me; beat: number; away: boolean }): JSX.Element {
  const { place, known } = shared;
  const looker = useLooker(me);
  switch (place.page) {
    case "anomalies": return <AnomaliesPage me={me} place={place} known={known} beat={beat} />;
    case "settings": return <Settings me={me} place={place} />;
    default: return <><OnlyDocument /><Declared me={looker} {...shared} beat={beat} away={away} /></>;
  }
}

function Declared({ me, beat, away, place, known }: Shared & { me: Me; beat: number; away: boolean }): JSX.Element {
  switch (place.page) {
    case "recommendations": return <RecommendationsPage me={me} place={place} beat={beat} />;
    case "routing": return <Routing me={me} place={place} known={known} beat={beat} />;
    case "fallback": return <FallbackPage me={me} place={place} beat={beat} />;
    case "limits": return <LimitsPage me={me} place={place} known={known} beat={beat} said={away} />;
    default: return <Changes me={me} place={place} />;
  }
}

// Live again by hand: to the top, nothing selected, what waits comes in.
function release(place: Place, rows: Rows): void {
  scrollTo(0, 0);
  if (place.row) go({ ...place, row: null });
  rows.release();
}

function step(place: Place, rows: Rows, by: number): void {
  const at = rows.shown.findIndex((row) => row.id === place.row);
  const next = rows.shown[at < 0 ? 0 : at + by];
  if (!next) return;
  go({ ...place, row: next.id }, place.row ? "replace" : "push");
  requestAnimationFrame(() => document.querySelector(`tr[data-id="${CSS.escape(next.id)}"]`)?.scrollIntoView({ block: "nearest" }));
}

function useShortcuts(place: Place, rows: Rows, over: "find" | "help" | "range" | null, setOver: (what: "find" | "help" | "range" | null) => void, toggle: () => void): void {
  const page = (to: Page) => () => go(onPage(place, to));
  const listed = place.page === "requests" || place.page === "overview";
  useKeys({
    "g o": page("overview"), "g r": page("requests"), "g c": page("costs"), "g s": page("settings"),
    "g a": page("anomalies"), "g e": page("recommendations"), "g t": page("routing"), "g f": page("fallback"), "g l": page("limits"), "g h": page("changes"),
    t: () => ranged(place.page) && setOver(over === "range" ? null : "range"),
    " ": toggle,
    "/": () => dispatchEvent(new Event(FOCUS_FILTER)),
    j: () => (listed ? step(place, rows, 1) : dispatchEvent(new CustomEvent(STEP_THING, { detail: 1 }))), k: () => (listed ? place.row && step(place, rows, -1) : dispatchEvent(new CustomEvent(STEP_THING, { detail: -1 }))),
    Enter: () => listed && !place.row && step(place, rows, 0),
    d: () => dispatchEvent(new Event(DISMISS_THING)),
    v: () => (ranged(place.page) || place.page === "anomalies") && go({ ...place, table: !place.table }, "replace"),
    c: () => (place.page === "overview" || place.page === "costs") && go({ ...place, compare: !place.compare }, "replace"),
    e: () => download(place), n: () => dispatchEvent(new Event(NEW_THING)),
    r: () => document.querySelectorAll<HTMLElement>("[role='alert'] button").forEach((button) => button.click()),
    "?": () => setOver("help"),
    Escape: () => (place.row ? go({ ...place, row: null }) : place.page === "routing" && place.item && go({ ...place, item: null })),
    "shift+Escape": () => go({ ...place, filters: {} }),
  }, {
    "mod+k": (event) => {
      event.preventDefault();
      setOver(over === "find" ? null : "find");
    },
  });
}

function download(place: Place): void {
  const ask = { ...(place.page === "requests" ? place.filters : forSums(place.filters)), ...rangeQuery(place.range) };
  const address = place.page === "requests" ? csv("requests", place.sort === "time" ? ask : { ...ask, sort: place.sort }) : place.page === "costs" ? csv("costs", { ...ask, by: place.by }) : place.page === "overview" ? csv("overview", ask) : null;
  if (!address) return;
  const link = document.createElement("a");
  link.href = address;
  link.download = "";
  link.click();
}

function useBeat(every_ms: number): number {
  const [beat, set] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => !document.hidden && set((before) => before + 1), every_ms);
    return () => clearInterval(timer);
  }, []);
  return beat;
}

function useScrolled(): boolean {
  const [scrolled, set] = useState(false);
  useEffect(() => {
    const look = () => set(scrollY > 120);
    addEventListener("scroll", look, { passive: true });
    return () => removeEventListener("scroll", look);
  }, []);
  return scrolled;
}
