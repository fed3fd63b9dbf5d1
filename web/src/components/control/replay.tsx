// What the draft would have meant for the requests of the last 24 hours.
import type { JSX } from "preact";
import { control, type ControlDocument, type Replay } from "../../api/control";
import { change, changeOfTime, count, duration, money, none, share } from "../../lib/format";
import { useQuery } from "../../lib/use_query";
import { Lines, Maybe, Moved } from "../parts";
import { settled, useSettled } from "./shared";
import { sentence } from "../../lib/control";

const REPLAY_MS = 600;

export function ReplayPart({ document, rule, ready }: { document: ControlDocument; rule: string; ready: boolean }): JSX.Element {
  const still = useSettled({ document, rule }, REPLAY_MS);
  const answer = useQuery(ready ? `replay ${JSON.stringify(still)}` : null, (signal) => settled<Replay>(control.replay(still.document, still.rule, "24h", signal)));
  return (
    <>
      <header class="sub"><h3>Replay</h3><span class="dim">what it would have meant in the last 24 h</span></header>
      <div class="pad" aria-busy={answer.data === null}>
        {!ready ? <p class="dim note0">Once nothing is refused.</p> : answer.data === null ? (answer.error ? <p class="dim note0">{sentence(answer.error.message)} Trying again by itself.</p> : <Lines rows={3} />)
          : "refused" in answer.data ? <p class="dim note0">{answer.data.refused.status === 404 ? "This gateway has no replay." : sentence(answer.data.refused.message)}</p> : <Outcome of={answer.data.got} />}
      </div>
    </>
  );
}

const micro = (ms: number | null) => (ms === null ? null : ms * 1_000);
function Outcome({ of }: { of: Replay }): JSX.Element {
  if (of.requests === 0) return <p class="dim note0">No request ended in that time.</p>;
  if (of.matched === 0) return <p class="mid note0">Matches <b class="strong">none</b> of {count(of.requests)} requests.</p>;
  const band = of.cost_low && of.cost_high ? `${money(of.cost_low)} to ${money(of.cost_high)}` : "no band known";
  const [before, after] = [micro(of.latency_p95_before_ms), micro(of.latency_p95_after_ms)];
  return (
    <>
      <p class="mid rp">Matches <b class="strong">{count(of.matched)}</b> requests, {share(of.matched, of.requests)} of traffic; {of.rerouted === 0 ? "none goes elsewhere" : `${count(of.rerouted)} go elsewhere`}{of.cost_unknown ? `, ${count(of.cost_unknown)} without a price` : ""}.{!of.complete && " Only a part of the time could be read."}</p>
      <table class="cmp"><thead><tr><td /><th scope="col">As it was</th><th scope="col">With this rule</th><th scope="col">Change</th></tr></thead><tbody>
        <tr><td>Cost</td><td>{money(of.cost_before)}</td><td>{of.cost_after === null ? <span class="dim">no price</span> : <Maybe estimate why={band}>{money(of.cost_after)}</Maybe>}</td><td>{of.cost_before === null || of.cost_after === null ? none : <Moved by={change(Number(of.cost_after), Number(of.cost_before))} up="bad" />}</td></tr>
        <tr><td>P95 total</td><td>{before === null ? <span class="dim" title="too few to judge (< 20)">{none}</span> : duration(before)}</td><td>{after === null ? <span class="dim" title="the new target has too few requests of yours">{none}</span> : <Maybe estimate why={`from ${count(of.latency_from ?? 0)} of your own requests`}>{duration(after)}</Maybe>}</td><td>{before === null || after === null ? <span class="dim">not known</span> : <Moved by={changeOfTime(after, before)} up="bad" />}</td></tr>
      </tbody></table>
      <p class="dim note">{of.latency_from ? `Latency from ${count(of.latency_from)} of your own requests. ` : ""}{of.notes.map(sentence).join(" ")}</p>
    </>
  );
}
