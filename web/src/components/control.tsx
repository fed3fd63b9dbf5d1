// The control surface: what steers traffic and spend, each leading to its page.
import type { ComponentChildren, JSX } from "preact";
import { control } from "../api/control";
import { isOn, listed, modeOf } from "../lib/control";
import { count, money, providerName, share } from "../lib/format";
import { href, onPage, type Page, type Place } from "../lib/route";
import { useControl } from "../lib/use_control";
import { useQuery } from "../lib/use_query";

interface TileProps {
  place: Place;
  to: Page;
  name: string;
  badge: [kind: string, words: string];
  children: ComponentChildren;
}
const Part = ({ place, to, name, badge, children }: TileProps): JSX.Element => (
  <a class="ctl-tile" href={href(onPage(place, to))}><span class="h">{name}</span><span class={`badge ${badge[0]}`}>{badge[1]}</span><span class="go" aria-hidden="true">→</span><span class="p">{children}</span></a>
);
const UNKNOWN = "The control state could not be read; what is in force stays so.";
const some = (n: number, word: string): string => `${count(n)} ${word}${n === 1 ? "" : "s"}`;

export function Control({ place, tick }: { place: Place; tick: number }): JSX.Element {
  const { state } = useControl();
  const slow = Math.floor(tick / 5);
  const routing = useQuery("routing", control.routing, slow);
  const use = useQuery("limits", control.limits, slow);
  const fallback = useQuery("fallback", control.fallback, slow);
  const document = state.data?.document ?? {};
  const rules = listed(document, "rules").filter(isOn);
  const caps = [...listed(document, "budgets"), ...listed(document, "limits")].filter(isOn);
  const chains = rules.filter((rule) => (rule.fallback ?? []).length > 0 && !rule.shadow);
  const shadows = rules.filter((rule) => modeOf(rule) === "shadow").length;
  const open = fallback.data?.targets.filter((one) => one.state === "open") ?? [];
  const worst = [...(use.data?.budgets ?? [])].filter((one) => one.enabled && !one.shadow && one.cap).sort((a, b) => Number(b.spent) / Number(b.cap) - Number(a.spent) / Number(a.cap))[0];
  const none = (asked: typeof state): [string, string] => ["", asked.data ? "Not set up yet" : "Not known"];
  if (!state.data && !state.error) return <section class="strip g3" aria-label="Control surface" aria-busy="true">{["Routing rules", "Spend limits", "Fallback"].map((name) => <div class="ctl-tile" key={name}><span class="h">{name}</span><span class="p"><span class="skel w60" /></span></div>)}</section>;
  return (
    <section class="strip g3" aria-label="Control surface">
      <Part place={place} to="routing" name="Routing rules" badge={rules.length === 0 ? none(state) : ["ok", `${some(rules.length, "rule")} on`]}>
        {!state.data ? UNKNOWN : rules.length === 0 ? "Requests go where they ask to go." : <>{routing.data && routing.data.requests > 0 && <><b>{share(routing.data.routed, routing.data.requests)}</b> of traffic routed in 24 h</>}{shadows > 0 && `${routing.data && routing.data.requests > 0 ? ", " : ""}${shadows} in shadow`}</>}
      </Part>
      <Part place={place} to="limits" name="Spend limits" badge={caps.length === 0 ? none(state) : worst?.state === "at_cap" ? ["crit", "At the cap"] : worst?.state === "soft" ? ["warn", "Soft cap passed"] : ["ok", `${caps.length} in force`]}>
        {!state.data ? UNKNOWN : caps.length === 0 ? "Nothing caps spend; it is only counted." : worst ? <><b>{worst.name}</b>: {money(worst.spent)} of {money(worst.cap)}</> : "No budget is near its cap."}
      </Part>
      <Part place={place} to="fallback" name="Fallback" badge={open.length > 0 ? ["crit", `${open.length} open`] : chains.length === 0 ? none(state) : ["ok", some(chains.length, "chain")]}>
        {open[0] ? <><b>{providerName(open[0].provider)} {open[0].model}</b> is skipped: {open[0].reason}</> : !state.data ? UNKNOWN : chains.length === 0 ? "One provider, one try; a failure reaches the client." : "All targets take requests."}
      </Part>
    </section>
  );
}
