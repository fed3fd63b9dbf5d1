// Cheaper models for features, what became of those that were applied, and what wants tidying up.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { known, type ApiError } from "../api/client";
import { control } from "../api/control";
import { insight, type Recommendation, type Trends } from "../api/insight";
import type { Me } from "../api/types";
import { Dialog } from "../components/dialog";
import { Failure, Lines, Maybe, Stale } from "../components/parts";
import { FormDialog, may, Text, whoMay } from "../components/settings/shared";
import { useToast } from "../components/toast";
import { sentence } from "../lib/control";
import { count, date, duration, money, perCent, providerName } from "../lib/format";
import { href, onPage, rowsOf, type Place } from "../lib/route";
import { useControl } from "../lib/use_control";
import { useQuery } from "../lib/use_query";

type Open = { what: "draft" | "dismiss"; row: Recommendation } | null;

export function RecommendationsPage({ me, place, beat }: { me: Me; place: Place; beat: number }): JSX.Element {
  const [turn, setTurn] = useState(0);
  const [open, set] = useState<Open>(null);
  const version = useControl().state.data?.version ?? 0; // a rule that is taken back is told at once
  const list = useQuery("recommendations", insight.list, Math.floor(beat / 12) + 1000 * (turn + version));
  const trends = useQuery("trends feature", (signal) => insight.trends("feature", signal), Math.floor(beat / 12));
  const done = () => {
    set(null);
    setTurn((was) => was + 1); // also when an undo comes later
  };
  const rows = (state: Recommendation["state"]) => list.data?.rows.filter((row) => row.state === state) ?? [];
  return (
    <>
      <div class="head"><h1>Recommendations</h1><span class="sub">from the last 30 days of each feature's own requests{list.data && rows("open").length > 0 ? `: ${money(list.data.open_saving)} could be saved` : ""}</span></div>
      {list.error && list.data && <Stale error={list.error} what="The recommendations" />}
      {!list.data ? <section class="card mb">{list.error ? <Failure error={list.error} retry={list.retry} what="The recommendations" /> : <Lines rows={5} />}</section> : (
        <>
          <Cheaper me={me} rows={rows("open")} open={set} asOf={list.data.models_as_of} />
          {rows("applied").length > 0 && <Applied rows={rows("applied")} turn={turn + version} />}
          {rows("dismissed").length > 0 && <Dismissed me={me} rows={rows("dismissed")} done={done} />}
        </>
      )}
      {trends.data ? <Housekeeping data={trends.data} place={place} /> : trends.error && <section class="card mb"><Failure error={trends.error} retry={trends.retry} what="The housekeeping" /></section>}
      {open?.what === "draft" && <DraftDialog me={me} row={open.row} done={done} close={() => set(null)} />}
      {open?.what === "dismiss" && <Dismiss row={open.row} done={done} close={() => set(null)} />}
    </>
  );
}

const About = ({ row }: { row: Recommendation }): JSX.Element => <><b>{row.feature}</b>{row.task ? <span class="dim"> {row.task}</span> : ""}</>;
const Models = ({ row }: { row: Recommendation }): JSX.Element => <><span class="mono">{row.model}</span> → <span class="mono">{row.to_model}</span>{row.to_provider !== row.provider && <span class="dim"> at {providerName(row.to_provider)}</span>}</>;
function latency({ latency_p95_ms: now, latency_p95_there_ms: there }: Recommendation): string {
  if (there === null) return "not measured here";
  return now === null ? `p95 ${duration(there * 1000)}` : `p95 ${duration(now * 1000)} → ${duration(there * 1000)}`;
}

function Cheaper({ me, rows, open, asOf }: { me: Me; rows: Recommendation[]; open: (what: Open) => void; asOf: string }): JSX.Element {
  const allowed = may(me, "editor");
  return (
    <section class="card mb"><header><h2>Cheaper models</h2><div class="act"><span class="dim">candidates as of {date(asOf)}</span></div></header>
      {rows.length === 0 ? <div class="empty"><b>Nothing to recommend.</b><span>A cheaper model shows up here when it would save a feature a dollar and 5 % in 30 days. Tasks that are declared as reasoning never do.</span></div> : (
        <div class="scroll"><table class="table stacked"><thead><tr><th>Feature</th><th>Model</th><th class="num">Saving in 30 days</th><th>Confidence</th><th>Latency</th><th><span class="vh">Actions</span></th></tr></thead>
          <tbody>{rows.map((row) => (
            <tr key={row.id}><td class="wrap"><About row={row} /></td><td title={row.note ?? ""}><Models row={row} /></td>
              <td class="num"><span class="m-only dim">saves </span><Maybe estimate={row.saving_low !== row.saving_high} why={`${money(row.saving_low)} to ${money(row.saving_high)}`}>{money(row.saving)}</Maybe><span class="dim"> of {money(row.cost)}, {perCent(row.saving_share)}</span></td>
              <td class="wrap" title={row.confidence_reason ?? ""}>{row.confidence}<span class="dim">: {row.confidence_reason}</span></td><td class="dim">{latency(row)}</td>
              <td class="num c-acts"><button class="btn" type="button" onClick={() => open({ what: "draft", row })}>Draft rule</button> <button class="btn quiet" type="button" disabled={!allowed} title={allowed ? undefined : whoMay("editor")} onClick={() => open({ what: "dismiss", row })}>Dismiss</button></td></tr>
          ))}</tbody></table></div>
      )}
      <footer><span class="dim">Priced at the tokens that were used; another model may write more or less.</span></footer>
    </section>
  );
}

const VERDICTS = { unchanged: "error rate unchanged", higher: "error rate higher", lower: "error rate lower", unclear: "too few requests to tell of errors" } as const;
function AppliedRow({ row, turn }: { row: Recommendation; turn: number }): JSX.Element {
  const { data } = useQuery(`recommendation ${row.id}`, (signal) => insight.one(row.id, signal), turn);
  const effect = data?.effect;
  return (
    <tr><td class="wrap"><About row={row} /></td><td><Models row={row} /></td>
      <td class="num"><span class="m-only dim">saved </span>{effect ? <Maybe estimate={effect.saved_low !== effect.saved_high} why={`${money(effect.saved_low)} to ${money(effect.saved_high)}`}>{money(effect.saved)}</Maybe> : ""}<span class="dim">{effect && ` by ${count(effect.moved)} requests`}</span></td>
      <td class={`wrap ${effect?.error_rate.verdict === "higher" ? "s-crit" : ""}`}>{effect ? VERDICTS[effect.error_rate.verdict] : ""}<span class="dim">{effect && effect.error_rate.after !== null && `, ${perCent(effect.error_rate.before)} before, ${perCent(effect.error_rate.after)} since`}</span></td>
      <td class="wrap dim">{row.rule_in_force ? "" : "its rule is no longer in force; "}since {date(row.decided_at)} by {row.decided_by}</td></tr>
  );
}
const Applied = ({ rows, turn }: { rows: Recommendation[]; turn: number }): JSX.Element => (
  <section class="card mb"><header><h2>Applied</h2></header><div class="scroll"><table class="table stacked"><thead><tr><th>Feature</th><th>Model</th><th class="num">Saved so far</th><th>Errors</th><th>Rule</th></tr></thead><tbody>{rows.map((row) => <AppliedRow key={row.id} row={row} turn={turn} />)}</tbody></table></div></section>
);

function Dismissed({ me, rows, done }: { me: Me; rows: Recommendation[]; done: () => void }): JSX.Element {
  const [error, fail] = useState<ApiError | null>(null);
  const reopen = (id: string) => void insight.reopen(id).then(done, (reason: unknown) => fail(known(reason)));
  return (
    <section class="card mb"><header><h2>Dismissed</h2></header>{error && <Stale error={error} what="The recommendation" />}<div class="scroll"><table class="table stacked"><tbody>{rows.map((row) => (
      <tr key={row.id}><td class="wrap"><About row={row} /></td><td><Models row={row} /></td><td class="wrap">{row.reason}<span class="dim">, {row.decided_by}, {date(row.decided_at)}</span></td><td class="num c-acts">{may(me, "editor") && <button class="btn quiet" type="button" onClick={() => reopen(row.id)}>Reopen</button>}</td></tr>
    ))}</tbody></table></div></section>
  );
}

function Dismiss({ row, done, close }: { row: Recommendation; done: () => void; close: () => void }): JSX.Element {
  const [reason, setReason] = useState("");
  const say = useToast();
  const send = async () => {
    await insight.dismiss(row.id, reason);
    const undo = () => void insight.reopen(row.id).then(done, (failed: unknown) => say("Not undone, nothing changed", known(failed).message));
    say("Dismissed", `${row.to_model} for ${row.feature}`, { verb: "Undo", keys: "⌘Z", act: undo });
    done();
  };
  return <FormDialog title={`Dismiss ${row.to_model} for ${row.feature}`} says="It stays in the list with your reason, and can be reopened." verb="Dismiss" fields={(at) => <Text name="reason" label="Reason" value={reason} set={setReason} error={at("reason")} />} send={send} close={close} />;
}

function DraftDialog({ me, row, done, close }: { me: Me; row: Recommendation; done: () => void; close: () => void }): JSX.Element {
  const [error, fail] = useState<ApiError | null>(null);
  const draft = useQuery(`draft ${row.id}`, (signal) => insight.draft(row.id, signal));
  const { state, save } = useControl();
  const { data } = draft;
  const apply = async () => {
    if (!data) return;
    try {
      const base = state.data?.version === data.base_version ? state.data : await control.version(data.base_version);
      await save(base, data.document, `Rule “${data.rule.name}” added`, `recommended: ${row.to_model} for ${row.feature}`, row.id);
      done();
    } catch (reason) {
      fail(known(reason));
    }
  };
  return (
    <Dialog title={`${row.to_model} for ${row.feature}`} close={close} wide>
      {!data ? draft.error ? <Failure error={draft.error} retry={draft.retry} what="The draft" /> : <Lines rows={4} /> : (
        <div class="form">
          <pre class="code" tabIndex={0} role="group" aria-label="The rule">{JSON.stringify(data.rule, null, 2)}</pre>
          <p>Of the last 7 days it would have moved <b>{count(data.replay.rerouted)}</b> of {count(data.replay.requests)} requests; those whose cost is known cost {money(data.replay.cost_before)} then and <b>{money(data.replay.cost_after)}</b> with it.</p>
          <ul class="mid">{row.note && <li>{row.to_model}: {row.note}</li>}{data.replay.notes.map((note) => <li key={note}>{note}</li>)}<li>it goes before all other rules; where the cheaper model fails, the request goes where it went before</li></ul>
          {error && <p class="err" role="alert">{sentence(error.message)} Nothing was changed.</p>}
          <div class="acts"><button class="btn" type="button" onClick={close}>Cancel</button><button class="btn primary" type="button" disabled={!may(me, "editor")} title={may(me, "editor") ? undefined : whoMay("editor")} onClick={() => void apply()}>Apply</button></div>
        </div>
      )}
    </Dialog>
  );
}

function Housekeeping({ data, place }: { data: Trends; place: Place }): JSX.Element {
  const { untagged, unused_keys: keys, deprecated } = data;
  return (
    <section class="card mb"><header><h2>Housekeeping</h2></header><div class="body">
      <p>{untagged.requests === 0 ? "No request of the last 30 days lacks a feature." : <><a class="link" href={rowsOf(place, { feature: "untagged" })}>{count(untagged.requests)} {untagged.requests === 1 ? "request" : "requests"}</a> of the last 30 days ({perCent(untagged.share)} of the cost) {untagged.requests === 1 ? "names" : "name"} no feature. One header is enough: <code>X-Lectr-Feature: chat</code>; see <a class="link" href={href({ ...onPage(place, "settings"), tab: "integrate" })}>Integrate</a>.</>}</p>
      {keys.length > 0 && <p>Unused for 30 days: {keys.map((key) => <span key={key.id}><b>{key.name}</b> <span class="mono dim">{key.hint}</span> </span>)}<a class="link" href={href({ ...onPage(place, "settings"), tab: "keys" })}>Keys</a></p>}
      {deprecated.length > 0 && <div class="scroll"><table class="table stacked"><thead><tr><th>Model</th><th>Ends</th><th>Replacement</th><th class="num">Requests</th><th>Features</th></tr></thead><tbody>{deprecated.map((row) => (
        <tr key={`${row.provider} ${row.model}`}><td class="mono">{row.model}</td><td class={row.days_left < 60 ? "s-warn" : ""}><a class="link" href={row.source} rel="noreferrer">{date(row.ends)}</a><span class="dim">{row.days_left > 0 ? `, in ${row.days_left} days` : ", over"}</span></td><td class="mono">{row.replacement && <><span class="m-only dim">replaced by </span>{row.replacement}</>}</td><td class="num">{count(row.requests)}<span class="m-only dim"> requests</span></td><td class="wrap">{row.features.join(", ")}</td></tr>
      ))}</tbody></table></div>}
    </div></section>
  );
}
