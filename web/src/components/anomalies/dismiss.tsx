// Dismissing one with a reason, and taking that back. Both are of its whole incident.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { anomalies, REASONS, type Anomaly, type Reason } from "../../api/anomalies";
import { known } from "../../api/client";
import type { Me } from "../../api/types";
import { REASON_WORDS, reasonOf, whenOf } from "../../lib/anomaly";
import { minute } from "../../lib/format";
import { DISMISS_THING } from "../../lib/use_keys";
import { may, whoMay } from "../settings/shared";
import { useToast } from "../toast";

interface Props {
  me: Me;
  row: Anomaly;
  others: number; // of the same incident
  now: number;
  changed: () => void;
}
export function Dismiss(props: Props): JSX.Element {
  const { me, row, now, changed } = props;
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const say = useToast();
  const allowed = may(me, "editor");
  const send = async (what: string, ask: () => Promise<unknown>, undo?: () => Promise<unknown>) => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    try {
      await ask();
      say(what, row.title, undo && { verb: "Undo", keys: "⌘Z", act: () => void undo().then(changed, (reason: unknown) => say("Not undone, nothing changed", known(reason).message)) });
      changed();
    } catch (reason) {
      const { message } = known(reason);
      setProblem(`${message.charAt(0).toUpperCase()}${message.slice(1).replace(/\.?$/, ".")} Nothing was changed.`);
    }
    setBusy(false);
  };
  const error = problem && <p class="err" role="alert">{problem}</p>;
  if (row.dismissed_at === null) return <Form {...props} allowed={allowed} busy={busy} error={error} send={(reason, note) => void send("Dismissed", () => anomalies.dismiss(row.id, reason, note), () => anomalies.reopen(row.id))} />;
  const [reason, note] = reasonOf(row.reason);
  return (
    <div class="dismiss gone">
      <h3>Dismissed</h3>
      <p>{[`${whenOf(row.dismissed_at, now)} UTC`, row.dismissed_by && `by ${row.dismissed_by}`, reason && reason.toLowerCase(), note].filter(Boolean).join(", ")}</p>
      <button class="btn" type="button" disabled={!allowed || busy} title={allowed ? undefined : whoMay("editor")} onClick={() => void send("Reopened", () => anomalies.reopen(row.id))}>Reopen</button>
      <p class="dim">It does not alert and is not in the baseline. Reopened, it counts again.</p>
      {error}
    </div>
  );
}

function Form({ row, others, allowed, busy, error, send }: Props & { allowed: boolean; busy: boolean; error: JSX.Element | string | null; send: (reason: Reason, note: string) => void }): JSX.Element {
  const [reason, setReason] = useState<Reason>("planned");
  const [note, setNote] = useState("");
  const group = useRef<HTMLDivElement>(null);
  const latest = useRef(() => undefined as void);
  latest.current = () => (allowed && !busy ? send(reason, note.trim()) : undefined);
  useEffect(() => {
    const now = () => latest.current();
    addEventListener(DISMISS_THING, now);
    return () => removeEventListener(DISMISS_THING, now);
  }, []);
  const move = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const next = (REASONS.indexOf(reason) + by + REASONS.length) % REASONS.length;
    setReason(REASONS[next] as Reason);
    (group.current?.children[next] as HTMLElement | undefined)?.focus();
  };
  const who = allowed ? undefined : whoMay("editor");
  return (
    <form class="dismiss" onSubmit={(event) => { event.preventDefault(); latest.current(); }}>
      <h3 id="dismiss-reason">Dismiss</h3>
      <div class="seg wrap" role="radiogroup" aria-labelledby="dismiss-reason" ref={group} onKeyDown={move}>{REASONS.map((one) => <button key={one} type="button" role="radio" aria-checked={one === reason} tabIndex={one === reason ? 0 : -1} disabled={!allowed} title={who} onClick={() => setReason(one)}>{REASON_WORDS[one]}</button>)}</div>
      <input class="input" aria-label="Note" placeholder="Note for the history" maxLength={480} value={note} disabled={!allowed} onInput={(event) => setNote(event.currentTarget.value)} />
      <button class="btn" type="submit" disabled={!allowed || busy} title={who}>Dismiss <kbd>D</kbd></button>
      <p class="dim">{allowed ? `Stops its alerts, takes ${minute(row.opened_at)} ${row.closed_at ? `to ${minute(row.closed_at)}` : "onwards"} out of the baseline, stays in the history.${others > 0 ? `${others === 1 ? " The other one" : ` The ${others} others`} of its incident ${others === 1 ? "goes" : "go"} with it.` : ""} You can reopen it.` : `${whoMay("editor")}.`}</p>
      {error}
    </form>
  );
}
