// Every change of the control state: who, when, through what; what it changed; and the way back.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError, known } from "../api/client";
import { control, type ControlState, type VersionRow } from "../api/control";
import type { Me } from "../api/types";
import { Counts, DiffView, useDiff } from "../components/control/diff_view";
import { Drifted } from "../components/control/only_document";
import { Field, MovedOn } from "../components/control/shared";
import { Dialog } from "../components/dialog";
import { Failure, Lines, Stale } from "../components/parts";
import { may, whoMay } from "../components/settings/shared";
import { inForce, sentence } from "../lib/control";
import { toYaml } from "../lib/diff";
import { download } from "../lib/download";
import { clock, date, day, minute } from "../lib/format";
import { go, href, type Place } from "../lib/route";
import { useControl } from "../lib/use_control";
import { useQuery } from "../lib/use_query";

const PAGE = 40;
const WEEK_MS = 6 * 86_400_000;
function whenOf(time: string | null): string {
  if (!time) return "";
  const past = Date.now() - Date.parse(time);
  return time.slice(0, 10) === new Date().toISOString().slice(0, 10) ? minute(time) : past < WEEK_MS ? `${day(time).slice(0, 3)} ${minute(time)}` : date(time);
}
const titleOf = (row: VersionRow): string => (row.summary.length === 0 ? row.note || "No difference" : sentence(row.summary[0] as string).replace(/\.$/, "") + (row.summary.length > 1 ? `, and ${row.summary.length - 1} more` : ""));
const NOTHING = { version: 0, changed_at: null, changed_by: null, via: null, note: "", document: {} };

export function Changes({ me, place }: { me: Me; place: Place }): JSX.Element {
  const { state } = useControl();
  const newest = state.data?.version ?? 0;
  const [shown, setShown] = useState(PAGE);
  const list = useQuery(`versions ${newest} ${shown}`, (signal) => allVersions(shown, signal));
  const [kept, keep] = useState<VersionRow[]>([]);
  useEffect(() => {
    if (list.data) keep(list.data.rows);
  }, [list.data]);
  const rows = list.data?.rows ?? kept;
  const [to, from] = pair(place.item, newest);
  const open = (item: string | null) => go({ ...place, item }, "replace");
  return (
    <>
      <div class="head"><h1>Changes</h1><span class="sub">every change is a version: who, when, through what</span>{newest > 0 && <Export version={to} />}</div>
      {state.data?.drift && <Drifted drift={state.data.drift} />}
      {list.error && rows.length > 0 && <Stale error={list.error} what="The versions" />}
      {state.data && newest === 0 ? (
        <section class="card"><div class="empty"><b>Nothing was changed yet.</b><span>The first rule, limit or budget makes version 1; every change after it is kept here, and can be taken back.</span></div></section>
      ) : rows.length === 0 ? <section class="card">{list.error ? <Failure error={list.error} retry={list.retry} what="The versions" /> : <Lines rows={6} />}</section> : (
        <div class="grid g-feed">
          <section class="card feedc"><header><h2>Versions</h2><div class="act"><span class="dim">{newest} in all, times UTC</span></div></header>
            <ol>{rows.map((row) => (
              <li key={row.version}><a class={row.version === to ? "ver sel" : "ver"} href={href({ ...place, item: String(row.version) })} aria-current={row.version === to ? "true" : undefined}><span class="v">v{row.version}</span><span><span class="vt" title={row.summary.join("\n")}>{titleOf(row)}</span><span class="meta"><span>{whenOf(row.changed_at)}</span><span>{row.changed_by}</span><span>{row.via}</span></span>{row.note && row.summary.length > 0 && <span class="meta">{row.note}</span>}</span></a></li>
            ))}</ol>
            {list.data?.next && <footer><button class="link lk" type="button" onClick={() => setShown(shown + PAGE)}>Older</button></footer>}
          </section>
          {state.data && <Compared me={me} place={place} state={state.data} to={to} from={from} rows={rows} open={open} />}
        </div>
      )}
    </>
  );
}

// "12" is what version 12 changed, "12-7" is 7 against 12.
function pair(item: string | null, newest: number): [to: number, from: number] {
  const [, to, from] = /^(\d+)(?:-(\d+))?$/.exec(item ?? "") ?? [];
  const right = Math.max(1, Math.min(newest, Number(to ?? newest)));
  return [right, from === undefined ? right - 1 : Math.min(newest, Number(from))];
}
// The API answers a hundred at once at most.
async function allVersions(wanted: number, signal: AbortSignal): Promise<{ rows: VersionRow[]; next: number | null }> {
  const rows: VersionRow[] = [];
  let next: number | null = null;
  do {
    const page: { rows: VersionRow[]; next: number | null } = await control.versions({ limit: Math.min(100, wanted - rows.length), before: next ?? undefined }, signal);
    rows.push(...page.rows);
    next = page.next;
  } while (next !== null && rows.length < wanted);
  return { rows, next };
}

interface ComparedProps {
  me: Me;
  place: Place;
  state: ControlState;
  to: number;
  from: number;
  rows: VersionRow[];
  open: (item: string | null) => void;
}
function Compared({ me, place, state, to, from, rows, open }: ComparedProps): JSX.Element {
  const one = place.order === "one";
  const after = useQuery(`version ${to}`, (signal) => control.version(to, signal));
  const before = useQuery(from === 0 ? null : `version ${from}`, (signal) => control.version(from, signal));
  const was = from === 0 ? NOTHING : before.data;
  const error = after.error ?? before.error;
  const { instances } = useControl();
  return (
    <div>
      <section class="card mb">
        <header><h2>v{from} → v{to}</h2><span class="dim says">{after.data && [after.data.changed_by, after.data.changed_at && `${day(after.data.changed_at)}, ${clock(after.data.changed_at)} UTC`, after.data.via].filter(Boolean).join(", ")}</span>
          <div class="act">
            {was && after.data && <Sum before={was} after={after.data} />}
            <select class="input against" aria-label="Compare with" value={String(from)} onChange={(event) => open(`${to}-${event.currentTarget.value}`)}>{[...new Set([from, ...rows.map(({ version }) => version), ...(rows.at(-1)?.version === 1 ? [0] : [])])].filter((version) => version !== to).sort((a, b) => b - a).map((version) => <option key={version} value={String(version)}>{version === 0 ? "nothing" : `against v${version}`}</option>)}</select>
            <div class="seg d-only" role="group" aria-label="How to show it"><button type="button" aria-pressed={!one} onClick={() => go({ ...place, order: "" }, "replace")}>Side by side</button><button type="button" aria-pressed={one} onClick={() => go({ ...place, order: "one" }, "replace")}>In one</button></div>
          </div></header>
        {was && after.data ? <DiffView before={was} after={after.data} one={one} /> : error ? <Failure error={error} retry={() => { after.retry(); before.retry(); }} what="This version" /> : <Lines rows={8} />}
        {to === state.version && inForce(instances, to) && <footer><span class="st"><span class="dot" />{inForce(instances, to)}; no stream is dropped by a change</span></footer>}
      </section>
      {after.data && <RollBack key={`${to} ${from}`} me={me} state={state} to={to === state.version ? was : after.data} done={() => open(null)} />}
    </div>
  );
}
function Sum({ before, after }: { before: ControlState; after: ControlState }): JSX.Element | null {
  const diff = useDiff(before, after);
  return diff && <Counts added={diff.added} removed={diff.removed} />;
}

// The version that is looked at, as a file.
function Export({ version }: { version: number }): JSX.Element {
  const { data } = useQuery(`version ${version}`, (signal) => control.version(version, signal));
  const save = (kind: "yaml" | "json") => data && download(`lectr-control-v${version}.${kind}`, `application/${kind}`, kind === "yaml" ? toYaml(data.document) : `${JSON.stringify(data.document, null, 2)}\n`);
  return <div class="act"><span class="dim d-only">v{version}</span><button class="btn" type="button" disabled={!data} onClick={() => save("yaml")}>Export YAML</button><button class="btn" type="button" disabled={!data} onClick={() => save("json")}>Export JSON</button></div>;
}

const labelOf = (version: number): string => (version === 0 ? "the state before the first change" : `v${version}`);
function RollBack({ me, state, to, done }: { me: Me; state: ControlState; to: ControlState | null; done: () => void }): JSX.Element | null {
  const [sure, ask] = useState(false);
  if (!to || to.version === state.version) return null;
  const allowed = may(me, "editor");
  return (
    <section class="card" aria-label="Roll back"><header><h2>Roll back to {labelOf(to.version)}</h2></header>
      <div class="pad"><p class="mid">Makes <b class="strong">v{state.version + 1}</b> with the content of {labelOf(to.version)}, on all instances at once. Nothing is deleted, open streams go on.</p></div>
      <footer class="acts"><span class="dim">{allowed ? "Undo for 10 s, or roll forward any time." : whoMay("editor")}</span><span class="grow" /><button class="btn primary" type="button" disabled={!allowed} title={allowed ? undefined : whoMay("editor")} onClick={() => ask(true)}>Roll back …</button></footer>
      {sure && <Sure state={state} to={to} close={() => ask(false)} done={done} />}
    </section>
  );
}

// Asked once more, with how much it changes and a word for those who read the history. The version it is made from is the one that was looked at.
function Sure({ state, to, close, done }: { state: ControlState; to: ControlState; close: () => void; done: () => void }): JSX.Element {
  const { save } = useControl();
  const [note, setNote] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const [base, setBase] = useState(state);
  const diff = useDiff(base, to);
  const label = labelOf(to.version);
  const roll = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await save(base, to.document, `Rolled back to ${label}`, note || `back to version ${to.version}`);
      close();
      done();
    } catch (reason) {
      setError(known(reason));
      setBusy(false);
    }
  };
  return (
    <Dialog title={`Roll back to ${label}?`} close={close}>
      <MovedOn base={base} now={state} accept={(now) => {
        setBase(now);
        setError(null);
      }} />
      <form class="form" onSubmit={(event) => void roll(event)}>
        <p class="mid">{diff ? diff.added + diff.removed === 0 ? <>It says the same as v{base.version}, which is in force.</> : <>Against v{base.version}, which is in force: <Counts added={diff.added} removed={diff.removed} /> lines.</> : "Most of the document changes."}</p>
        <Field label="Reason, for the history"><input class="input" value={note} maxLength={200} placeholder="optional" onInput={(event) => setNote(event.currentTarget.value)} /></Field>
        {error && error.status !== 409 && <p class="err" role="alert">{sentence(error.message)} Nothing was changed.</p>}
        <div class="acts"><span class="grow" /><button class="btn" type="button" onClick={close}>Cancel</button><button class="btn primary" type="submit" disabled={busy || base.version !== state.version}>{busy ? "Rolling back" : "Roll back"}</button></div>
      </form>
    </Dialog>
  );
}
