import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, csv } from "../../api/client";
import type { Me, Member, Role } from "../../api/types";
import { useQuery } from "../../lib/use_query";
import { useToast } from "../toast";
import { Act, atMost, Choose, FormDialog, may, ROLES, Section, Text, useNew } from "./shared";

type Doing = { what: "add" } | { what: "own" } | { what: "change" | "remove"; member: Member } | null;
const LEAST = 12;
const roles = (me: Me) => atMost(me).map((role) => [role, ROLES[role]] as const);

export function Members({ me }: { me: Me }): JSX.Element {
  const answer = useQuery("members", (signal) => api.members(signal));
  const [doing, set] = useState<Doing>(null);
  const say = useToast();
  useNew(() => set({ what: "add" }), may(me, "admin"));
  const done = (what: string, more?: string) => {
    set(null);
    say(what, more);
    answer.retry();
  };
  return (
    <>
      <Section title="Members" says="who may sign in" answer={answer} actions={<>
        {me.via !== "token" && <button class="btn" type="button" onClick={() => set({ what: "own" })}>Change my password</button>}
        <a class="btn quiet" href={csv("members")} download>CSV</a>
        <Act me={me} role="admin" kind="primary" act={() => set({ what: "add" })}>New member <kbd>N</kbd></Act>
      </>}>
        <div class="scroll"><table class="table stacked">
          <thead><tr><th scope="col">User</th><th scope="col">Role</th><th scope="col"><span class="vh">Actions</span></th></tr></thead>
          <tbody>{(answer.data ?? []).map((row) => (
            <tr key={row.id}><td class="c-name" title={row.user}><b class="strong">{row.user}</b>{row.user === me.user && <span class="dim"> you</span>}</td><td>{row.role}</td>
              <td class="num c-acts"><Act me={me} role="admin" kind="quiet" label={`Change ${row.user}`} act={() => set({ what: "change", member: row })}>Change</Act><Act me={me} role="admin" kind="quiet danger" label={`Remove ${row.user}`} act={() => set({ what: "remove", member: row })}>Remove</Act></td></tr>
          ))}</tbody>
        </table></div>
      </Section>
      {doing?.what === "add" && <Add me={me} close={() => set(null)} done={(user) => done(`${user} may sign in.`)} />}
      {doing?.what === "own" && <Own close={() => set(null)} done={() => done("Your password is changed.")} />}
      {doing?.what === "change" && <ChangeMember me={me} member={doing.member} close={() => set(null)} done={() => done(`${doing.member.user} is changed.`)} />}
      {doing?.what === "remove" && <FormDialog title={`Remove ${doing.member.user}`} verb="Remove" danger close={() => set(null)} fields={() => null} says="They are signed out everywhere and can't sign in again. Keys and tokens that they made stay." send={async () => {
        await api.removeMember(doing.member.id);
        done(`${doing.member.user} is removed.`, "Signed out everywhere.");
      }} />}
    </>
  );
}

function Add({ me, close, done }: { me: Me; close: () => void; done: (user: string) => void }): JSX.Element {
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  return <FormDialog title="New member" verb="Add" close={close} send={async () => { await api.newMember(user, password, role); done(user); }}
    fields={(at) => <>
      <Text name="user" label="User" value={user} set={setUser} error={at("user")} />
      <Text name="password" label="First password" type="password" value={password} set={setPassword} minLength={LEAST} error={at("password")} hint={`At least ${LEAST} characters. They can change it.`} />
      <Choose name="role" label="Role" value={role} options={roles(me)} set={setRole} error={at("role")} />
    </>} />;
}

function ChangeMember({ me, member, close, done }: { me: Me; member: Member; close: () => void; done: () => void }): JSX.Element {
  const [role, setRole] = useState<Role>(member.role);
  const [password, setPassword] = useState("");
  const send = async () => {
    await api.setMember(member.id, { ...(role === member.role ? {} : { role }), ...(password ? { password } : {}) });
    done();
  };
  return <FormDialog title={`Change ${member.user}`} verb="Save" close={close} send={send}
    fields={(at) => <>
      <Choose name="role" label="Role" value={role} options={roles(me)} set={setRole} error={at("role")} />
      <Text name="password" label="New password" type="password" value={password} set={setPassword} required={false} minLength={LEAST} error={at("password")} hint="Empty: stays as it is." />
    </>} />;
}

function Own({ close, done }: { close: () => void; done: () => void }): JSX.Element {
  const [old, setOld] = useState("");
  const [next, setNext] = useState("");
  return <FormDialog title="Change my password" verb="Save" close={close} send={async () => { await api.setPassword(old, next); done(); }}
    fields={(at) => <>
      <Text name="old" label="Password now" type="password" value={old} set={setOld} error={at("old")} />
      <Text name="new" label="New password" type="password" value={next} set={setNext} minLength={LEAST} error={at("new")} hint={`At least ${LEAST} characters.`} />
    </>} />;
}
