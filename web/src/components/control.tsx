// The control surface: what steers traffic and spend, each leading to its page. Only what the API says; what is not known is called so.
import type { ComponentChildren, JSX } from "preact";
import { control } from "../api/control";
import { isOn, listed } from "../lib/control";
import { count, duration, money, providerName, share } from "../lib/format";
import { href, onPage, type Page, type Place } from "../lib/route";
import { breached, NEAR, nearBudgets, nearLimits, opened, ruleCount } from "../lib/surface";
import { useControl } from "../lib/use_control";
import { useQuery } from "../lib/use_query";

type Badge = [kind: string, words: string];
interface TileProps {
  place: Place;
  to: Page;
  name: string;
  badge: Badge;
  children: ComponentChildren;
}
const Part = ({ place, to, name, badge, children }: TileProps): JSX.Element => (
  <a class="ctl-tile" href={href(onPage(place, to))}><span class="h">{name}</span><span class={`badge ${badge[0]}`}>{badge[1]}</span><span class="go" aria-hidden="true">→</span><span class="p">{children}</span></a>
);
const UNKNOWN = "Could not be read.";
const UNREAD = "What is used could not be read.";
const NAMES = ["Routing rules", "Budgets", "Rate limits", "Fallback", "Latency"];
const some = (n: number, word: string): string => `${count(n)} ${word}${n === 1 ? "" : "s"}`;
const percent = (part: number): string => `${count(Math.round(100 * part))} %`;

export function Control({ place, tick }: { place: Place; tick: number }): JSX.Element {
  const { state } = useControl();
  const slow = Math.floor(tick / 5);
  const document = state.data?.document ?? {};
  const set = { rules: ruleCount(document), budgets: listed(document, "budgets").filter(isOn), limits: listed(document, "limits").filter(isOn), targets: listed(document, "latency_targets") };
  const routing = useQuery("routing", control.routing, slow);
  const use = useQuery("limits", control.limits, slow);
  const fallback = useQuery("fallback", control.fallback, slow);
  const measured = useQuery(set.targets.length > 0 ? "latency targets" : null, control.targets, slow);
  if (!state.data && !state.error) return <section class="strip g5" aria-label="Control surface" aria-busy="true">{NAMES.map((name) => <div class="ctl-tile" key={name}><span class="h">{name}</span><span class="p"><span class="skel w60" /></span></div>)}</section>;

  const none: Badge = ["", state.data ? "Not set up yet" : "Not known"];
  const [budgets, limits, open, slowOnes] = [nearBudgets(use.data), nearLimits(use.data), opened(fallback.data?.targets), breached(measured.data?.rows)];
  const [budget, limit, missed] = [budgets[0], limits[0], slowOnes[0]];
  const [capped, full] = [budgets.filter(({ one }) => one.state === "at_cap").length, limits.filter(({ part }) => part >= 1).length];
  const [soft, close] = [budgets.filter(({ one }) => one.state === "soft").length, limits.filter(({ part }) => part >= NEAR).length];
  const chains = listed(document, "rules").filter((rule) => isOn(rule) && !rule.shadow && (rule.fallback ?? []).length > 0).length;
  const { on, shadow, off } = set.rules;
  const rest = [shadow > 0 ? `${shadow} in shadow` : "", off > 0 ? `${off} off` : ""].filter(Boolean);
  const part = (name: string, to: Page, badge: Badge, children: ComponentChildren) => <Part key={name} place={place} to={to} name={name} badge={badge}>{state.data ? children : UNKNOWN}</Part>;
  return (
    <section class="strip g5" aria-label="Control surface">
      {part("Routing rules", "routing", on + shadow + off === 0 ? none : [on > 0 ? "ok" : "", `${count(on)} on`], on + shadow + off === 0 ? "Requests go where they ask to go."
        : <span title="of the last 24 h">{routing.data && routing.data.requests > 0 && <><b>{share(routing.data.routed, routing.data.requests)}</b> of traffic{rest.length > 0 && ", "}</>}{rest.join(", ")}</span>)}
      {part("Budgets", "limits", set.budgets.length === 0 ? none : capped > 0 ? ["crit", `${capped} at the cap`] : soft > 0 ? ["warn", `${soft} near`] : [use.data ? "ok" : "", `${count(set.budgets.length)} on`],
        set.budgets.length === 0 ? "Nothing caps spend; it is only counted." : budget ? <span title={`${budget.one.name}: ${percent(budget.part)}`}><b>{budget.one.name}</b> {money(budget.one.spent)} of {money(budget.one.cap ?? budget.one.soft_cap)}</span> : use.error ? UNREAD : use.data ? "None holds anything back." : "")}
      {part("Rate limits", "limits", set.limits.length === 0 ? none : full > 0 ? ["crit", `${full} refusing`] : close > 0 ? ["warn", `${close} near`] : [use.data ? "ok" : "", `${count(set.limits.length)} on`],
        set.limits.length === 0 ? "Nothing is limited." : limit ? <span title={limit.scope}><b>{limit.one.name}</b> {percent(limit.part)} used</span> : use.error ? UNREAD : use.data ? "Nothing counted in the last minute." : "")}
      {part("Fallback", "fallback", open.length > 0 ? ["crit", `${some(open.length, "breaker")} open`] : chains === 0 ? none : [fallback.data ? "ok" : "", some(chains, "chain")],
        open[0] ? <><b>{providerName(open[0].provider)} {open[0].model}</b> skipped: {open[0].reason}</> : chains === 0 ? "One try; a failure reaches the client." : fallback.error ? "The breakers could not be read." : fallback.data ? "All targets take requests." : "")}
      {part("Latency", "limits", set.targets.length === 0 ? none : slowOnes.length > 0 ? ["crit", `${slowOnes.length} breached`] : [measured.data?.rows ? "ok" : "", some(set.targets.length, "target")],
        set.targets.length === 0 ? "No target is set." : missed ? <><b>{missed.name}</b>{missed.p95_ms !== null && <> P95 {duration(missed.p95_ms * 1_000)}</>}</> : measured.error ? "What is measured could not be read." : measured.data ? (measured.data.rows ? "None is breached." : "Kept, not measured yet.") : "")}
    </section>
  );
}
