// One anomaly: the figures, the chart, where it comes from, what to do about it.
import type { JSX } from "preact";
import { anomalies, type Anomaly, type AnomalyDetail } from "../../api/anomalies";
import type { Dimensions, Me } from "../../api/types";
import { badgeOf, bare, deliveredWords, dotOf, extraOf, lasted, parts, rowsBehind, scaled, sigma, spanOf, stateOf, momentOf } from "../../lib/anomaly";
import { minute } from "../../lib/format";
import { href, onPage, type Place } from "../../lib/route";
import { useQuery } from "../../lib/use_query";
import { Failure, Lines, Stale } from "../parts";
import { BandChart } from "./band_chart";
import { Dismiss } from "./dismiss";
import { Origin } from "./origin";

interface Props {
  me: Me;
  place: Place;
  id: number;
  rows: readonly Anomaly[];
  known: Dimensions | null;
  tick: number;
  now: number;
  changed: () => void;
}
export function Detail({ id, tick, ...rest }: Props): JSX.Element {
  const answer = useQuery(`anomaly ${id}`, (signal) => anomalies.one(id, signal), tick);
  if (!answer.data) return <section class="card">{answer.error?.status === 404 ? <div class="empty"><b>There is no such anomaly.</b><span>It may be gone by retention.</span></div> : answer.error ? <Failure error={answer.error} retry={answer.retry} what="This anomaly" /> : <Lines rows={8} />}</section>;
  const changed = () => {
    answer.retry();
    rest.changed();
  };
  return <div>{answer.error && <Stale error={answer.error} what="The figures" />}<Card {...rest} id={id} tick={tick} changed={changed} of={answer.data} /></div>;
}

function Card({ me, place, of, rows, known, now, changed }: Props & { of: AnomalyDetail }): JSX.Element {
  const [kind, words] = badgeOf(of);
  const behind = rowsBehind(of, of.contribution?.causes?.[0]);
  const requests = href(onPage(place, "requests", { filters: behind, range: spanOf(of, now) }));
  const others = rows.filter((row) => row.incident === of.incident && row.id !== of.id);
  return (
    <section class="card" aria-label="Anomaly">
      <header class="ah"><h2 class="big" title={of.title}>{of.title}</h2><span class={`badge ${kind}`}>{words}</span><div class="act"><a class="btn" href={requests}>Show the requests</a></div></header>
      <Facts of={of} now={now} />
      <BandChart of={of} place={place} behind={behind} now={now} />
      <Origin of={of} known={known} />
      {others.length > 0 && <p class="incident"><b>Began together with</b> {others.map((row, n) => <span key={row.id}>{n > 0 && ", "}<a class="link" href={href({ ...place, item: String(row.id) })}>{row.title}</a></span>)}</p>}
      <Dismiss key={`${of.id} ${of.dismissed_at}`} me={me} row={of} others={others.length} now={now} changed={changed} />
    </section>
  );
}

const windowWords = (seconds: number): string => (seconds % 3_600 === 0 ? `over ${seconds / 3_600} h` : `over ${Math.round(seconds / 60)} min`);

function Facts({ of, now }: { of: AnomalyDetail; now: number }): JSX.Element {
  const { unit } = of;
  const value = (raw: number) => {
    const [number, of_what] = parts(unit, scaled(unit, raw));
    return <>{number}<span class="unit">{of_what}</span></>;
  };
  const open = stateOf(of) === "open";
  const extra = extraOf(of);
  return (
    <dl class="facts">
      <div><dt>Observed, {momentOf(of.updated_at, now)}</dt><dd>{value(of.observed)}<small>{of.observed > of.high ? "above the band" : of.observed < of.low ? "below the band" : "back in the band"}, {windowWords(of.window_s)}</small></dd></div>
      <div><dt>Baseline</dt><dd>{value(of.baseline)}<small>{bare(unit, Math.max(0, of.low))} to {bare(unit, of.high)}, 7 d</small></dd></div>
      <div><dt>Deviation</dt><dd class={open && dotOf(of) === "crit" ? "s-crit" : ""}>{sigma(of.sigma)}<small>peak {sigma(of.peak_sigma)}</small></dd></div>
      <div><dt>{extra ? `${extra.says} ${of.closed_at ? "in all" : "so far"}` : of.closed_at ? "Lasted" : "Since"}</dt><dd>{extra ? <><span class="est" title="Observed less the baseline, step by step since it opened">{extra.amount}</span><span class="unit">{extra.unit}</span></> : of.closed_at ? lasted(of, now) : momentOf(of.opened_at, now)}<small>{!of.closed_at && (extra ? `since ${momentOf(of.opened_at, now)}, ${lasted(of, now)}` : `for ${lasted(of, now)}`)}{of.closed_at && `${momentOf(of.opened_at, now)} to ${of.closed_at.slice(0, 10) === of.opened_at.slice(0, 10) ? minute(of.closed_at) : momentOf(of.closed_at, now)}${extra ? `, ${lasted(of, now)}` : ""}`}</small></dd></div>
      <div><dt>Alerted</dt>{of.alerted ? <dd>{momentOf(of.alerted.at, now)}<small class={of.alerted.channels.some(({ state }) => state === "dead") ? "s-warn" : ""} title={deliveredWords(of.alerted)}>{deliveredWords(of.alerted)}{of.alerted.anomaly !== of.id && ", with its incident"}</small></dd> : <dd><span class="dim">–</span><small>not told: found late, or long ago</small></dd>}</div>
    </dl>
  );
}
