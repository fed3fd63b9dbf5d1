// Everything that is known of one request. Metadata only: there is nothing else.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { api } from "../api/client";
import type { RequestDetail, RequestRow } from "../api/types";
import { ago, bytes, clock, count, day, duration, millis, none, providerName, words } from "../lib/format";
import { href, onPage, rowsOf, type Place } from "../lib/route";
import { routeLines } from "../lib/route_lines";
import { useFocusBack } from "../lib/use_focus";
import { useQuery } from "../lib/use_query";
import { Copy, Cost, costBand, Failure, isEstimate, Maybe, statusClass, tokenBand } from "./parts";
import { attemptsOf, Timeline, tookOf, wentWell } from "./timeline";
import { Counted } from "./tokens_and_cost";

interface DetailsProps {
  place: Place;
  id: string;
  known: RequestRow | undefined;
  close: () => void;
  step: (by: number) => void;
}

export function Details({ place, id, known, close, step }: DetailsProps): JSX.Element {
  const answer = useQuery<RequestDetail>(`request ${id}`, (signal) => api.request(id, signal));
  const row = answer.data ?? known;
  const panel = useRef<HTMLElement>(null);
  useFocusBack();
  useEffect(() => panel.current?.focus({ preventScroll: true }), []);
  useEffect(() => panel.current?.scrollTo(0, 0), [id]);
  const buttons = <><span class="d-only steps-k"><button class="btn quiet icon" type="button" aria-label="Previous request (K)" title="Previous (K)" onClick={() => step(-1)}>↑</button><button class="btn quiet icon" type="button" aria-label="Next request (J)" title="Next (J)" onClick={() => step(1)}>↓</button></span><button class="btn quiet icon" type="button" aria-label="Close (Esc)" title="Close (Esc)" onClick={close}>✕</button></>;
  return (
    <aside class="drawer" aria-label="Request detail" ref={panel} tabIndex={-1}>
      {row ? <Known row={row} place={place} buttons={buttons} whole={answer.data !== null} /> : (
        <>
          <header><div class="dh"><span class="strong">Request</span><span class="grow" />{buttons}</div><div class="dim dh2"><span class="mono">{id}</span></div></header>
          {answer.error?.status === 404 ? <div class="empty"><b>There is no such request.</b><span>It was never recorded here, or its time of retention is over.</span></div>
            : answer.error ? <Failure error={answer.error} retry={answer.retry} what="This request" /> : <DrawerLoading />}
        </>
      )}
    </aside>
  );
}

const DrawerLoading = (): JSX.Element => (
  <div aria-busy="true">
    {["Sums", "Timeline", "Tokens and cost", "Metadata"].map((name) => <section key={name}><h2>{name}</h2><span class="skel w80" /><span class="skel w60" /></section>)}
  </div>
);

function Known({ row, place, buttons, whole }: { row: RequestDetail; place: Place; buttons: JSX.Element; whole: boolean }): JSX.Element {
  const good = row.error_source === null;
  return (
    <>
      <header>
        <div class="dh">
          <span class="strong t" title={row.endpoint ?? undefined}>{row.method} {row.endpoint ?? "unknown endpoint"}</span>
          <span class={`badge ${good ? "ok" : row.error_source === "client" ? "warn" : "crit"}`}>{row.status}</span>
          {row.attempts > 1 && <span class="badge warn">{row.attempts} attempts</span>}
          <span class="grow" />{buttons}
        </div>
        <div class="dim dh2"><span class="mono">{row.id}</span><Copy text={row.id} label="Copy request id" words="" /><span>{day(row.completed_at)}, {clock(row.completed_at)}{millis(row.completed_at)} UTC</span><span class="d-only">{ago(row.completed_at, Date.now())}</span></div>
      </header>
      <Sums row={row} />
      {!good && <Failed row={row} place={place} />}
      <Timeline row={row} />
      <Attempts row={row} />
      <Counted row={row} whole={whole} />
      <WhyThisRoute row={row} place={place} />
      <Metadata row={row} place={place} />
    </>
  );
}

function Sums({ row }: { row: RequestRow }): JSX.Element {
  const total = row.tokens_input === null && row.tokens_output === null ? null : (row.tokens_input ?? 0) + (row.tokens_output ?? 0);
  const dot = row.verdict === "complete" ? "" : row.verdict === "client_gone" ? " warn" : " crit";
  return (
    <dl class="facts f4">
      <div><dt>Total</dt><dd>{duration(row.latency_us)}<small>{row.ttfb_us === null ? "no first byte" : `first byte ${duration(row.ttfb_us)}`}</small></dd></div>
      <div><dt>Tokens</dt><dd>{total === null ? <span class="dim">{none}</span> : <Maybe estimate={row.token_source === "measured"} why={tokenBand(row)}>{count(total)}</Maybe>}<small>{total === null ? "not known" : row.token_source === "measured" ? "measured" : "from the provider"}</small></dd></div>
      <div><dt>Cost</dt><dd><Cost row={row} /><small title={row.cost === null ? undefined : costBand(row)}>{row.cost === null ? (row.cost_source === "unknown_model" ? "model has no price" : "nothing to price") : isEstimate(row) ? costBand(row) : "exact"}</small></dd></div>
      <div><dt>Stream</dt><dd>{row.verdict === null ? <span class="dim">{none}</span> : <span class="st"><span class={`dot${dot}`} />{words(row.verdict)}</span>}<small>{row.streaming ? bytes(row.bytes_out) : "one answer"}</small></dd></div>
    </dl>
  );
}

const BLAME = { proxy: "Lectr answered this itself", provider: "The provider answered so", client: "The client ended it" } as const;
// Lectr's own answer for what a provider failed to do: not to be taken for the provider's.
const INSTEAD: Record<string, string> = { provider_timeout: "The provider sent nothing in time, so Lectr answered", provider_unreachable: "The provider could not be reached, so Lectr answered", provider_bad_response: "What the provider sent could not be read, so Lectr answered" };
// Ends of streams: the status was sent before.
const BROKE: Record<string, string> = { provider_cut: "The provider broke off its answer", stream_truncated: "The stream ended without its end mark", stream_malformed: "The stream held what is not its protocol", gateway_shutdown: "Lectr was stopped and broke off the answer" };
const blame = (row: RequestRow): string => BROKE[row.error_code ?? ""] || (row.status_source === "proxy" && INSTEAD[row.error_code ?? ""]) || (row.error_code === "provider_timeout" ? "The provider began to answer and fell silent" : BLAME[row.error_source ?? "provider"]);
function Failed({ row, place }: { row: RequestRow; place: Place }): JSX.Element {
  const alike = row.error_code ? rowsOf({ ...place, filters: {} }, { error_code: row.error_code }) : row.error_category ? rowsOf({ ...place, filters: {} }, { error_category: row.error_category }) : rowsOf({ ...place, filters: {} }, { status: String(row.status) });
  return (
    <section class="failed">
      <h2>Failure <span class="r"><a class="link" href={alike}>All like it</a></span></h2>
      <p><span class={statusClass(row)}>{blame(row)}: {row.status}{row.error_category && ` ${words(row.error_category)}`}</span>{row.error_code && <>, <span class="mono">{row.error_code}</span></>}.</p>
    </section>
  );
}

function Attempts({ row }: { row: RequestDetail }): JSX.Element | null {
  const attempts = attemptsOf(row);
  if (attempts.length === 0) return <section><h2>Attempts</h2><p class="dim">No provider was asked.</p></section>;
  return (
    <section><h2>Attempts</h2>
      <table class="cmp"><thead><tr><th scope="col">Target</th><th scope="col">Result</th><th class="p2" scope="col">First byte</th><th scope="col">Took</th></tr></thead><tbody>
        {attempts.map((one) => {
          const took = tookOf(one);
          return <tr key={one.attempt}><td>{one.attempt} <span class="strong">{providerName(one.provider)}</span> <span class="t">{one.model ?? ""}</span></td><td class={wentWell(one.outcome) ? "" : "s-crit"}>{words(one.outcome ?? "ok")}</td><td class="p2">{one.ttfb_us === null ? <span class="dim">{none}</span> : duration(one.ttfb_us)}</td><td>{took === null ? <span class="dim">{none}</span> : duration(took)}</td></tr>;
        })}
      </tbody></table>
    </section>
  );
}

function WhyThisRoute({ row, place }: { row: RequestDetail; place: Place }): JSX.Element | null {
  const lines = routeLines(row.route);
  if (lines.length === 0) return null;
  const version = row.control_version;
  const whole = Math.max(1, ...lines.map(({ span }) => (span ? span.from + span.ms : 0)));
  return (
    <section><h2>Why this route {version ? <span class="r"><a class="link" href={href(onPage(place, "changes", { item: String(version) }))}>control state v{version}</a></span> : null}</h2>
      <ol class="why">{lines.map(({ mark, text, result, span }, n) => <li key={n} class={mark === "–" ? "no" : ""}><span class={mark === "✓" ? "m s-ok" : "m"}>{mark}</span><span class="t" title={text}>{text}</span><span class={mark === "✕" ? "r s-warn" : "r"}>{result}</span>{span && <Tried good={mark === "→"} {...span} whole={whole} />}</li>)}</ol>
    </section>
  );
}

// One target's share of the time, so that one sees what was waited for.
function Tried({ good, from, ms, whole }: { good: boolean; from: number; ms: number; whole: number }): JSX.Element {
  const part = (of: number) => `${((100 * of) / whole).toFixed(2)}%`;
  return <svg class="wf tried" height="6" role="img" aria-label={`${ms} ms, after ${from} ms`}><rect class="gr" x="0" width="100%" y="0" height="6" rx="1.5" /><rect class={good ? "str" : "bad"} x={part(from)} width={part(ms)} y="0" height="6" rx="1.5" /></svg>;
}

function Pair({ name, mono, children }: { name: string; mono?: boolean; children: ComponentChildren }): JSX.Element {
  const nothing = children === null || children === undefined || children === "" || children === false;
  return <><dt>{name}</dt><dd class={mono ? "mono" : ""}>{nothing ? <span class="dim">{none}</span> : children}</dd></>;
}

function Metadata({ row, place }: { row: RequestRow; place: Place }): JSX.Element {
  const alike = (name: string, value: string | null, label: ComponentChildren = value) => (value === null ? null : <a class="row-link" href={rowsOf({ ...place, filters: {} }, { [name]: value })}>{label}</a>);
  return (
    <section>
      <h2>Metadata <span class="r">no prompt or response is stored</span></h2>
      <dl class="kv two">
        <Pair name="Feature">{alike("feature", row.feature ?? "untagged")}</Pair><Pair name="Task">{alike("task", row.task)}</Pair>
        <Pair name="Provider">{row.provider && alike("provider", row.provider, providerName(row.provider))}</Pair><Pair name="Rule">{row.rule ?? "no rule"}</Pair>
        <Pair name="Asked for">{alike("model", row.model_requested)}</Pair><Pair name="Served by">{alike("model", row.model_actual)}</Pair>
        <Pair name="Org key">{row.key_id === null ? null : alike("key", String(row.key_id), row.key_name ?? `key ${row.key_id}`)}</Pair><Pair name="Retry">{row.client_retry === 0 ? "first try" : `${row.client_retry} by the client`}</Pair>
        <Pair name="Bytes in">{bytes(row.bytes_in)}</Pair><Pair name="Bytes out">{bytes(row.bytes_out)}</Pair>
        <Pair name="Token source">{row.token_source}</Pair><Pair name="Cost source">{row.cost_source && words(row.cost_source)}</Pair>
        <Pair name="Provider id" mono>{row.provider_request_id}</Pair><Pair name="Notes">{row.notes.map(words).join(", ")}</Pair>
      </dl>
    </section>
  );
}
