import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { control, type Budget, type LatencyTarget, type Limit, type Limits } from "../api/control";
import type { Dimensions, Me } from "../api/types";
import { BudgetRow } from "../components/control/budgets";
import { BudgetForm, LimitForm } from "../components/control/limit_forms";
import { LimitRow } from "../components/control/limits";
import { TargetForm, TargetRow } from "../components/control/targets";
import { Failure, Lines, Stale } from "../components/parts";
import { Act, may, useNew, whoMay } from "../components/settings/shared";
import { freshName, listed, withMode, withOne, type Mode } from "../lib/control";
import type { Place } from "../lib/route";
import { useControl } from "../lib/use_control";
import { useQuery } from "../lib/use_query";
import { useChange } from "./routing";

type Doing = { what: "budget"; start: Budget; name: string | null } | { what: "limit"; start: Limit; name: string | null } | { what: "target"; start: LatencyTarget; name: string | null } | null;
const DID: Record<Mode, string> = { on: "is enforced", shadow: "is in shadow", off: "is off" };
const SHARED: Record<Limits["mode"], [dot: string, words: string]> = { local: ["", "counted in this process"], shared: ["", "shared by all instances through Redis"], degraded: [" warn", "Redis does not answer: each instance keeps to its share"] };

// `said`: that Redis is away stands above already.
export function LimitsPage({ me, known, beat, said }: { me: Me; place: Place; known: Dimensions | null; beat: number; said: boolean }): JSX.Element {
  const { state } = useControl();
  const use = useQuery("limits", control.limits, beat);
  const [doing, set] = useState<Doing>(null);
  const change = useChange();
  const document = state.data?.document ?? {};
  const [budgets, limits, targets] = [listed(document, "budgets"), listed(document, "limits"), listed(document, "latency_targets")];
  const states = useQuery(targets.length > 0 ? "latency targets" : null, control.targets, beat);
  const measured = states.data?.rows ?? null;
  const newBudget = () => set({ what: "budget", name: null, start: { name: freshName(document, "budgets", "budget"), cap: "", period: "month", alert_percent: [80] } });
  const newLimit = () => set({ what: "limit", name: null, start: { name: freshName(document, "limits", "limit"), kind: "requests", limit: 0 } });
  const newTarget = () => set({ what: "target", name: null, start: { name: freshName(document, "latency_targets", "target") } });
  useNew(newBudget, may(me, "editor") && state.data !== null && doing === null);
  const keyName = (id: string) => known?.keys.find((key) => String(key.id) === id)?.name ?? id;
  const own = { me, known, close: () => set(null) };
  const mode = use.data ? SHARED[use.data.mode] : null;
  const unknown = use.error ? "Usage could not be read; what is set holds as usual." : null;
  if (!state.data) return <><Head me={me} zone={null} newBudget={newBudget} newLimit={newLimit} /><section class="card">{state.error ? <Failure error={state.error} retry={state.retry} what="Limits and budgets" /> : <Lines rows={6} />}</section></>;
  return (
    <>
      <Head me={me} zone={document.time_zone ?? "UTC"} newBudget={newBudget} newLimit={newLimit} />
      {state.error && <Stale error={state.error} what="Limits and budgets" />}
      {use.data?.mode === "degraded" && !said && <div class="banner warn" role="alert"><span class="dot warn" /><div><b>Redis does not answer: limits are kept by each instance for itself.</b><p>Requests pass as usual. Each instance allows its share of a limit until Redis is back.</p></div></div>}
      <section class="card mb">
        <header><h2>Budgets</h2><span class="dim says">{unknown && budgets.length > 0 ? unknown : "spent so far, with the projection to the end of the period"}</span>{budgets.length > 0 && <div class="act"><div class="legend"><span><i class="sw c1" />spent</span><span><i class="sw kwait" />held in flight</span><span><i class="sw kpb" />projected band</span><span><i class="ksoft" />soft</span><span><i class="kfb" />hard</span></div></div>}</header>
        {budgets.length === 0 ? <div class="empty"><b>Nothing caps spend; it is only counted.</b><span>A budget alerts, blocks or changes to cheaper models when an amount is spent in a day, week or month.</span><Act me={me} role="editor" act={newBudget}>New budget</Act></div> : <>
          <div class="lim hd"><span>Budget</span><span>Used</span><span>Projected</span><span>At the cap</span><span class="num">State</span></div>
          {budgets.map((budget) => <BudgetRow key={budget.name} me={me} budget={budget} use={use.data?.budgets.find(({ name }) => name === budget.name)} edit={() => set({ what: "budget", start: budget, name: budget.name })} mode={(next) => void change(state.data, withOne(document, "budgets", budget.name, withMode(budget, next)), `Budget “${budget.name}” ${DID[next]}`)} />)}
        </>}
      </section>
      <section class="card mb">
        <header><h2>Rate limits</h2><span class="dim says">{unknown && limits.length > 0 ? unknown : "used in the last minute"}</span>{limits.length > 0 && mode && <div class="act"><span class="st dim"><span class={`dot${mode[0]}`} />{mode[1]}</span></div>}</header>
        {limits.length === 0 ? <div class="empty"><b>Nothing is limited.</b><span>A limit holds requests or tokens a minute, or streams at once, for the org, a key, a feature or a model.</span><Act me={me} role="editor" act={newLimit}>New limit</Act></div> : <>
          <div class="lim hd"><span>Limit</span><span>Now</span><span>Refused</span><span>At the limit</span><span class="num">State</span></div>
          {limits.map((limit) => <LimitRow key={limit.name} me={me} limit={limit} use={use.data?.limits.find(({ name }) => name === limit.name)} keyName={keyName} edit={() => set({ what: "limit", start: limit, name: limit.name })} mode={(next) => void change(state.data, withOne(document, "limits", limit.name, withMode(limit, next)), `Limit “${limit.name}” ${DID[next]}`)} />)}
        </>}
      </section>
      <section class="card" aria-label="Latency targets">
        <header><h2>Latency targets</h2><span class="dim says">{states.error && targets.length > 0 ? "What is measured could not be read; what is set holds as usual." : states.data && !measured ? "kept, but not measured by this version" : "how fast 95 of 100 answers should be"}</span>{targets.length > 0 && <div class="act"><Act me={me} role="editor" act={newTarget}>New target</Act></div>}</header>
        {targets.length === 0 ? <div class="empty"><b>No target is set.</b><span>A target says how fast 95 of 100 answers of a feature should be, and may have a rule use its fallbacks first while they are not.</span><Act me={me} role="editor" act={newTarget}>New target</Act></div> : <>
          <div class="lim hd"><span>Target</span><span>Wanted</span><span>{measured && "Measured"}</span><span>While missed</span><span class="num">{measured && "State"}</span></div>
          {targets.map((target) => <TargetRow key={target.name} target={target} states={measured} edit={() => set({ what: "target", start: target, name: target.name })} />)}
        </>}
      </section>
      {doing?.what === "budget" && <BudgetForm {...own} start={doing.start} name={doing.name} state={state.data} />}
      {doing?.what === "limit" && <LimitForm {...own} start={doing.start} name={doing.name} state={state.data} />}
      {doing?.what === "target" && <TargetForm {...own} start={doing.start} name={doing.name} state={state.data} />}
    </>
  );
}

function Head({ me, zone, newBudget, newLimit }: { me: Me; zone: string | null; newBudget: () => void; newLimit: () => void }): JSX.Element {
  return (
    <div class="head"><h1>Limits &amp; budgets</h1><span class="sub">{zone && `periods in the org's time zone, ${zone}`}</span>
      <div class="act">{!may(me, "editor") && <span class="dim">{whoMay("editor")}</span>}<Act me={me} role="editor" act={newLimit}>New limit</Act><Act me={me} role="editor" kind="primary" act={newBudget}>New budget <kbd>N</kbd></Act></div></div>
  );
}
