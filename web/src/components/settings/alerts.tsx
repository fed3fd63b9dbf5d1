// Channels of alerts, which are part of the control state, and what was sent by them lately.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { known as knownError } from "../../api/client";
import { alerts, type Channel, type ChannelState, type ControlState } from "../../api/control";
import type { Me } from "../../api/types";
import { freshName, listed, sentence, withOne } from "../../lib/control";
import { useControl } from "../../lib/use_control";
import { useQuery } from "../../lib/use_query";
import { Switch } from "../control/shared";
import { useToast } from "../toast";
import { ChannelForm } from "./channel_form";
import { Deliveries } from "./deliveries";
import { Act, FormDialog, may, Secret, Section, useNew } from "./shared";

type Doing = { what: "edit"; start: Channel; name: string | null } | { what: "sign"; name: string; again: boolean } | { what: "show"; name: string; secret: string } | null;
const TYPES = { email: "E-mail", webhook: "Webhook", slack: "Slack" } as const;
const SIGNED = { reference: "signed by reference", generated: "signed", none: "unsigned" } as const;

export function Alerts({ me }: { me: Me }): JSX.Element {
  const { state } = useControl();
  const channels = useQuery("alert channels", alerts.channels, state.data?.version ?? 0);
  const [doing, set] = useState<Doing>(null);
  const [turn, next] = useState(0);
  const document = state.data?.document ?? {};
  const rows = listed(document, "alerts");
  const make = () => set({ what: "edit", name: null, start: { name: freshName(document, "alerts", "channel"), type: "email", to: [] } });
  useNew(make, may(me, "editor") && state.data !== null && doing === null);
  const states = channels.data?.rows ?? [];
  const mute = channels.data?.can_mail === false && rows.some((one) => one.type === "email");
  return (
    <>
      {mute && <div class="banner warn" role="alert"><span class="dot warn" /><div><b>No e-mail leaves: the daemon's settings name no mail server.</b><p>Other channels are not affected. Whoever runs the gateway sets <span class="mono">smtp.url</span> and <span class="mono">smtp.from</span>.</p></div></div>}
      <Section title="Alerts" says="who is told of anomalies, budgets and latency targets" answer={state} actions={<Act me={me} role="editor" kind="primary" act={make}>New channel <kbd>N</kbd></Act>}>
        {rows.length === 0 ? <div class="empty"><b>Nobody is told.</b><span>A channel sends anomalies, thresholds of budgets and missed latency targets by e-mail, to a webhook or to Slack.</span><Act me={me} role="editor" act={make}>New channel</Act></div> : (
          <div class="scroll"><table class="table stacked">
            <thead><tr><th scope="col">Channel</th><th scope="col">Where to</th><th scope="col" class="p2">What</th><th scope="col">State</th><th scope="col"><span class="vh">Actions</span></th></tr></thead>
            <tbody>{rows.map((row) => <ChannelRow key={row.name} me={me} row={row} base={state.data} now={states.find(({ name }) => name === row.name)} set={set} sent={() => next(turn + 1)} />)}</tbody>
          </table></div>
        )}
      </Section>
      <Deliveries me={me} turn={turn} />
      {doing?.what === "edit" && state.data && <ChannelForm me={me} known={null} start={doing.start} name={doing.name} state={state.data} canMail={channels.data?.can_mail !== false} close={() => set(null)} />}
      {doing?.what === "sign" && <FormDialog title={`Secret of ${doing.name}`} verb="Make secret" close={() => set(null)} fields={() => null} says={doing.again ? "A new secret takes the place of the present one at once: receivers that check signatures refuse deliveries until they know it." : "Deliveries carry a signature from now on, so that the receiver can tell who they are from."} send={async () => {
        const made = await alerts.secret(doing.name);
        channels.retry();
        set({ what: "show", name: doing.name, secret: made.secret });
      }} />}
      {doing?.what === "show" && <Secret title="The webhook's secret" secret={doing.secret} kept="it can't be read again, only replaced" close={() => set(null)} says={<>Deliveries to <b class="strong">{doing.name}</b> are signed with it, in the header <span class="mono">Lectr-Signature</span>.</>} />}
    </>
  );
}

// A URL by its host: the rest may be what lets somebody in.
function whereTo(row: Channel): string {
  if (row.type === "email") return (row.to ?? []).join(", ");
  if (!row.url?.startsWith("http")) return row.url ?? "";
  return row.url.replace(/^https?:\/\/([^/?#]*).*$/, "$1");
}
const KINDS = { anomaly: "anomalies", budget: "budgets", latency: "latency targets" } as const;
function whatOf(row: Channel): string {
  const kinds = row.kinds ?? [];
  const all = kinds.length === 0 ? "everything" : kinds.map((kind) => KINDS[kind]).join(", ");
  const anomalies = kinds.length === 0 || kinds.includes("anomaly");
  return row.min_severity && row.min_severity !== "low" && anomalies ? `${all}; anomalies from ${row.min_severity}` : all;
}

interface RowProps {
  me: Me;
  row: Channel;
  base: ControlState | null;
  now: ChannelState | undefined;
  set: (doing: Doing) => void;
  sent: () => void;
}
function ChannelRow({ me, row, base, now, set, sent }: RowProps): JSX.Element {
  const { save } = useControl();
  const say = useToast();
  const [busy, setBusy] = useState(false);
  const test = async () => {
    setBusy(true);
    try {
      const got = await alerts.test(row.name);
      say(got.sent ? `Test of ${row.name} is sent` : `Test of ${row.name} failed`, sentence(got.result));
    } catch (reason) {
      say(`Test of ${row.name} failed`, sentence(knownError(reason).message));
    }
    setBusy(false);
    sent();
  };
  const turnTo = async (on: boolean) => {
    if (!base) return;
    const { enabled: _was, ...rest } = row;
    try {
      await save(base, withOne(base.document, "alerts", row.name, on ? rest : { ...rest, enabled: false }), `Channel “${row.name}” is ${on ? "on" : "off"}`);
    } catch (reason) {
      say("Nothing was changed", knownError(reason).message);
    }
  };
  return (
    <tr class={row.enabled === false ? "ghost" : ""} data-channel={row.name}>
      <td class="c-name"><button class="name strong" type="button" title={row.name} onClick={() => set({ what: "edit", start: row, name: row.name })}>{row.name}</button></td>
      <td class="c-name" title={whereTo(row)}><span class="dim">{TYPES[row.type]} </span>{whereTo(row)}</td>
      <td class="p2">{whatOf(row)}</td>
      <td class="wrap">{now?.problem ? <span class="s-warn"><span class="dot warn" /> {sentence(now.problem)}</span> : now?.signed_by ? <span class={now.signed_by === "none" ? "s-warn" : "dim"}>{SIGNED[now.signed_by]}</span> : <span class="dim">ready</span>}</td>
      <td class="num c-acts">
        {row.type === "webhook" && !row.secret && <Act me={me} role="admin" kind="quiet" label={`Secret of ${row.name}`} act={() => set({ what: "sign", name: row.name, again: now?.signed_by === "generated" })}>Secret</Act>}
        <button class="btn quiet" type="button" disabled={busy || !may(me, "editor")} aria-label={`Test ${row.name}`} onClick={() => void test()}>{busy ? "Sending" : "Test"}</button>
        <Switch me={me} on={row.enabled !== false} label={`${row.name} is ${row.enabled !== false ? "on" : "off"}`} set={(on) => void turnTo(on)} />
      </td>
    </tr>
  );
}
