import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, csv } from "../../api/client";
import type { Me, NewToken, Role, Token } from "../../api/types";
import { ago, date } from "../../lib/format";
import { useQuery } from "../../lib/use_query";
import { useToast } from "../toast";
import { expiry, stateOf } from "./keys";
import { Act, atMost, Choose, FormDialog, may, ROLES, Secret, Section, Text, useNew } from "./shared";

type Doing = { what: "make" } | { what: "revoke"; token: Token } | { what: "show"; token: NewToken } | null;
const EXPIRIES = [["", "never"], ["30", "in 30 days"], ["90", "in 90 days"], ["365", "in a year"]] as const;

export function Tokens({ me }: { me: Me }): JSX.Element {
  const answer = useQuery("tokens", (signal) => api.tokens(signal));
  const [doing, set] = useState<Doing>(null);
  const [ended, showEnded] = useState(false);
  const say = useToast();
  useNew(() => set({ what: "make" }), may(me, "admin"));
  const now = Date.now();
  const all = answer.data ?? [];
  const over = (token: Token) => ["revoked", "expired"].includes(stateOf({ revoked_at: token.revoked_at ?? null, expires_at: token.expires_at ?? null }, now));
  const rows = ended ? all : all.filter((token) => !over(token));
  const gone = all.filter(over).length;
  return (
    <>
      <Section title="API tokens" says="for machines that read this API; not for the proxy" answer={answer} actions={<>{gone > 0 && <button class="btn quiet" type="button" aria-pressed={ended} onClick={() => showEnded(!ended)}>{ended ? "Hide ended" : `${gone} ended`}</button>}<a class="btn quiet" href={csv("tokens")} download>CSV</a><Act me={me} role="admin" kind="primary" act={() => set({ what: "make" })}>New token <kbd>N</kbd></Act></>}>
        {rows.length === 0 ? <div class="empty"><b>{gone > 0 ? "No token is in force." : "No token was made."}</b><span>Everything this dashboard does, a machine can do with one.</span></div> : (
          <div class="scroll"><table class="table stacked">
            <thead><tr><th scope="col">Name</th><th scope="col">Token</th><th scope="col">Role</th><th scope="col" class="p2">Made</th><th scope="col">Ends</th><th scope="col"><span class="vh">Actions</span></th></tr></thead>
            <tbody>{rows.map((row) => (
              <tr key={row.id} class={over(row) ? "ghost" : ""}><td class="c-name" title={row.name}><b class="strong">{row.name}</b></td><td class="mono">{row.hint ?? `#${row.id}`}</td><td>{row.role}</td><td class="p2">{date(row.created_at ?? null)}</td><td><span class="m-only dim">ends </span>{row.revoked_at ? <>revoked {date(row.revoked_at)}</> : row.expires_at ? ago(row.expires_at, now) : <span class="dim">never</span>}</td>
                <td class="num c-acts">{!over(row) && <Act me={me} role="admin" kind="quiet danger" label={`Revoke ${row.name}`} act={() => set({ what: "revoke", token: row })}>Revoke</Act>}</td></tr>
            ))}</tbody>
          </table></div>
        )}
      </Section>
      {doing?.what === "make" && <Make me={me} close={() => set(null)} made={(token) => { set({ what: "show", token }); answer.retry(); }} />}
      {doing?.what === "show" && <Secret title="Your token" secret={doing.token.token} close={() => set(null)} says={<>For <b class="strong">{doing.token.name}</b>, as {doing.token.role}. It goes into <span class="mono">Authorization: Bearer</span>.</>} />}
      {doing?.what === "revoke" && <FormDialog title={`Revoke ${doing.token.name}`} verb="Revoke" danger close={() => set(null)} fields={() => null} says="Calls with it get 401 from now on. This can't be taken back." send={async () => {
        await api.revokeToken(doing.token.id);
        set(null);
        say(`${doing.token.name} is revoked.`);
        answer.retry();
      }} />}
    </>
  );
}

function Make({ me, close, made }: { me: Me; close: () => void; made: (token: NewToken) => void }): JSX.Element {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [days, setDays] = useState<string>("");
  return <FormDialog title="New API token" verb="Make token" close={close} send={async () => made(await api.newToken(name, role, expiry(days)))}
    fields={(at) => <>
      <Text name="name" label="Name" value={name} set={setName} error={at("name")} hint="What will use it: nightly report, finance export …" />
      <Choose name="role" label="Role" value={role} options={atMost(me).map((one) => [one, ROLES[one]] as const)} set={setRole} error={at("role")} />
      <Choose name="expires_at" label="Ends" value={days} options={EXPIRIES} set={setDays} error={at("expires_at")} />
    </>} />;
}
