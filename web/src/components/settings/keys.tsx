// Org keys: what applications carry. Made and rotated here, shown once.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, csv } from "../../api/client";
import type { Key, Me, NewKey } from "../../api/types";
import { ago, count, date, none } from "../../lib/format";
import { href, parse } from "../../lib/route";
import { useQuery } from "../../lib/use_query";
import { Snippet } from "../snippet";
import { useToast } from "../toast";
import { Act, Choose, FormDialog, may, Secret, Section, Text, useNew } from "./shared";

type Doing = { what: "make" } | { what: "rotate" | "revoke"; key: Key } | { what: "show"; key: NewKey; from: Key | null } | null;
export type State = "active" | "ending" | "expired" | "revoked";

export function stateOf(key: Pick<Key, "revoked_at" | "expires_at">, now_ms: number): State {
  if (key.revoked_at) return "revoked";
  if (!key.expires_at) return "active";
  return Date.parse(key.expires_at) <= now_ms ? "expired" : "ending";
}

const DAY_S = 86_400;
const OVERLAPS = [["0", "none: the old key ends now"], ["3600", "1 hour"], [String(DAY_S), "1 day"], [String(7 * DAY_S), "7 days"], [String(30 * DAY_S), "30 days"]] as const;
const EXPIRIES = [["", "never"], ["7", "in 7 days"], ["30", "in 30 days"], ["90", "in 90 days"], ["365", "in a year"]] as const;
export const expiry = (days: string): string | undefined => (days === "" ? undefined : new Date(Date.now() + Number(days) * DAY_S * 1_000).toISOString());

export function Keys({ me }: { me: Me }): JSX.Element {
  const answer = useQuery("keys", (signal) => api.keys(signal));
  const [doing, set] = useState<Doing>(null);
  const [ended, showEnded] = useState(false);
  const say = useToast();
  useNew(() => set({ what: "make" }), may(me, "editor"));
  const now = Date.now();
  const all = answer.data ?? [];
  const alive = all.filter((key) => ["active", "ending"].includes(stateOf(key, now)));
  const shown = ended ? all : alive;
  const done = (what: string, more?: string) => {
    set(null);
    say(what, more);
    answer.retry();
  };
  return (
    <>
      <Section title="Org keys" says="what applications carry in X-Lectr-Key" answer={answer} actions={<>
        {all.length > alive.length && <button class="btn quiet" type="button" aria-pressed={ended} onClick={() => showEnded(!ended)}>{ended ? "Hide ended" : `${all.length - alive.length} ended`}</button>}
        <a class="btn quiet" href={csv("keys")} download>CSV</a>
        <Act me={me} role="editor" kind="primary" act={() => set({ what: "make" })}>New key <kbd>N</kbd></Act>
      </>}>
        {shown.length === 0 ? <div class="empty"><b>No key is in force.</b><span>Without one every request is refused with 401.</span></div> : (
          <div class="scroll"><table class="table stacked">
            <thead><tr><th scope="col">Name</th><th scope="col">Key</th><th scope="col">State</th><th scope="col" class="p2">Made</th><th scope="col">Last used</th><th scope="col" class="num p2">Requests, 24 h</th><th scope="col"><span class="vh">Actions</span></th></tr></thead>
            <tbody>{shown.map((key) => <Row key={key.id} me={me} row={key} now={now} set={set} />)}</tbody>
          </table></div>
        )}
      </Section>
      {doing?.what === "make" && <Make close={() => set(null)} made={(key) => { set({ what: "show", key, from: null }); answer.retry(); }} />}
      {doing?.what === "rotate" && <Rotate from={doing.key} close={() => set(null)} made={(key) => { set({ what: "show", key, from: doing.key }); answer.retry(); }} />}
      {doing?.what === "revoke" && <Revoke row={doing.key} close={() => set(null)} done={() => done(`${doing.key.name} is revoked.`, "At once on this instance, within two seconds on others.")} />}
      {doing?.what === "show" && (
        <Secret title={doing.from ? "The new key" : "Your key"} secret={doing.key.key} close={() => set(null)} says={doing.from ? <>It replaces <b class="strong">{doing.from.name}</b>. The old key works until its overlap is over, then ends by itself.</> : <>For <b class="strong">{doing.key.name}</b>.</>}>
          <Snippet proxy_url={me.proxy_url} secret={doing.key.key} />
        </Secret>
      )}
    </>
  );
}

const BADGE: Record<State, string> = { active: "ok", ending: "warn", expired: "", revoked: "" };
function Row({ me, row, now, set }: { me: Me; row: Key; now: number; set: (doing: Doing) => void }): JSX.Element {
  const state = stateOf(row, now);
  const over = state === "expired" || state === "revoked";
  const words = state === "ending" && row.expires_at ? `ends ${ago(row.expires_at, now)}` : state === "revoked" && row.revoked_at ? `revoked ${date(row.revoked_at)}` : state;
  const rows = href({ ...parse("/requests", ""), filters: { key: String(row.id) } });
  return (
    <tr class={over ? "ghost" : ""}>
      <td class="c-name" title={row.name}><b class="strong">{row.name}</b></td>
      <td class="mono">{row.hint}</td>
      <td><span class={`badge ${BADGE[state]}`} title={row.expires_at ?? undefined}>{words}</span></td>
      <td class="p2" title={row.created_at}>{date(row.created_at)}</td>
      <td title={row.last_used_at ?? undefined}><span class="m-only dim">used </span>{row.last_used_at ? ago(row.last_used_at, now) : <span class="dim">{row.last_used_at === null ? "never" : none}</span>}</td>
      <td class="num p2">{row.requests_24h === null || row.requests_24h === undefined ? <span class="dim">{none}</span> : <a class="row-link" href={rows}>{count(row.requests_24h)}</a>}</td>
      <td class="num c-acts">{!over && <><Act me={me} role="editor" kind="quiet" label={`Rotate ${row.name}`} act={() => set({ what: "rotate", key: row })}>Rotate</Act><Act me={me} role="editor" kind="quiet danger" label={`Revoke ${row.name}`} act={() => set({ what: "revoke", key: row })}>Revoke</Act></>}</td>
    </tr>
  );
}

function Make({ close, made }: { close: () => void; made: (key: NewKey) => void }): JSX.Element {
  const [name, setName] = useState("");
  const [days, setDays] = useState<string>("");
  return (
    <FormDialog title="New org key" verb="Make key" close={close} send={async () => made(await api.newKey(name, expiry(days)))}
      fields={(at) => <>
        <Text name="name" label="Name" value={name} set={setName} error={at("name")} hint="What carries it: prod-web, batch-worker …" />
        <Choose name="expires_at" label="Ends" value={days} options={EXPIRIES} set={setDays} error={at("expires_at")} />
      </>} />
  );
}

function Rotate({ from, close, made }: { from: Key; close: () => void; made: (key: NewKey) => void }): JSX.Element {
  const [overlap, setOverlap] = useState<string>(String(DAY_S));
  return (
    <FormDialog title={`Rotate ${from.name}`} verb="Rotate" close={close} send={async () => made(await api.rotateKey(from.id, Number(overlap)))}
      says="A new key is made. Both work during the overlap, so applications can be changed one by one; then the old one ends by itself."
      fields={(at) => <Choose name="overlap_s" label="Overlap" value={overlap} options={OVERLAPS} set={setOverlap} error={at("overlap_s")} />} />
  );
}

function Revoke({ row, close, done }: { row: Key; close: () => void; done: () => void }): JSX.Element {
  const recent = row.requests_24h ?? 0;
  return (
    <FormDialog title={`Revoke ${row.name}`} verb="Revoke" danger close={close} send={async () => { await api.revokeKey(row.id); done(); }} fields={() => null}
      says={<>Requests with <span class="mono">{row.hint}</span> are refused with 401 from now on. {recent > 0 ? <b class="strong">It carried {count(recent)} requests in the last 24 h.</b> : "It carried no request in the last 24 h."} This can't be taken back.</>} />
  );
}
