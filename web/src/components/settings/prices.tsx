// What the org really pays, where the price table does not know it.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { api } from "../../api/client";
import type { Me, PriceOverride } from "../../api/types";
import { none, providerName } from "../../lib/format";
import { useQuery } from "../../lib/use_query";
import { useToast } from "../toast";
import { Act, FormDialog, may, Section, Text, useNew } from "./shared";

const EMPTY: PriceOverride = { provider: "", model: "", input: "", output: "", cached: null, cache_write: null };
type Doing = { what: "edit"; price: PriceOverride; old: boolean } | { what: "drop"; price: PriceOverride } | null;

export function Prices({ me }: { me: Me }): JSX.Element {
  const answer = useQuery("settings", (signal) => api.settings(signal));
  const [doing, set] = useState<Doing>(null);
  const say = useToast();
  const make = () => set({ what: "edit", price: EMPTY, old: false });
  useNew(make, may(me, "admin"));
  const done = (what: string) => {
    set(null);
    say(what, "Rows from now on are priced so; older ones stay as they are.");
    answer.retry();
  };
  const rows = answer.data?.price_overrides ?? [];
  return (
    <>
      <Section title="Price overrides" says="US dollars per million tokens, in place of the list price" answer={answer} actions={<Act me={me} role="admin" kind="primary" act={make}>New override <kbd>N</kbd></Act>}>
        {rows.length === 0 ? <div class="empty"><b>List prices only.</b><span>Discounts and models without a price can be entered here.</span></div> : (
          <div class="scroll"><table class="table stacked">
            <thead><tr><th scope="col">Model</th><th scope="col">Provider</th><th scope="col" class="num">Input</th><th scope="col" class="num">Cached</th><th scope="col" class="num p2">Cache write</th><th scope="col" class="num">Output</th><th scope="col"><span class="vh">Actions</span></th></tr></thead>
            <tbody>{rows.map((row) => (
              <tr key={`${row.provider} ${row.model}`}><td class="c-name" title={row.model}>{row.model}</td><td>{providerName(row.provider)}</td><td class="num"><span class="m-only dim">in </span>{row.input}</td><td class="num"><span class="m-only dim">cached </span>{row.cached ?? <span class="dim">{none}</span>}</td><td class="num p2">{row.cache_write ?? <span class="dim">{none}</span>}</td><td class="num"><span class="m-only dim">out </span>{row.output}</td>
                <td class="num c-acts"><Act me={me} role="admin" kind="quiet" label={`Change ${row.model}`} act={() => set({ what: "edit", price: row, old: true })}>Change</Act><Act me={me} role="admin" kind="quiet danger" label={`Remove ${row.model}`} act={() => set({ what: "drop", price: row })}>Remove</Act></td></tr>
            ))}</tbody>
          </table></div>
        )}
      </Section>
      {doing?.what === "edit" && <Edit start={doing.price} old={doing.old} close={() => set(null)} done={done} />}
      {doing?.what === "drop" && <FormDialog title={`Remove the price of ${doing.price.model}`} verb="Remove" danger close={() => set(null)} fields={() => null} says="New rows get the list price again, or none if the model is not in the table." send={async () => {
        await api.dropPrice(doing.price.provider, doing.price.model);
        done(`${doing.price.model} has its list price again.`);
      }} />}
    </>
  );
}

function Edit({ start, old, close, done }: { start: PriceOverride; old: boolean; close: () => void; done: (what: string) => void }): JSX.Element {
  const [price, set] = useState(start);
  const put = (name: keyof PriceOverride) => (value: string) => set({ ...price, [name]: value });
  const send = async () => {
    const { cached, cache_write, ...rest } = price;
    await api.setPrice({ ...rest, ...(cached ? { cached } : {}), ...(cache_write ? { cache_write } : {}) });
    done(`${price.model} has a price of its own.`);
  };
  return (
    <FormDialog title={old ? `Price of ${start.model}` : "New price override"} verb="Save" close={close} send={send}
      fields={(at) => <>
        {!old && <div class="two"><Text name="provider" label="Provider" value={price.provider} set={put("provider")} error={at("provider")} placeholder="openai" /><Text name="model" label="Model" value={price.model} set={put("model")} error={at("model")} placeholder="gpt-5-mini" /></div>}
        <div class="two"><Text name="input" label="Input, $ per 1 M" value={price.input} set={put("input")} error={at("input")} /><Text name="output" label="Output, $ per 1 M" value={price.output} set={put("output")} error={at("output")} /></div>
        <div class="two"><Text name="cached" label="Input, cached" value={price.cached ?? ""} set={put("cached")} error={at("cached")} required={false} hint="Empty: as input" /><Text name="cache_write" label="Written to cache" value={price.cache_write ?? ""} set={put("cache_write")} error={at("cache_write")} required={false} hint="Empty: as input" /></div>
      </>} />
  );
}
