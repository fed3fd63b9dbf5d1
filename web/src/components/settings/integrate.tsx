import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Me } from "../../api/types";
import { href, parse } from "../../lib/route";
import { Copy } from "../parts";
import { Snippet } from "../snippet";

const HEADERS: [name: string, says: string][] = [
  ["X-Lectr-Key", "Required: the org key. Missing or wrong: 401, and the provider never sees the request."],
  ["X-Lectr-Feature", "A tag of up to 100 characters: who spends what is counted by it. Missing: untagged."],
  ["X-Lectr-Task", "classification, summarisation, extraction, generation, reasoning, or your own word."],
  ["X-Lectr-Provider", "The provider, where it can't be seen from the request. Azure needs it on /v1 paths."],
  ["X-Lectr-Debug: 1", "Answers carry the request's id, provider, model, rule and attempts."],
];

export function Integrate({ me }: { me: Me }): JSX.Element {
  const [secret, setSecret] = useState("");
  const base = me.proxy_url ?? "http://127.0.0.1:8080";
  return (
    <div class="grid g-start">
      <section class="card">
        <header><h2>Change one line, add one header</h2></header>
        <div class="pad"><label class="field"><span>Org key, to fill in below; it stays in this page</span><input class="input mono" autocomplete="off" spellcheck={false} placeholder="lc_key_…" value={secret} onInput={(event) => setSecret(event.currentTarget.value.trim())} /></label>
          <p class="dim note">Keys are shown once, when made. <a class="link" href={href({ ...parse("/settings", ""), tab: "keys" })}>Make one</a></p></div>
        <Snippet proxy_url={me.proxy_url} secret={secret || null} />
        <footer>Your provider key goes through in memory only. No prompt or answer is stored.</footer>
      </section>
      <div>
        <section class="card mb"><header><h2>Address of the proxy</h2></header><div class="pad"><div class="keybox"><span>{base}</span><Copy text={base} label="Copy the address" /></div>
          <p class="dim note">OpenAI's SDKs want <span class="mono">/v1</span> behind it, Anthropic's none. Native Gemini and Azure paths work below the same address.</p></div></section>
        <section class="card"><header><h2>Headers</h2></header><ul class="hints">{HEADERS.map(([name, says]) => <li key={name}><b class="mono">{name}</b><span>{says}</span></li>)}</ul></section>
      </div>
    </div>
  );
}
