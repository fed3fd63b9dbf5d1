// What a draft would have meant for the requests that were: a rule's of the last 24 hours, a limit's or budget's of the last 7 days.
import type { JSX } from "preact";
import { control, type ControlDocument, type Replay, type Rule } from "../../api/control";
import { change, changeOfTime, count, duration, money, none, share } from "../../lib/format";
import { useQuery } from "../../lib/use_query";
import { Lines, Maybe, Moved } from "../parts";
import { settled, useSettled } from "./shared";
import { modeOf, sentence, withMode, withOne } from "../../lib/control";

const REPLAY_MS = 600;

export function ReplayPart({ document, rule, ready }: { document: ControlDocument; rule: Rule; ready: boolean }): JSX.Element {
  const mode = modeOf(rule);
  // In shadow or off it would mean nothing: asked is what it would mean in force.
  const still = useSettled(mode === "on" ? document : withOne(document, "rules", rule.name, withMode(rule, "on")), REPLAY_MS);
  const answer = useQuery(ready ? `replay ${JSON.stringify(still)}` : null, (signal) => settled<Replay>(control.replay(still, "24h", signal)));
  return (
    <>
      <header class="sub"><h3>Replay</h3><span class="dim">what it would have meant in the last 24 h{mode !== "on" && ", enforced"}</span></header>
      <div class="pad" aria-busy={answer.data === null}>
        {!ready ? <p class="dim note0">Once nothing is refused.</p> : answer.data === null ? (answer.error ? <p class="dim note0">{sentence(answer.error.message)} Trying again by itself.</p> : <Lines rows={3} />)
          : "refused" in answer.data ? <p class="dim note0">{answer.data.refused.status === 404 ? "This gateway has no replay." : sentence(answer.data.refused.message)}</p> : <Outcome of={answer.data.got} rule={rule.name} />}
      </div>
    </>
  );
}

const micro = (ms: number | null) => (ms === null ? null : ms * 1_000);
function Outcome({ of, rule }: { of: Replay; rule: string }): JSX.Element {
  if (of.requests === 0) return <p class="dim note0">No request ended in that time.</p>;
  const mine = of.rules.find(({ name }) => name === rule);
  if (!mine || mine.requests === 0) return <p class="mid note0">Matches <b class="strong">none</b> of {count(of.requests)} requests.</p>;
  const [before, after] = [micro(of.latency_p95_before_ms), micro(of.latency_p95_after_ms)];
  return (
    <>
      <p class="mid rp">Matches <b class="strong">{count(mine.requests)}</b> requests, {share(mine.requests, of.requests)} of traffic; {mine.rerouted === 0 ? "none goes elsewhere" : `${count(mine.rerouted)} ${mine.rerouted === 1 ? "goes" : "go"} elsewhere`}. With all rules together, over {of.complete ? "" : "the newest "}{count(of.requests)} requests:</p>
      <table class="cmp"><thead><tr><td /><th scope="col">As it was</th><th scope="col">With these rules</th><th scope="col">Change</th></tr></thead><tbody>
        <tr><td>Cost</td><td>{money(of.cost_before)}</td><td><Maybe estimate why={`${money(of.cost_low)} to ${money(of.cost_high)}`}>{money(of.cost_after)}</Maybe></td><td><Moved by={change(Number(of.cost_after), Number(of.cost_before))} up="bad" /></td></tr>
        <tr><td>P95 total</td><td>{before === null ? <span class="dim" title="too few to judge (< 20)">{none}</span> : duration(before)}</td><td>{after === null ? <span class="dim" title="the new targets have too few requests of yours">{none}</span> : <Maybe estimate why="from your own requests to those targets">{duration(after)}</Maybe>}</td><td>{before === null || after === null ? <span class="dim">not known</span> : <Moved by={changeOfTime(after, before)} up="bad" />}</td></tr>
      </tbody></table>
      <p class="dim note">{of.cost_unknown > 0 && `The cost of ${count(of.cost_unknown)} can't be told. `}{of.states.after.shadow.stopped > 0 && `What is in shadow would have stopped ${count(of.states.after.shadow.stopped)}. `}{of.notes.map(sentence).join(" ")} Quality is not measured: no prompt or answer is stored.</p>
    </>
  );
}

// `document` has the draft enforced, whatever its switch says. `was`: its name in force. `does`: what becomes of a request, as "stopped".
export function WouldHave({ document, kind, name, was, does }: { document: ControlDocument; kind: "limits" | "budgets"; name: string; was: string | null; does: string }): JSX.Element {
  const still = useSettled(document, REPLAY_MS);
  const answer = useQuery(`replay 7d ${JSON.stringify(still)}`, (signal) => settled<Replay>(control.replay(still, "7d", signal)));
  return (
    <div class="part" role="group" aria-label="In the last 7 days" aria-busy={answer.data === null}><span class="label strong">In the last 7 days <span class="dim">had it been enforced</span></span>
      {answer.data === null ? (answer.error ? <p class="dim note0">{sentence(answer.error.message)} Trying again by itself.</p> : <Lines rows={1} />)
        : "refused" in answer.data ? <p class="dim note0">{answer.data.refused.status === 404 ? "This gateway has no replay." : "Told once nothing is refused."}</p> : <Stopped of={answer.data.got} kind={kind} name={name} was={was} does={does} />}
    </div>
  );
}

function Stopped({ of, kind, name, was, does }: { of: Replay; kind: "limits" | "budgets"; name: string; was: string | null; does: string }): JSX.Element {
  const all = of.states.requests;
  if (all === 0) return <p class="dim note0">No request ended in that time.</p>;
  const by = (lists: Pick<Replay["states"]["after"], "limits" | "budgets">, called: string | null) => lists[kind].find((one) => one.name === called)?.requests;
  const { before, after } = of.states;
  const [now, shadow, then] = [by(before, was), by(before.shadow, was), by(after, name) ?? 0];
  const notes = of.complete ? "" : " Only the newest requests were looked at.";
  return <p class="mid note0">Would have {does} <b class="strong">{then === 0 ? "none" : count(then)}</b> of {count(all)} requests{then > 0 && <> ({share(then, all)})</>}{now !== undefined && now !== then && <>; as it is in force: {count(now)}</>}{shadow !== undefined && shadow !== then && <>; as it is in shadow: {count(shadow)}</>}. <span class="dim" title={of.notes.map(sentence).join(" ")}>Clients are taken not to come again.{notes}</span></p>;
}
