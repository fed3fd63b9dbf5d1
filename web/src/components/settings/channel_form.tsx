// The dialog that makes or changes a channel of alerts.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { AlertKind, Channel, Severity } from "../../api/control";
import { bad, Form, type OwnProps } from "../control/limit_forms";
import { Field } from "../control/shared";

const KINDS: [AlertKind, string][] = [["anomaly", "Anomalies"], ["budget", "Budgets"], ["latency", "Latency targets"]];
const ALL = KINDS.map(([kind]) => kind);
const SEVERITIES: [Severity, string][] = [["low", "all"], ["medium", "medium and high"], ["high", "high only"]];
const SECRET_HINT = "env:NAME or file:/path. Empty: the secret that Lectr makes, or unsigned";
const URL_HINT = { webhook: "https://…, env:NAME or file:/path", slack: "env:NAME or file:/path is better than the URL itself: whoever has it can write there, and everybody in the org reads this" } as const;

// Addresses as people type them.
const addresses = (text: string): string[] => text.split(/[\s,;]+/).filter(Boolean);

export function ChannelForm({ canMail, known: _known, ...own }: OwnProps<Channel> & { canMail: boolean }): JSX.Element {
  const [to, setTo] = useState((own.start.to ?? []).join(", "));
  // Only what the type has, so that a field that is not shown can't be refused.
  const ready = ({ to: _to, url, secret, kinds, ...rest }: Channel): Channel => ({
    ...rest,
    ...(rest.type === "email" ? { to: addresses(to) } : { url: url ?? "" }),
    ...(rest.type === "webhook" && secret ? { secret } : {}),
    ...(kinds && kinds.length > 0 && kinds.length < ALL.length ? { kinds } : {}),
  });
  return (
    <Form<Channel> {...own} kind="alerts" ready={ready}>
      {(draft, put, problem) => {
        const chosen = draft.kinds && draft.kinds.length > 0 ? draft.kinds : ALL;
        const wrongTo = problem("to") ?? addresses(to).map((_, n) => problem(`to[${n}]`)).find(Boolean) ?? null;
        return <>
          <Field label="By" error={problem("type")} hint={draft.type === "email" && !canMail ? "The daemon's settings name no mail server: nothing leaves until they do" : undefined}>
            <select class="input" value={draft.type} onChange={(event) => put({ type: event.currentTarget.value as Channel["type"] })}><option value="email">e-mail</option><option value="webhook">webhook, JSON, signed</option><option value="slack">Slack, or what takes its webhooks</option></select>
          </Field>
          {draft.type === "email" ? <Field label="To" error={wrongTo} hint="up to 20 addresses"><input class={bad(wrongTo)} name="to" value={to} placeholder="ops@example.com" autocomplete="off" spellcheck={false} onInput={(event) => {
            setTo(event.currentTarget.value);
            put({});
          }} /></Field> : <Field label="URL" error={problem("url")} hint={URL_HINT[draft.type]}><input class={`${bad(problem("url"))} mono`} name="url" value={draft.url ?? ""} placeholder={draft.type === "slack" ? "env:SLACK_WEBHOOK_URL" : "https://hooks.example.com/lectr"} autocomplete="off" spellcheck={false} onInput={(event) => put({ url: event.currentTarget.value })} /></Field>}
          {draft.type === "webhook" && <Field label="Signed with" error={problem("secret")} hint={SECRET_HINT}><input class={`${bad(problem("secret"))} mono`} name="secret" value={draft.secret ?? ""} placeholder="env:HOOK_WEBHOOK_SECRET" autocomplete="off" spellcheck={false} onInput={(event) => put({ secret: event.currentTarget.value })} /></Field>}
          <div class="field"><span>Tells of</span><div class="seg" role="group" aria-label="Tells of">{KINDS.map(([kind, label]) => {
            const on = chosen.includes(kind);
            return <button key={kind} type="button" aria-pressed={on} disabled={on && chosen.length === 1} onClick={() => put({ kinds: on ? chosen.filter((one) => one !== kind) : [...chosen, kind] })}>{label}</button>;
          })}</div></div>
          {chosen.includes("anomaly") && <Field label="Anomalies of severity" error={problem("min_severity")}><select class="input" value={draft.min_severity ?? "low"} onChange={(event) => put({ min_severity: event.currentTarget.value as Severity })}>{SEVERITIES.map(([one, words]) => <option key={one} value={one}>{words}</option>)}</select></Field>}
        </>;
      }}
    </Form>
  );
}
