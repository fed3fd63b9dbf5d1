import type { JSX } from "preact";
import type { Budget, BudgetUse } from "../../api/control";
import type { Me } from "../../api/types";
import { capWords, isOn, modeOf, periodWords, type Mode } from "../../lib/control";
import { count, day, dollars, minute, money } from "../../lib/format";
import { State } from "./shared";
import { UsageBar, type Tone } from "./usage_bar";

const DAY_MS = 86_400_000;
const when = (time: string): string => (Date.parse(time) - Date.now() < DAY_MS ? minute(time) : Date.parse(time) - Date.now() < 7 * DAY_MS ? `${day(time).slice(0, 3)} ${minute(time)}` : day(time));
const toneOf = (budget: Budget, use: BudgetUse): Tone => (modeOf(budget) !== "on" ? "shadow" : use.state === "at_cap" ? "cap" : use.state === "soft" ? "soft" : "usual");

interface RowProps {
  me: Me;
  budget: Budget;
  use: BudgetUse | undefined;
  edit: () => void;
  mode: (mode: Mode) => void;
}
export function BudgetRow({ me, budget, use, edit, mode }: RowProps): JSX.Element {
  const { verb, rest } = capWords(budget);
  const alerts = budget.alert_percent ?? [];
  return (
    <div class={isOn(budget) ? "lim" : "lim off"} data-budget={budget.name}>
      <div class="who"><h3><button class="name" type="button" title={budget.name} onClick={edit}>{budget.name}</button></h3><span class="dim">{budget.feature ? `feature ${budget.feature}` : "all features"}, {use ? `${budget.period ?? "month"}, resets ${when(use.to)}` : periodWords[budget.period ?? "month"]}</span></div>
      <div class="wide2">{use ? <Spent budget={budget} use={use} /> : <span class="dim">{isOn(budget) ? "usage not known yet" : "off: nothing is counted"}</span>}</div>
      <div class="when">{use && isOn(budget) && <Ahead budget={budget} use={use} />}</div>
      <div class="does p2">{alerts.length > 0 && budget.cap && <><b class="strong">Alert</b> at {alerts.map((one) => `${one} %`).join(", ")}; </>}<b class="strong">{verb}</b> {rest}{modeOf(budget) === "shadow" && ", once enforced"}</div>
      <div class="num sws"><State me={me} of={budget} set={mode} /></div>
    </div>
  );
}

function Spent({ budget, use }: { budget: Budget; use: BudgetUse }): JSX.Element {
  const end = use.cap ?? use.soft_cap;
  const cap = end === null ? null : Number(end);
  const percent = cap ? Math.round((100 * Number(use.spent)) / cap) : null;
  const soft = (use.alert_percent ?? []).map((one) => ((cap ?? 0) * one) / 100);
  const tone = toneOf(budget, use);
  return (
    <>
      <div class="cap"><span><span class="est">{money(use.spent)}</span> <span class="dim">{Number(use.held) > 0 && `+ ${money(use.held)} held `}{end !== null && `of ${money(end)}`}</span></span><span class={tone === "cap" ? "s-crit" : tone === "soft" ? "s-warn" : "dim"}>{percent !== null && `${count(percent)} %`}</span></div>
      <UsageBar label={`${money(use.spent)} spent${end ? ` of ${money(end)}` : ""}`} tone={tone} spent={Number(use.spent)} held={Number(use.held)} cap={use.cap === null ? null : Number(use.cap)} soft={use.cap === null && cap !== null ? [...soft, cap] : soft} projected={use.projected === null ? null : Number(use.projected)} low={use.projected_low === null ? null : Number(use.projected_low)} high={use.projected_high === null ? null : Number(use.projected_high)} />
      <Unpriced use={use} />
    </>
  );
}

// Spend that nobody can tell is spend that a cap does not hold: it is said, with what it was taken for.
function Unpriced({ use }: { use: BudgetUse }): JSX.Element | null {
  const { unknown_requests: requests = 0, unknown_request_cost: cost = "0" } = use;
  if (requests === 0) return null;
  const free = Number(cost) === 0;
  return <p class="dim note">{count(requests)} {requests === 1 ? "request" : "requests"} without a known price, <span class={free && use.cap !== null ? "s-warn" : undefined}>counted as {free ? "nothing" : `${money(cost)} each`}</span></p>;
}

// At the cap it says what happens now; before it, when that will be.
function Ahead({ budget, use }: { budget: Budget; use: BudgetUse }): JSX.Element {
  const shadow = modeOf(budget) === "shadow";
  const blocks = (budget.at_cap ?? "block") === "block";
  const did = [use.blocked > 0 ? `${count(use.blocked)} ${shadow ? "would have been blocked" : "blocked"}` : "", use.downgraded > 0 ? `${count(use.downgraded)} ${shadow ? "would have been downgraded" : "downgraded"}` : ""].filter(Boolean).join(", ");
  if (use.state === "at_cap") return <><span class={shadow ? "" : "s-crit"}>{shadow ? "Cap passed" : blocks ? "Blocks now, 402" : "Downgrades now"}</span>{" "}<br /><span class="dim">{did || `until ${when(use.to)}`}</span></>;
  if (use.hits_cap_at) return <><span class={shadow ? "" : "s-warn"}>Hard: <span class="est">{when(use.hits_cap_at)}</span></span>{" "}<br /><span class="dim">{use.projected && `≈ ${money(use.projected)} by the end, uncapped`}</span></>;
  if (use.projected === null) return <span class="dim">too early to project</span>;
  const band = use.projected_low && use.projected_high ? `${dollars(Number(use.projected_low))} to ${dollars(Number(use.projected_high))}` : "no band known";
  return <>{use.state === "soft" ? <span class="s-warn">Soft passed</span> : <span>Below the cap</span>}{" "}<br /><span class="dim"><span class="est" title={band}>{money(use.projected)}</span> by {when(use.to)}</span></>;
}
