// Who serves: traffic, speed, success, cost and health of each provider.
import type { JSX } from "preact";
import { csv } from "../api/client";
import type { Health, Overview, ProviderRow } from "../api/types";
import { ENOUGH, shares } from "../lib/chart_math";
import { ago, count, date, none, providerName, share } from "../lib/format";
import { lengthWords, rangeQuery } from "../lib/range";
import { rowsOf, type Place } from "../lib/route";
import { Bar, Dot, Spark, SumCost, Took } from "./parts";

const DAY_MS = 86_400_000;
export function HealthWords({ health }: { health: Health }): JSX.Element {
  const now = Date.now();
  const word = health.state.charAt(0).toUpperCase() + health.state.slice(1);
  const beside = health.state === "idle" ? (health.last_request ? `last request ${ago(health.last_request, now)}` : "no request yet") : health.since ? `since ${now - Date.parse(health.since) < DAY_MS ? health.since.slice(11, 16) : date(health.since)}` : "";
  const bad = health.state === "degraded" || health.state === "down";
  return (
    <span class="health" title={[health.reason, health.since ? `since ${health.since.slice(0, 16).replace("T", " ")} UTC` : ""].filter(Boolean).join(", ")}>
      <span class={bad ? (health.state === "down" ? "s-crit" : "s-warn") : ""}>{word}</span> <span class="dim">{bad && health.reason ? health.reason : beside}</span>
    </span>
  );
}

function Row({ row, percent, place }: { row: ProviderRow; percent: number; place: Place }): JSX.Element {
  const { metrics } = row;
  const name = providerName(row.provider);
  const few = metrics.requests < ENOUGH;
  const percentile = (us: number | null) => (few ? <span class="dim" title="too few to judge (< 20)">{none}</span> : <Took us={us} />);
  return (
    <tr>
      <td><span class="st"><Dot state={row.provider ? row.health.state : "idle"} />{row.provider ? <a class="row-link" href={rowsOf(place, { provider: row.provider })}>{name}</a> : <span class="dim">{name}</span>}</span></td>
      <td class="num">{count(metrics.requests)}</td>
      <td class="num p2"><span class="withbar"><span class="p3"><Bar percent={percent} /></span><span class="w52">{percent.toFixed(1)}{" %"}</span></span></td>
      <td class="num p2 p4"><Took us={metrics.ttfb_avg_us} /></td>
      <td class="num">{percentile(metrics.ttfb_p95_us)}</td>
      <td class="num p2">{percentile(metrics.latency_p95_us)}</td>
      <td class="num p2">{share(metrics.requests - metrics.errors, metrics.requests)}</td>
      <td class="num">{metrics.errors > 0 && row.provider ? <a class="row-link" href={rowsOf(place, { provider: row.provider, errors: "true" })}>{count(metrics.errors)}</a> : count(metrics.errors)}</td>
      <td class="num"><SumCost of={metrics} /></td>
      <td class="p2 p4 sp"><Spark values={row.spark} quiet label={`Requests of ${name} over time`} /></td>
      <td class="p2 wide-only">{row.provider ? <HealthWords health={row.health} /> : <span class="dim">answered here</span>}</td>
    </tr>
  );
}

export function Providers({ data, place, ask }: { data: Overview; place: Place; ask: Record<string, string> }): JSX.Element {
  const rows = [...data.providers].sort((a, b) => b.metrics.requests - a.metrics.requests);
  const percents = shares(rows.map((row) => row.metrics.requests));
  const of = (state: string) => rows.filter((row) => row.provider !== null && row.health.state === state).length;
  const sum = (["healthy", "degraded", "down", "idle"] as const).flatMap((state) => (of(state) > 0 ? [`${of(state)} ${state}`] : [])).join(", ");
  return (
    <section class="card mb">
      <header><h2>Provider execution</h2><span class="dim">first byte, success and cost of what each provider served</span><span class="act"><a class="btn quiet" href={csv("overview", { ...ask, ...rangeQuery(place.range) })} download>CSV</a></span></header>
      {rows.length === 0 ? (
        <div class="empty"><span>No provider was asked in this range.</span></div>
      ) : (
        <div class="scroll"><table class="table providers">
          <thead><tr><th>Provider</th><th class="num">Requests</th><th class="num p2">Share</th><th class="num p2 p4">First byte</th><th class="num">P95 first</th><th class="num p2">P95 total</th><th class="num p2">Success</th><th class="num">Failed</th><th class="num">Cost</th><th class="p2 p4">{lengthWords(place.range)}</th><th class="p2 wide-only">Status</th></tr></thead>
          <tbody>{rows.map((row, n) => <Row key={row.provider ?? ""} row={row} percent={percents[n] ?? 0} place={place} />)}</tbody>
          <tfoot><tr>
            <td>All</td><td class="num">{count(data.totals.requests)}</td><td class="num p2">{"100 %"}</td><td class="num p2 p4"><Took us={data.totals.ttfb_avg_us} /></td><td class="num"><Took us={data.totals.ttfb_p95_us} /></td><td class="num p2"><Took us={data.totals.latency_p95_us} /></td>
            <td class="num p2">{share(data.totals.requests - data.totals.errors, data.totals.requests)}</td><td class="num">{count(data.totals.errors)}</td><td class="num"><SumCost of={data.totals} /></td><td class="p2 p4" /><td class="p2 wide-only dim">{sum}</td>
          </tr></tfoot>
        </table></div>
      )}
    </section>
  );
}
