import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, known as knownError } from "../api/client";
import { control, type ControlState, type Rule } from "../api/control";
import type { Dimensions, Me } from "../api/types";
import { Mix, RuleList } from "../components/control/rules";
import { RuleEditor } from "../components/control/rule_editor";
import { Failure, Lines, Stale } from "../components/parts";
import { Act, may, useNew, whoMay } from "../components/settings/shared";
import { useToast } from "../components/toast";
import { freshName, inForce, listed, moved, ordered, withMode, withOne, type Mode } from "../lib/control";
import { count, share } from "../lib/format";
import { go, type Place } from "../lib/route";
import { useControl } from "../lib/use_control";
import { useQuery } from "../lib/use_query";

const MODE_WORDS: Record<Mode, string> = { on: "is in force", shadow: "is in shadow", off: "is turned off" };

export function Routing({ me, place, known, beat }: { me: Me; place: Place; known: Dimensions | null; beat: number }): JSX.Element {
  const { state, instances } = useControl();
  const figures = useQuery("routing", control.routing, Math.floor(beat / 3));
  const providers = useQuery("providers 24h", (signal) => api.providers({ window: "24h" }, signal));
  const [fresh, setFresh] = useState<Rule | null>(null);
  const change = useChange();
  const document = state.data?.document ?? {};
  const rules = listed(document, "rules");
  const chosen = rules.find(({ name }) => name === place.item);
  const open = (name: string | null) => {
    setFresh(null);
    go({ ...place, item: name }, place.item ? "replace" : "push");
  };
  const make = () => {
    go({ ...place, item: null }, "replace");
    setFresh({ name: freshName(document, "rules", "rule"), when: {}, split: [{}] });
  };
  useNew(make, may(me, "editor") && state.data !== null);
  const editing = fresh ?? chosen ?? null;
  return (
    <>
      <div class="head">
        <h1>Routing</h1><span class="sub">first match wins; no match passes through unchanged</span>
        <div class="act">{state.data && state.data.version > 0 && <span class="dim d-only">{inForce(instances, state.data.version)}</span>}<Act me={me} role="editor" kind="primary" act={make}>New rule <kbd>N</kbd></Act></div>
      </div>
      {state.error && state.data && <Stale error={state.error} what="The rules" />}
      {!state.data ? <section class="card">{state.error ? <Failure error={state.error} retry={state.retry} what="The rules" /> : <Lines rows={6} />}</section> : (
        <div class={editing ? "grid g-edit" : "grid"}>
          <div><section class="card">
            <header><h2>Rules</h2>{figures.data && rules.length > 0 ? <span class="dim"><b class="strong">{share(figures.data.routed, figures.data.requests)}</b> of {count(figures.data.requests)} requests routed in 24 h</span> : figures.error && <span class="dim">Hits could not be read; routing goes on as usual.</span>}{may(me, "editor") ? rules.length > 1 && <div class="act d-only"><span class="dim">move <kbd>⌥↑</kbd> <kbd>⌥↓</kbd></span></div> : <div class="act"><span class="dim">{whoMay("editor")}</span></div>}</header>
            {rules.length === 0 ? <None me={me} make={make} /> : <>
              {figures.data && <Mix figures={figures.data} rules={rules} />}
              <RuleList me={me} rules={rules} figures={figures.data} chosen={chosen?.name ?? null} open={open}
                mode={(rule, mode) => void change(state.data, withOne(document, "rules", rule.name, withMode(rule, mode)), `“${rule.name}” ${MODE_WORDS[mode]}`)} reorder={(names, what) => void change(state.data, ordered(document, names), what)} />
            </>}
          </section></div>
          {editing && <RuleEditor key={fresh ? "\nnew" : editing.name} me={me} start={editing} name={fresh ? null : editing.name} state={state.data} known={known} providers={(providers.data ?? []).map(({ provider }) => provider)} close={() => open(null)} done={open} move={(by) => void change(state.data, { ...document, rules: moved(rules, rules.indexOf(editing), rules.indexOf(editing) + by) }, `“${editing.name}” is number ${rules.indexOf(editing) + by + 1}`)} />}
        </div>
      )}
    </>
  );
}

// One change without an editor: a switch, a place in the order. Refused: says why, and shows what is in force.
export function useChange(): (base: ControlState | null, document: ControlState["document"], what: string) => Promise<void> {
  const { save, state } = useControl();
  const say = useToast();
  return async (base, document, what) => {
    if (!base) return;
    try {
      await save(base, document, what);
    } catch (reason) {
      say("Nothing was changed", knownError(reason).message);
      state.retry();
    }
  };
}

function None({ me, make }: { me: Me; make: () => void }): JSX.Element {
  return (
    <div class="empty"><b>No rule yet: every request goes where it asks to go.</b><span>A rule sends requests of a feature, task, provider or model elsewhere. In shadow it only counts what it would have done.</span><Act me={me} role="editor" act={make}>New rule</Act></div>
  );
}
