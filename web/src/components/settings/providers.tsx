// Where requests go and whose key they carry: base URLs and credential references of each provider.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api, csv } from "../../api/client";
import type { Me, ProviderState } from "../../api/types";
import { count, none, providerName } from "../../lib/format";
import { useLive } from "../../lib/use_live";
import { useQuery } from "../../lib/use_query";
import { Dot } from "../parts";
import { HealthWords } from "../providers";
import { useToast } from "../toast";
import { Act, FormDialog, Section, Text } from "./shared";

type Doing = { what: "base" | "credential"; row: ProviderState } | null;
const SOURCE = { builtin: "built in", instance: "of the instance", org: "of this org", none: "not set" } as const;

export function ProviderSettings({ me }: { me: Me }): JSX.Element {
  const { tick } = useLive();
  const answer = useQuery("providers 24h", (signal) => api.providers({ window: "24h" }, signal), Math.floor(tick / 5));
  const [doing, set] = useState<Doing>(null);
  const say = useToast();
  const done = (what: string) => {
    set(null);
    say(what, "In force at once, without a restart.");
    answer.retry();
  };
  const rows = [...(answer.data ?? [])].sort((a, b) => b.metrics.requests - a.metrics.requests || a.provider.localeCompare(b.provider));
  return (
    <>
      <Section title="Providers" says="base URLs and credential references; the store keeps the reference, never the key" answer={answer} actions={<a class="btn quiet" href={csv("providers", { window: "24h" })} download>CSV</a>}>
        <div class="scroll"><table class="table stacked">
          <thead><tr><th scope="col">Provider</th><th scope="col">Base URL</th><th scope="col">Credential of the org</th><th scope="col" class="num p2">Requests, 24 h</th><th scope="col" class="p2 p4">Status</th></tr></thead>
          <tbody>{rows.map((row) => <Row key={row.provider} me={me} row={row} set={set} />)}</tbody>
        </table></div>
        <footer>Applications that send their own provider key need no credential here. It serves those that send only the org key.</footer>
      </Section>
      {doing?.what === "base" && <Base row={doing.row} close={() => set(null)} done={done} />}
      {doing?.what === "credential" && <Credential row={doing.row} close={() => set(null)} done={done} />}
    </>
  );
}

function Row({ me, row, set }: { me: Me; row: ProviderState; set: (doing: Doing) => void }): JSX.Element {
  const name = providerName(row.provider);
  return (
    <tr class={row.enabled ? "" : "ghost"}>
      <td class="c-name"><span class="st"><Dot state={row.health.state} /><b class="strong">{name}</b></span></td>
      <td><span class="edit">{row.base_url ? <span class="mono cutu" title={row.base_url}>{row.base_url}</span> : <span class={row.needs_base ? "s-warn" : "dim"}>{row.provider === "azure" ? "needs your endpoint" : row.needs_base ? "needs a base URL" : none}</span>}{row.base_url_source !== "none" && <span class="dim">{SOURCE[row.base_url_source]}</span>}<Act me={me} role="admin" kind="quiet" label={`${row.base_url_source === "org" ? "Change" : "Set"} base URL of ${name}`} act={() => set({ what: "base", row })}>{row.base_url_source === "org" ? "Change" : "Set"}</Act></span></td>
      <td><span class="edit"><span class="m-only dim">credential </span>{row.credential_ref ? <><span class="mono cutu" title={row.credential_ref}>{row.credential_ref}</span>{row.credential_found === false ? <span class="badge warn">leads nowhere</span> : row.credential_found ? <span class="badge ok">found</span> : null}</> : <span class="dim">none</span>}<Act me={me} role="admin" kind="quiet" label={`${row.credential_ref ? "Change" : "Set"} credential of ${name}`} act={() => set({ what: "credential", row })}>{row.credential_ref ? "Change" : "Set"}</Act></span></td>
      <td class="num p2">{count(row.metrics.requests)}</td>
      <td class="p2 p4"><HealthWords health={row.health} /></td>
    </tr>
  );
}

interface EditProps {
  row: ProviderState;
  close: () => void;
  done: (what: string) => void;
}
function Base({ row, close, done }: EditProps): JSX.Element {
  const name = providerName(row.provider);
  const own = row.base_url_source === "org" ? (row.base_url ?? "") : "";
  const [url, setUrl] = useState(own);
  const send = async () => {
    if (url === "") await api.dropBaseUrl(row.provider);
    else await api.setBaseUrl(row.provider, url);
    done(url === "" ? `${name} is back at its own base URL.` : `${name} is reached at ${url}.`);
  };
  const hint = row.provider === "azure" ? "Your resource's endpoint: https://NAME.openai.azure.com" : "Scheme, host, port and the path before /v1. Empty: back to what it was.";
  return <FormDialog title={row.provider === "azure" ? "Azure endpoint" : `Base URL of ${name}`} verb={url === "" && own !== "" ? "Remove" : "Save"} close={close} send={send} says="Requests of this org to this provider go there, with the keys that they carry." fields={(at) => <Text name="base_url" label="Base URL" value={url} set={setUrl} error={at("base_url")} hint={hint} placeholder={row.base_url ?? "https://"} required={own === ""} mono />} />;
}
function Credential({ row, close, done }: EditProps): JSX.Element {
  const name = providerName(row.provider);
  const [reference, setReference] = useState(row.credential_ref ?? "");
  const send = async () => {
    if (reference === "") await api.dropCredential(row.provider);
    else await api.setCredential(row.provider, reference);
    done(reference === "" ? `${name} has no credential of the org any more.` : `${name} takes its key from ${reference}.`);
  };
  return <FormDialog title={`Credential of ${name}`} verb={reference === "" && row.credential_ref ? "Remove" : "Save"} close={close} send={send} says="An environment variable or a file of the daemon that holds the provider key. Never the key itself: it is not stored." fields={(at) => <Text name="reference" label="Reference" value={reference} set={setReference} error={at("reference")} hint={<><span class="mono">env:{row.provider.toUpperCase()}_API_KEY</span> or <span class="mono">file:/run/secrets/{row.provider}</span></>} required={!row.credential_ref} mono />} />;
}
