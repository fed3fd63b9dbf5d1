// What was sent lately, to whom, and what failed for good.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { known as knownError } from "../../api/client";
import { alerts, type Delivery } from "../../api/control";
import type { Me } from "../../api/types";
import { ago, stamp } from "../../lib/format";
import { sentence } from "../../lib/control";
import { useQuery } from "../../lib/use_query";
import { useToast } from "../toast";
import { Act, Section } from "./shared";

const EACH_MS = 5_000;
const STATES = { pending: ["idle", "waiting", "dim"], sent: ["", "sent", ""], dead: ["crit", "failed", "s-crit"] } as const;
const FILTERS = [["", "All"], ["pending", "Waiting"], ["dead", "Failed"]] as const;

export function Deliveries({ me, turn }: { me: Me; turn: number }): JSX.Element {
  const [state, setState] = useState<(typeof FILTERS)[number][0]>("");
  const [beat, setBeat] = useState(0);
  const [before, setBefore] = useState<number | null>(null);
  useEffect(() => {
    const timer = setInterval(() => setBeat((was) => was + 1), EACH_MS);
    return () => clearInterval(timer);
  }, []);
  const answer = useQuery(`alerts ${state} ${before ?? ""}`, (signal) => alerts.deliveries({ limit: 20, ...(state ? { state } : {}), ...(before ? { before } : {}) }, signal), beat + turn);
  const rows = answer.data?.rows ?? [];
  const next = answer.data?.next ?? null;
  return (
    <Section title="Last messages" says="newest first; what fails is tried six times within three hours" answer={answer} actions={<div class="seg" role="group" aria-label="Which messages">{FILTERS.map(([one, label]) => <button key={one} type="button" aria-pressed={one === state} onClick={() => {
      setState(one);
      setBefore(null);
    }}>{label}</button>)}</div>}>
      {rows.length === 0 ? <div class="empty"><b>{state === "dead" ? "Nothing failed." : state === "pending" ? "Nothing waits." : "No alert was sent."}</b><span>{state ? "Messages that were sent are under All." : "They come with the next anomaly, threshold of a budget or missed latency target."}</span></div> : (
        <div class="scroll"><table class="table stacked">
          <thead><tr><th scope="col">What</th><th scope="col">Channel</th><th scope="col">State</th><th scope="col">Result</th><th scope="col">When</th><th scope="col"><span class="vh">Actions</span></th></tr></thead>
          <tbody>{rows.map((row) => <Row key={row.id} me={me} row={row} done={answer.retry} />)}</tbody>
        </table></div>
      )}
      {(before !== null || next !== null) && <div class="acts pad">{before !== null && <button class="btn quiet" type="button" onClick={() => setBefore(null)}>Newest</button>}{next !== null && <button class="btn quiet" type="button" onClick={() => setBefore(next)}>Older</button>}</div>}
    </Section>
  );
}

function Row({ me, row, done }: { me: Me; row: Delivery; done: () => void }): JSX.Element {
  const say = useToast();
  const [dot, word, tone] = STATES[row.state];
  const retry = async () => {
    try {
      await alerts.retry(row.id);
      say("It is tried again", row.event.title);
    } catch (reason) {
      say("Not tried again", sentence(knownError(reason).message));
    }
    done();
  };
  return (
    <tr data-delivery={row.id}>
      <td class="wrap">{row.event.title}</td>
      <td class="c-name" title={row.channel}>{row.channel}</td>
      <td><span class="st"><span class={`dot ${dot}`} /><span class={tone}>{word}</span></span></td>
      <td class="wrap">{row.result ? sentence(row.result) : <span class="dim">not tried yet</span>}{row.state === "pending" && row.next_attempt_at && row.attempts > 0 && <span class="dim"> Next attempt {stamp(row.next_attempt_at)} UTC.</span>}</td>
      <td title={`${stamp(row.changed_at)} UTC`}>{ago(row.changed_at, Date.now())}</td>
      <td class="num c-acts">{row.state === "dead" && <Act me={me} role="editor" kind="quiet" label={`Retry ${row.event.title} to ${row.channel}`} act={() => void retry()}>Retry</Act>}</td>
    </tr>
  );
}
