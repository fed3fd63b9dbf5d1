import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Limit, LimitScope, LimitUse } from "../../api/control";
import type { Me } from "../../api/types";
import { isOn, limitUnit, modeOf, scopeWords, type Mode } from "../../lib/control";
import { count } from "../../lib/format";
import { State } from "./shared";
import { UsageBar } from "./usage_bar";

interface RowProps {
  me: Me;
  limit: Limit;
  use: LimitUse | undefined;
  keyName: (id: string) => string;
  edit: () => void;
  mode: (mode: Mode) => void;
}
const FEW = 3;

export function LimitRow({ me, limit, use, keyName, edit, mode }: RowProps): JSX.Element {
  const [all, setAll] = useState(false);
  const shadow = modeOf(limit) === "shadow";
  const scopes = [...(use?.scopes ?? [])].sort((a, b) => b.used - a.used);
  const shown = all ? scopes : scopes.slice(0, FEW);
  const refused = scopes.reduce((sum, one) => sum + (shadow ? one.would_refuse_1h : one.refused_1h), 0);
  return (
    <div class={isOn(limit) ? "lim" : "lim off"} data-limit={limit.name}>
      <div class="who"><h3><button class="name" type="button" title={limit.name} onClick={edit}>{limit.name}</button></h3><span class="dim">{scopeWords(limit, keyName)}</span></div>
      <div class="wide2">
        {!isOn(limit) ? <span class="dim">off: {count(limit.limit)} {limitUnit(limit)} when on</span> : shown.length === 0 ? <span class="dim">nothing counted in the last minute; {count(limit.limit)} {limitUnit(limit)}</span> : shown.map((one) => <Scope key={one.scope} one={one} limit={limit} keyName={keyName} named={scopes.length > 1 || limit.key === "*" || limit.feature === "*" || limit.model === "*"} shadow={shadow} />)}
        {scopes.length > FEW && <button class="link lk" type="button" aria-expanded={all} onClick={() => setAll(!all)}>{all ? "Fewer" : `${scopes.length - FEW} more`}</button>}
      </div>
      <div class="when">{isOn(limit) && use && (refused > 0 ? <span class={shadow ? "" : "s-warn"}>{count(refused)} {shadow ? "would have been refused" : "refused"}{" "}<br /><span class="dim">in the last hour</span></span> : <span class="dim">none {shadow ? "would have been " : ""}refused{" "}<br />in the last hour</span>)}</div>
      <div class="does p2"><b class="strong">429</b> with retry-after{shadow && ", once enforced"}</div>
      <div class="num sws"><State me={me} of={limit} set={mode} /></div>
    </div>
  );
}

function Scope({ one, limit, named, shadow, keyName }: { one: LimitScope; limit: Limit; named: boolean; shadow: boolean; keyName: (id: string) => string }): JSX.Element {
  const percent = Math.round((100 * one.used) / limit.limit);
  const scope = one.scope.replace(/^key (\d+)$/, (_, id: string) => `key ${keyName(id)}`) || "all";
  const full = one.rest <= 0;
  return (
    <div class="scope">
      <div class="cap"><span class="t">{named && <span title={scope}>{scope}: </span>}{count(one.used)} <span class="dim">of {count(limit.limit)} {limitUnit(limit)}</span></span><span class={full && !shadow ? "s-crit" : "dim"}>{full ? (shadow ? "full" : "refuses") : `${count(percent)} %`}</span></div>
      <UsageBar label={`${scope}: ${count(one.used)} of ${count(limit.limit)} ${limitUnit(limit)}`} tone={shadow ? "shadow" : full ? "cap" : percent >= 90 ? "soft" : "usual"} spent={one.used} cap={limit.limit} />
    </div>
  );
}
