// The figures of the chosen range: number first, then what it is made of.
import type { ComponentChildren, JSX } from "preact";
import type { Overview, Range } from "../api/types";
import { count, duration, durationParts, money, none, rate, share, tokens } from "../lib/format";
import { RANGE_SECONDS, RANGE_WORDS } from "./frame";
import { Maybe } from "./parts";

const MEASURED = "some tokens were measured, not reported by the provider";
const ENOUGH = 20; // fewer requests make no percentile

function Tile({ label, value, unit, note }: { label: string; value: ComponentChildren; unit?: string; note: ComponentChildren }): JSX.Element {
  return (
    <div class="stat">
      <span class="label">{label}</span>
      <span class="v">{value}{unit && <span class="unit">{unit}</span>}</span>
      <span class="n"><span>{note}</span></span>
    </div>
  );
}

function Percentile({ label, us, requests, note }: { label: string; us: number | null; requests: number; note: string }): JSX.Element {
  if (us === null || requests < ENOUGH) return <Tile label={label} value={<span class="dim">{none}</span>} note={requests === 0 ? "no requests" : "too few to judge (< 20)"} />;
  const { value, unit } = durationParts(us);
  return <Tile label={label} value={value} unit={unit} note={note} />;
}

export function Tiles({ data, range }: { data: Overview; range: Range }): JSX.Element {
  const within = `in ${RANGE_WORDS[range]}`;
  const errorShare = share(data.errors, data.requests).split("\u2009");
  const unpriced = data.cost_unknown_requests;
  const priced = data.requests > unpriced;
  return (
    <section class="strip g6" aria-label="Figures">
      <Tile label="Requests per minute" value={rate(data.requests, RANGE_SECONDS[range])} unit="req/min" note={`${count(data.requests)} ${within}`} />
      <Tile label="Error rate" value={errorShare[0]} {...(errorShare[1] ? { unit: errorShare[1] } : {})} note={`${count(data.errors)} failed`} />
      <Percentile label="P95 latency" us={data.latency_p95_us} requests={data.requests} note={`median ${duration(data.latency_p50_us)}`} />
      <Percentile label="Median first byte" us={data.ttfb_p50_us} requests={data.requests} note={`${share(data.streaming, data.requests)} streamed`} />
      <Tile
        label="Cost"
        value={priced ? <Maybe estimate={data.cost_estimated} why={MEASURED}>{money(data.cost)}</Maybe> : <span class="dim">{none}</span>}
        note={unpriced > 0 ? `${count(unpriced)} without a price` : within}
      />
      <Tile
        label="Tokens in / out"
        value={<Maybe estimate={data.tokens_estimated} why={MEASURED}>{tokens(data.tokens_input + data.tokens_output)}</Maybe>}
        note={`${tokens(data.tokens_input)} / ${tokens(data.tokens_output)}`}
      />
    </section>
  );
}

export function TilesLoading(): JSX.Element {
  return (
    <section class="strip g6" aria-label="Figures" aria-busy="true">
      {[0, 1, 2, 3, 4, 5].map((n) => (
        <div class="stat" key={n}><span class="label"><span class="skel w60" /></span><span class="v"><span class="skel tall w80" /></span><span class="n"><span class="skel w40" /></span></div>
      ))}
    </section>
  );
}
