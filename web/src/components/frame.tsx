// Navigation and top bar around every page.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { api, type ApiError } from "../api/client";
import type { Anomaly } from "../api/anomalies";
import type { Me, Overview, ProviderRow, Status } from "../api/types";
import { dotOf, worst } from "../lib/anomaly";
import { count, providerName, rate, stamp } from "../lib/format";
import { lengthWords, rangeWords, seconds, type Range } from "../lib/range";
import { href, onPage, ranged, type Page, type Place } from "../lib/route";
import { useOpenAnomalies } from "../lib/use_anomalies";
import { useControl } from "../lib/use_control";
import type { Live } from "../lib/use_live";
import { AnomaliesIcon, ChangesIcon, CostsIcon, FallbackIcon, LimitsIcon, Mark, MenuIcon, OverviewIcon, RecommendationsIcon, RequestsIcon, RoutingIcon, SettingsIcon } from "./icons";
import { RangeMenu } from "./range_menu";

interface FrameProps {
  me: Me;
  place: Place;
  status: Status | null;
  overview: Overview | null;
  error: ApiError | null;
  live: Live;
  waiting: number;
  setLive: (live: boolean) => void;
  find: () => void;
  help: () => void;
  rangeOpen: boolean;
  setRange: (open: boolean) => void;
  signOut: () => void;
  children: ComponentChildren;
}

export function Frame(props: FrameProps): JSX.Element {
  const [menu, setMenu] = useState(false);
  useEffect(() => setMenu(false), [props.place.page]);
  return (
    <>
      <a class="skip" href="#main">Skip to content</a>
      <div class="app">
        <Navigation {...props} open={menu} close={() => setMenu(false)} />
        <div class="col">
          <TopBar {...props} openMenu={() => setMenu(true)} />
          <main id="main" class={props.place.row ? "with-drawer" : ""} tabIndex={-1}>
            <Banner status={props.status} />
            <RedisAway status={props.status} />
            {props.children}
          </main>
        </div>
      </div>
    </>
  );
}

function Navigation({ me, place, status, signOut, help, open, close }: FrameProps & { open: boolean; close: () => void }): JSX.Element {
  const name = me.org.name ?? "org";
  const open_ones = useOpenAnomalies().data?.counts.open ?? 0;
  const entry = (page: Page, label: string, icon: JSX.Element, keys: string, more?: ComponentChildren) => (
    <a href={href(onPage(place, page))} aria-current={place.page === page ? "page" : undefined}>{icon}{label}{more}<span class="k" aria-hidden="true">{keys}</span></a>
  );
  const leave = () => void api.logout().catch(() => undefined).finally(signOut);
  return (
    <aside class={open ? "nav open" : "nav"} aria-label="Main" onKeyDown={(event) => event.key === "Escape" && close()}>
      <div class="brand"><Mark />Lectr<button class="btn quiet icon menu-x" type="button" aria-label="Close the menu" onClick={close}>✕</button></div>
      <div class="org"><span class="ini" aria-hidden="true">{name.charAt(0).toUpperCase()}</span><span title={name}>{name}</span></div>
      <nav tabIndex={-1}>
        <h2>See</h2>
        {entry("overview", "Overview", <OverviewIcon />, "G O")}
        {entry("requests", "Requests", <RequestsIcon />, "G R")}
        {entry("costs", "Costs", <CostsIcon />, "G C")}
        <h2>Understand</h2>
        {entry("anomalies", "Anomalies", <AnomaliesIcon />, "G A", open_ones > 0 && <span class="n alert">{count(open_ones)}<span class="vh"> open</span></span>)}
        {entry("recommendations", "Recommendations", <RecommendationsIcon />, "G E")}
        <h2>Control</h2>
        {entry("routing", "Routing", <RoutingIcon />, "G T")}
        {entry("fallback", "Fallback", <FallbackIcon />, "G F")}
        {entry("limits", "Limits & budgets", <LimitsIcon />, "G L")}
        <h2>Define</h2>
        {entry("changes", "Changes", <ChangesIcon />, "G H")}
        {entry("settings", "Settings", <SettingsIcon />, "G S")}
      </nav>
      <div class="foot">
        <InForce />
        <div class="row"><span>{status ? <><b>lectr</b> {status.version}</> : ""}</span><button class="btn quiet" type="button" onClick={help}>Keys <kbd>?</kbd></button></div>
        <div class="row"><span title={`${me.user}, ${me.role}`}>{me.user}, {me.role}</span><button class="btn quiet" type="button" onClick={leave}>Sign out</button></div>
      </div>
    </aside>
  );
}

// Which version is in force, and where: an instance that lags is named.
function InForce(): JSX.Element | null {
  const { state, instances: last } = useControl();
  if (!state.data || state.data.version === 0) return null;
  const { version } = state.data;
  const instances = last && last.version >= version && (last.rows.every((one) => one.version >= version) || last.rows.some((one) => one.lags)) ? last : null;
  const lag = instances?.rows.filter((one) => one.lags) ?? [];
  const on = instances?.rows.filter((one) => one.version >= version).length ?? 0;
  return <div class="row"><span><b>v{version}</b> in force</span>{instances && instances.rows.length > 0 && <span class={lag.length > 0 ? "s-warn" : ""} title={lag.map((one) => `${one.id} has version ${one.version}`).join(", ") || undefined}>{lag.length > 0 ? `${(lag[0] as { id: string }).id} lags` : `${on} of ${instances.rows.length} instance${instances.rows.length === 1 ? "" : "s"}`}</span>}</div>;
}

function TopBar({ place, status, overview, error, live, waiting, setLive, openMenu, find, rangeOpen, setRange }: FrameProps & { openMenu: () => void }): JSX.Element {
  const still = !live.on || waiting > 0;
  const words = still ? `Paused${waiting > 0 ? `, ${count(waiting)} new` : ""}` : live.link === "streaming" ? "Live" : live.link === "polling" ? "Live, every 2 s" : "Connecting";
  return (
    <header class="top">
      <button class="btn icon menu" type="button" aria-label="Menu" onClick={openMenu}><MenuIcon /></button>
      <StatusLine status={status} overview={overview} error={error} place={place} />
      <span class="grow" />
      <button class="btn quiet d-only" type="button" onClick={find}><span class="p3">Find or go to</span> <kbd>⌘K</kbd></button>
      {ranged(place.page) && <RangeMenu place={place} open={rangeOpen} set={setRange} />}
      <button class={still ? "live paused" : `live ${live.link}`} type="button" aria-pressed={!still} title={live.on ? "Pause live updates (Space)" : "Go on live (Space)"} onClick={() => setLive(!live.on || waiting > 0)}>
        <i />{words}
      </button>
    </header>
  );
}

interface Verdict {
  dot: string;
  text: string;
}
const named = (rows: ProviderRow[]): string => (rows.length === 1 ? providerName((rows[0] as ProviderRow).provider) : `${rows.length} providers`);
function verdict(status: Status | null, overview: Overview | null, error: ApiError | null, unlike: Anomaly | null): Verdict {
  if (error) return { dot: "crit", text: error.status === 0 ? "Lectr does not answer" : error.status === 503 ? "The store does not answer" : "Something failed to load" };
  const of = (state: string) => overview?.providers.filter((row) => row.provider !== null && row.health?.state === state) ?? [];
  const [down, degraded, healthy] = [of("down"), of("degraded"), of("healthy")];
  if (down.length > 0) return { dot: "crit", text: `${named(down)} ${down.length === 1 ? "is" : "are"} down` };
  if (unlike && dotOf(unlike) === "crit") return { dot: "crit", text: unlike.title };
  if (status?.degraded) return { dot: "warn", text: "Observability degraded" };
  if (degraded.length > 0) return { dot: "warn", text: `${named(degraded)} degraded` };
  if (unlike) return { dot: dotOf(unlike), text: unlike.title };
  if (!overview || !status) return { dot: "idle", text: "Loading" };
  if (overview.totals.requests === 0) return { dot: "idle", text: status.events_received === 0 ? "Waiting for the first request" : "No requests in this range" };
  return healthy.length > 0 ? { dot: "ok", text: "All systems healthy" } : { dot: "idle", text: "All providers idle" };
}

function StatusLine({ status, overview, error, place }: Pick<FrameProps, "status" | "overview" | "error" | "place">): JSX.Element {
  const found = useOpenAnomalies().data;
  const { dot, text } = verdict(status, overview, error, found ? worst(found.rows) : null);
  const open = found?.counts.open ?? 0;
  const healthy = overview?.providers.filter((row) => row.provider !== null && row.health?.state === "healthy").length ?? 0;
  const requests = overview?.totals.requests ?? 0;
  return (
    <div class="status" role="status">
      <span class={`dot ${dot}`} /><b>{text}</b>
      {overview && !error && requests > 0 && (
        <span class="d-only more">
          <span class="sep">·</span><span>{rate(requests, seconds(place.range))} req/min</span>
          <span class="sep">·</span><span>{healthy === 1 ? "1 provider" : `${healthy} providers`} healthy</span>
          {found && <><span class="sep">·</span><a class="lk" href={href(onPage(place, "anomalies"))}>{open === 0 && !found.warm_up.active ? "building baseline" : open === 1 ? "1 anomaly" : `${count(open)} anomalies`}</a></>}
        </span>
      )}
    </div>
  );
}

// Never dismissable while true.
function Banner({ status }: { status: Status | null }): JSX.Element | null {
  if (!status?.degraded) return null;
  const lost = status.events_dropped;
  return (
    <div class="banner warn" role="alert">
      <span class="dot warn" />
      <div>
        <b>Observability degraded: data may be incomplete.</b>
        <p>
          Requests pass as usual.{" "}
          {status.degraded_reason && <>{status.degraded_reason.charAt(0).toUpperCase() + status.degraded_reason.slice(1).replace(/\.?$/, ".")} </>}
          {status.journal_backlog > 0 && <>{count(status.journal_backlog)} rows wait on disk and fill in later. </>}
          {lost > 0 && <><b>{count(lost)} rows were not recorded</b> since this process started.</>}
        </p>
      </div>
    </div>
  );
}

export const redisAway = (status: Status | null): boolean => status?.redis?.configured === true && status.redis.state === "away";
function RedisAway({ status }: { status: Status | null }): JSX.Element | null {
  if (!redisAway(status)) return null;
  const since = status?.redis?.since;
  return <div class="banner warn" role="alert"><span class="dot warn" /><div><b>Redis is away: limits hold for each instance alone.</b><p>Requests pass as usual.{since && ` Since ${stamp(since)} UTC.`}</p></div></div>;
}

// "24 h to Thu 19 Nov, 14:30 UTC, against the 24 h before"
export function rangeNote(overview: { to: string }, range: Range, compare: boolean): string {
  const which = typeof range === "string" ? `${lengthWords(range)} to ${stamp(overview.to)}` : rangeWords(range);
  return `${which} UTC${compare ? `, against the ${lengthWords(range)} before` : ""}`;
}
