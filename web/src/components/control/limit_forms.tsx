// Editors for budgets and limits: a dialog each. What the server refuses stands at its field; what somebody else changed meanwhile is said, and the
// draft stays.
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { api, ApiError } from "../../api/client";
import type { Budget, Channel, ControlDocument, ControlState, LatencyTarget, Limit, LimitKind, Period } from "../../api/control";
import type { Dimensions, Me } from "../../api/types";
import { keyChoices, modeOf, oneOf, pairsText, parsePairs, parsePercents, placeOf, problemFor, problemsAt, sentence, tidy, withMode, without, withOne } from "../../lib/control";
import { useControl } from "../../lib/use_control";
import { useQuery } from "../../lib/use_query";
import { Dialog } from "../dialog";
import { stateOf } from "../settings/keys";
import { may, whoMay } from "../settings/shared";
import { WouldHave } from "./replay";
import { Elsewhere, Field, Modes, MovedOn, saveProblem, Wrong } from "./shared";

type Kind = "budgets" | "limits" | "latency_targets" | "alerts";
interface FormProps<T> {
  me: Me;
  kind: Kind;
  start: T;
  name: string | null;
  state: ControlState;
  close: () => void;
  ready: (draft: T) => T | null; // null: a field can't be read; it says so itself
  children: (draft: T, put: (change: Partial<T>) => void, problem: (path: string) => string | null) => ComponentChildren;
}
// What becomes of a request that it does not let pass. Null: nothing, as an amount only alerts.
const stopsOf = (kind: Kind, of: Budget | Limit | LatencyTarget | Channel | null): string | null =>
  of === null || (kind !== "limits" && kind !== "budgets") || (kind === "budgets" && !(of as Budget).cap) ? null
    : (of as Budget).at_cap === "downgrade" ? "sent to a cheaper model, or stopped," : "stopped";
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
export function Form<T extends Budget | Limit | LatencyTarget | Channel>({ me, kind, start, name, state, close, ready, children }: FormProps<T>): JSX.Element {
  const { save } = useControl();
  const [base, setBase] = useState(state);
  const [draft, setDraft] = useState(start);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const allowed = may(me, "editor");
  const word = oneOf[kind];
  const mine = `${kind}[${placeOf(base.document, kind, name)}]`;
  const problems = error?.problems ?? [];
  const problem = (path: string) => problemFor(problems, `${mine}.${path}`);
  const others = problems.filter((one) => problemsAt([one], mine).length === 0);
  const moved = state.version !== base.version;
  const put = (change: Partial<T>) => {
    setError(null);
    setDraft({ ...draft, ...change });
  };
  const send = async (document: ControlDocument, what: string) => {
    setBusy(true);
    setError(null);
    try {
      await save(base, document, what);
      close();
    } catch (reason) {
      setError(saveProblem(reason));
      setBusy(false);
    }
  };
  const whole = ready(draft);
  const stops = stopsOf(kind, whole);
  const submit = () => {
    if (whole && allowed && !busy && !moved) void send(withOne(base.document, kind as "budgets", name, tidy(whole) as Budget), `${capital(word)} “${draft.name}” ${name === null ? "added" : "saved"}`);
  };
  return (
    <Dialog title={name === null ? `New ${word}` : name} close={close}>
      <MovedOn base={base} now={state} accept={(now) => {
        setBase(now);
        setError(null);
      }} />
      <form class="form" onSubmit={(event) => {
        event.preventDefault();
        submit();
      }} onKeyDown={(event) => {
        if ((event.metaKey || event.ctrlKey) && event.key === "Enter") submit();
      }}>
        <Field label="Name" error={problem("name")}><input class={`input${problem("name") ? " bad" : ""}`} name="name" value={draft.name} maxLength={64} onInput={(event) => put({ name: event.currentTarget.value } as Partial<T>)} /></Field>
        {kind !== "latency_targets" && kind !== "alerts" && <Modes mode={modeOf(draft as Budget)} set={(mode) => setDraft(withMode(draft as Budget, mode) as T)} />}
        {children(draft, put, problem)}
        {stops && <WouldHave document={withOne(base.document, kind as "budgets", name, withMode(tidy(whole) as Budget, "on"))} kind={kind as "limits" | "budgets"} name={draft.name} was={name} does={stops} />}
        <Wrong text={problemFor(problems, mine)} />
        <Elsewhere problems={others} document={base.document} />
        {error && problems.length === 0 && error.status !== 409 && <p class="err" role="alert">{sentence(error.message)} Nothing was changed.</p>}
        <div class="acts">
          {name !== null && <button class="btn quiet danger" type="button" disabled={!allowed || busy || moved} onClick={() => void send(without(base.document, kind, name), `${capital(word)} “${name}” deleted`)}>Delete</button>}
          <span class="grow" />{!allowed && <span class="dim">{whoMay("editor")}</span>}
          <button class="btn" type="button" onClick={close}>Cancel</button><button class="btn primary" type="submit" disabled={!allowed || busy || moved}>{busy ? "Saving" : "Save"}</button>
        </div>
      </form>
    </Dialog>
  );
}

export interface OwnProps<T> {
  me: Me;
  start: T;
  name: string | null;
  state: ControlState;
  known: Dimensions | null;
  close: () => void;
}
export const bad = (text: string | null) => `input${text ? " bad" : ""}`;
const PERIODS: [Period, string][] = [["day", "a day"], ["week", "a week, from Monday"], ["month", "a month"]];

export function BudgetForm({ known, ...own }: OwnProps<Budget>): JSX.Element {
  const [alerts, setAlerts] = useState((own.start.alert_percent ?? []).join(", "));
  const [pairs, setPairs] = useState(pairsText(own.start.downgrade));
  const percents = parsePercents(alerts);
  const downgrade = parsePairs(pairs);
  const ready = (draft: Budget): Budget | null => {
    if (!percents || (draft.at_cap === "downgrade" && !downgrade)) return null;
    const { downgrade: _old, ...rest } = draft;
    return { ...rest, alert_percent: percents, ...(draft.at_cap === "downgrade" && downgrade ? { downgrade } : {}) };
  };
  return (
    <Form<Budget> {...own} kind="budgets" ready={ready}>
      {(draft, put, problem) => {
        const capped = draft.cap !== null && draft.cap !== undefined;
        const wrong = problem("cap") ?? problem("soft_cap");
        return <>
          <div class="two">
            <Field label="Feature" error={problem("feature")}><input class={bad(problem("feature"))} value={draft.feature ?? ""} placeholder="all features" list="b-features" autocomplete="off" onInput={(event) => put({ feature: event.currentTarget.value })} /></Field>
            <Field label="Period" error={problem("period")}><select class="input" value={draft.period ?? "month"} onChange={(event) => put({ period: event.currentTarget.value as Period })}>{PERIODS.map(([one, words]) => <option key={one} value={one}>{words}</option>)}</select></Field>
            <Field label="At the amount" error={problem("at_cap")}><select class="input" value={capped ? (draft.at_cap ?? "block") : "alert"} onChange={(event) => {
              const next = event.currentTarget.value;
              const amount = draft.cap ?? draft.soft_cap ?? "";
              put(next === "alert" ? { cap: null, soft_cap: amount, at_cap: "block" } : { cap: amount, soft_cap: null, at_cap: next as "block" | "downgrade" });
            }}><option value="block">block, 402</option><option value="downgrade">use cheaper models</option><option value="alert">alert only</option></select></Field>
            <Field label="Amount, $" error={wrong}><input class={bad(wrong)} inputMode="decimal" value={(capped ? draft.cap : draft.soft_cap) ?? ""} placeholder="500" onInput={(event) => put(capped ? { cap: event.currentTarget.value } : { soft_cap: event.currentTarget.value })} /></Field>
          </div>
          {capped && draft.at_cap === "downgrade" && <Field label="Cheaper models, one a line" error={downgrade ? problem("downgrade") : "each line is: model = cheaper model"} hint="* stands for any characters in the first one"><textarea class={bad(downgrade ? problem("downgrade") : "x")} rows={3} value={pairs} placeholder="gpt-5-mini = gpt-4.1-nano" spellcheck={false} onInput={(event) => setPairs(event.currentTarget.value)} /></Field>}
          <div class="two">
            <Field label="Alert at, %" error={percents ? problem("alert_percent") : "whole numbers, as in 50, 80"} hint="of the amount; each once a period"><input class={bad(percents ? problem("alert_percent") : "x")} value={alerts} placeholder="50, 80, 95" onInput={(event) => setAlerts(event.currentTarget.value)} /></Field>
            <Field label="A request without a price is, $" error={problem("unknown_request_cost")} hint="Empty: counted as nothing"><input class={bad(problem("unknown_request_cost"))} inputMode="decimal" value={draft.unknown_request_cost ?? ""} placeholder="0" onInput={(event) => put({ unknown_request_cost: event.currentTarget.value })} /></Field>
          </div>
          <datalist id="b-features">{known?.features.map((one) => <option key={one} value={one} />)}</datalist>
        </>;
      }}
    </Form>
  );
}

const KINDS: [LimitKind, string][] = [["requests", "requests a minute"], ["tokens", "tokens a minute"], ["streams", "streams at once"]];
export function LimitForm({ known, ...own }: OwnProps<Limit>): JSX.Element {
  const keys = useQuery("keys", api.keys);
  const inForce = keys.data?.filter((key) => ["active", "ending"].includes(stateOf(key, Date.now()))) ?? null;
  return (
    <Form<Limit> {...own} kind="limits" ready={(draft) => draft}>
      {(draft, put, problem) => <>
        <div class="two">
          <Field label="At most" error={problem("limit")}><input class={bad(problem("limit"))} type="number" value={Number.isFinite(draft.limit) && draft.limit !== 0 ? draft.limit : ""} placeholder="600" onInput={(event) => put({ limit: Number(event.currentTarget.value) })} /></Field>
          <Field label="Of" error={problem("kind")}><select class="input" value={draft.kind ?? "requests"} onChange={(event) => put({ kind: event.currentTarget.value as LimitKind })}>{KINDS.map(([one, words]) => <option key={one} value={one}>{words}</option>)}</select></Field>
        </div>
        <div class="part"><span class="label strong">For <span class="dim">nothing chosen: the whole org</span></span>
          <div class="two">
            <Field label="Org key" error={problem("key")}><select class="input" value={draft.key ?? ""} onChange={(event) => put({ key: event.currentTarget.value })}><option value="">all together</option><option value="*">each for itself</option>{keyChoices(inForce, draft.key).map(([value, words]) => <option key={value} value={value}>{words}</option>)}</select></Field>
            <Field label="Feature" error={problem("feature")} hint="* : each for itself"><input class={bad(problem("feature"))} value={draft.feature ?? ""} placeholder="all together" list="l-features" autocomplete="off" onInput={(event) => put({ feature: event.currentTarget.value })} /></Field>
            <Field label="Model" error={problem("model")} hint="* : each for itself"><input class={bad(problem("model"))} value={draft.model ?? ""} placeholder="all together" list="l-models" autocomplete="off" onInput={(event) => put({ model: event.currentTarget.value })} /></Field>
          </div></div>
        <datalist id="l-features">{known?.features.map((one) => <option key={one} value={one} />)}</datalist><datalist id="l-models">{known?.models.map((one) => <option key={one} value={one} />)}</datalist>
      </>}
    </Form>
  );
}
