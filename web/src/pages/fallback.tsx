// What stands in when a provider fails: chains, breakers, and what lately went another way.
import type { JSX } from "preact";
import { control, type BreakerTarget, type Fallback } from "../api/control";
import type { Me } from "../api/types";
import { Failure, Lines, Stale } from "../components/parts";
import { Act } from "../components/settings/shared";
import { destinationText, isOn, listed, sentence } from "../lib/control";
import { ago, clock, count, day, providerName, share } from "../lib/format";
import { go, href, onPage, type Place } from "../lib/route";
import { unfitWords } from "../lib/route_lines";
import { useControl } from "../lib/use_control";
import { useQuery } from "../lib/use_query";

const STATES = { closed: ["", "Closed", "requests pass"], half_open: [" warn", "Half open", "probing"], open: [" crit", "Open", "skipped"] } as const;
const nameOf = (target: Pick<BreakerTarget, "provider" | "model">): string => [providerName(target.provider), target.model].filter(Boolean).join(" ");
// "openai/gpt-4o" as the house writes it
const targetText = (text: string): string => {
  const [provider = "", ...model] = text.split("/");
  return nameOf({ provider, model: model.join("/") });
};

function Breaker({ target }: { target: BreakerTarget | undefined }): JSX.Element {
  if (!target) return <span class="dot idle" title="not asked yet" />;
  const [dot, word] = STATES[target.state];
  return <span class={`dot${dot}`} title={`${word}${target.reason ? `: ${target.reason}` : ""}`} />;
}

export function FallbackPage({ me, place, beat }: { me: Me; place: Place; beat: number }): JSX.Element {
  const { state } = useControl();
  const answer = useQuery("fallback", control.fallback, beat);
  const rules = listed(state.data?.document ?? {}, "rules");
  const chains = rules.filter((rule) => isOn(rule) && (rule.fallback ?? []).length > 0);
  const bad = answer.data?.targets.filter((one) => one.state !== "closed") ?? [];
  return (
    <>
      <div class="head"><h1>Fallback</h1><span class="sub">another target before the first byte, never after it</span></div>
      {answer.error && answer.data && <Stale error={answer.error} what="The breakers" />}
      <section class="card mb">
        <header><h2>Targets</h2><span class="dim says">{answer.data && answer.data.targets.length > 0 ? (bad.length === 0 ? "all closed: requests pass" : `${bad.length} of ${answer.data.targets.length} not closed`) : "a breaker each, opened by failures"}</span></header>
        {answer.data ? <Targets data={answer.data} /> : answer.error ? <Failure error={answer.error} retry={answer.retry} what="The breakers" /> : <Lines rows={4} />}
      </section>
      <section class="card mb">
        <header><h2>Chains</h2><span class="dim says">tried in order when the one before fails</span></header>
        {!state.data ? (state.error ? <Failure error={state.error} retry={state.retry} what="The rules" /> : <Lines rows={3} />) : chains.length === 0 ? (
          <div class="empty"><b>No rule has a fallback: a failure reaches the client as the provider sent it.</b><span>Fallbacks belong to routing rules.</span><Act me={me} role="editor" act={() => go(onPage(place, "routing"))}>Go to routing</Act></div>
        ) : (
          <ol class="chains">{chains.map((rule) => {
            const steps = [...((rule.split ?? []).length > 0 ? [rule.split ?? []] : [[{}]]), ...(rule.fallback ?? []).map((to) => [to])];
            return (
              <li key={rule.name}><a class="link nm t" href={href(onPage(place, "routing", { item: rule.name }))} title={rule.name}>{rule.name}</a>{rule.shadow && <span class="badge shadow">Shadow</span>}
                <span class="steps-c">{steps.map((step, n) => <span class="step-c" key={n}>{n > 0 && <span class="arrow">then</span>}{step.map((to, k) => <span class="st" key={k}>{k > 0 && <span class="dim">or</span>}<Breaker target={answer.data?.targets.find((one) => !one.credential && one.provider === to.provider && (one.model === to.model || (!to.model && one.model === "")))} />{destinationText(to)}</span>)}</span>)}</span>
              </li>
            );
          })}</ol>
        )}
      </section>
      <section class="card">
        <header><h2>Last failovers</h2><span class="dim says">requests that went on to a further target</span></header>
        {answer.data ? <Failovers data={answer.data} place={place} /> : answer.error ? <Failure error={answer.error} retry={answer.retry} what="The failovers" /> : <Lines rows={4} />}
      </section>
    </>
  );
}

function Targets({ data }: { data: Fallback }): JSX.Element {
  const rank = { open: 0, half_open: 1, closed: 2 } as const;
  const rows = [...data.targets].sort((a, b) => rank[a.state] - rank[b.state] || b.requests - a.requests);
  const now = Date.now();
  if (rows.length === 0) return <div class="empty"><b>No rule sent a request to a target lately.</b><span>Each provider and model that rules send requests to shows here, with the state of its breaker.</span></div>;
  return (
    <div class="scroll"><table class="table stacked wrapm">
      <thead><tr><th scope="col">Target</th><th scope="col">State</th><th scope="col">Since</th><th scope="col">Reason</th><th scope="col">Next probe</th><th scope="col" class="num">Requests</th><th scope="col" class="num">Failed</th></tr></thead>
      <tbody>{rows.map((one) => {
        const [dot, word, means] = STATES[one.state];
        return (
          <tr key={`${one.provider} ${one.model} ${one.credential}`}>
            <td class="c-name" title={nameOf(one)}>{providerName(one.provider)} <span class="dim">{one.credential ? "one of its keys" : one.model || "model as asked"}</span></td>
            <td><span class="st"><span class={`dot${dot}`} /><span class={one.state === "open" ? "s-crit" : one.state === "half_open" ? "s-warn" : ""}>{word}</span> <span class="dim">{means}</span></span></td>
            <td class={one.since ? "" : "p2"}>{one.since ? <><span class="m-only dim">since </span>{clock(one.since).slice(0, 5)} <span class="dim">{ago(one.since, now)}</span></> : <span class="dim">–</span>}</td>
            <td class={one.reason ? "" : "p2"}>{one.reason ? sentence(one.reason).replace(/\.$/, "") : <span class="dim">–</span>}</td>
            <td class={one.next_probe_at ? "" : "p2"}>{one.next_probe_at ? <><span class="m-only dim">next probe </span>{ago(one.next_probe_at, now)}</> : <span class="dim">–</span>}</td>
            <td class="num"><span class="m-only dim">requests </span>{count(one.requests)}</td>
            <td class="num"><span class="m-only dim">failed </span>{count(one.failures)}{one.failures > 0 && one.failures <= one.requests && <span class="dim"> {share(one.failures, one.requests)}</span>}</td>
          </tr>
        );
      })}</tbody>
    </table></div>
  );
}

function Failovers({ data, place }: { data: Fallback; place: Place }): JSX.Element {
  if (data.failovers.length === 0) return <div class="empty"><b>No request needed a second target lately.</b></div>;
  const today = new Date().toISOString().slice(0, 10);
  return (
    <div class="scroll"><table class="table stacked">
      <thead><tr><th scope="col">Time</th><th scope="col">Rule</th><th scope="col">From</th><th scope="col">To</th><th scope="col">Because</th><th scope="col"><span class="vh">Request</span></th></tr></thead>
      <tbody>{data.failovers.map((one) => (
        <tr key={`${one.id} ${one.from}`}>
          <td>{one.at.startsWith(today) ? clock(one.at) : `${day(one.at)}, ${clock(one.at)}`}</td>
          <td class="c-name small" title={one.rule ?? undefined}>{one.rule ?? <span class="dim">no rule</span>}</td><td class="fr">{targetText(one.from)}</td><td><span class="arrow">→</span>{targetText(one.to)}</td><td class="s-warn">{unfitWords(one.reason)}</td>
          <td class="num"><a class="link" href={href(onPage(place, "requests", { row: one.id, filters: {} }))} aria-label={`Request of ${clock(one.at)}`}>Request</a></td>
        </tr>
      ))}</tbody>
    </table></div>
  );
}
