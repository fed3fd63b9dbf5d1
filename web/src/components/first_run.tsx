// Nothing has passed yet: how to send the first request.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Copy } from "./parts";

const KEY = "lc_key_…";
interface Snippet {
  name: string;
  lines: [text: string, ours: boolean][];
}

function snippets(base: string): Snippet[] {
  return [
    { name: "Python", lines: [
      ["from openai import OpenAI", false], ["", false], ["client = OpenAI(", false],
      [`    base_url="${base}/v1",`, true], ["    api_key=OPENAI_API_KEY,", false],
      [`    default_headers={"X-Lectr-Key": "${KEY}",`, true], ['                     "X-Lectr-Feature": "chat"},', true], [")", false],
    ] },
    { name: "Node", lines: [
      ['import OpenAI from "openai";', false], ["", false], ["const client = new OpenAI({", false],
      [`  baseURL: "${base}/v1",`, true], ["  apiKey: process.env.OPENAI_API_KEY,", false],
      [`  defaultHeaders: { "X-Lectr-Key": "${KEY}",`, true], ['                    "X-Lectr-Feature": "chat" },', true], ["});", false],
    ] },
    { name: "curl", lines: [
      [`curl ${base}/v1/chat/completions \\`, true], ['  -H "Authorization: Bearer $OPENAI_API_KEY" \\', false],
      [`  -H "X-Lectr-Key: ${KEY}" \\`, true], ['  -H "X-Lectr-Feature: chat" \\', true], ['  -H "Content-Type: application/json" \\', false],
      [`  -d '{"model": "gpt-4.1-mini", "messages": [{"role": "user", "content": "ping"}]}'`, false],
    ] },
  ];
}

export function FirstRun({ proxy_url }: { proxy_url: string | null }): JSX.Element {
  const [chosen, choose] = useState(0);
  const all = snippets(proxy_url ?? "http://127.0.0.1:8080");
  const snippet = all[chosen] as Snippet;
  return (
    <div class="grid g-start">
      <div class="steps">
        <section class="card step">
          <header><span class="no">1</span><h2>Change one line, add one header</h2><span class="act"><Copy text={snippet.lines.map(([text]) => text).join("\n")} label={`Copy the ${snippet.name} snippet`} /></span></header>
          <div class="tabs" role="tablist" aria-label="Language">
            {all.map(({ name }, n) => <button key={name} type="button" role="tab" aria-selected={n === chosen} aria-controls="snippet" onClick={() => choose(n)}>{name}</button>)}
          </div>
          <pre id="snippet" role="tabpanel" tabIndex={0}>{snippet.lines.map(([text, ours], n) => <span key={n} class={ours ? "hl" : ""}>{ours ? text : `${text}\n`}</span>)}</pre>
          <footer>Your provider key goes through in memory only. No prompt or answer is stored.</footer>
        </section>
        <section class="card step">
          <header><span class="no">2</span><h2>Send a request</h2></header>
          <div class="pad"><div class="wait" role="status"><i /><span><b class="strong">Waiting for the first request.</b> <span class="dim">This page opens the moment it ends.</span></span></div></div>
        </section>
      </div>
      <div>
        <section class="card mb"><header><h2>If nothing arrives</h2></header><ul class="hints">
          <li><b>Which org key?</b><span>The first start of <span class="mono">lectr serve</span> printed it once. Lectr stores only a hash of it.</span></li>
          <li><b>401 <span class="mono">missing_lectr_key</span></b><span>The header did not reach Lectr. Some tools drop custom headers: use the org key in place of the provider key.</span></li>
          <li><b>Azure</b><span>Needs <span class="mono">X-Lectr-Provider: azure</span> and its base URL in the settings.</span></li>
        </ul></section>
        <section class="card"><div class="pad"><p><b class="strong">No provider key at hand?</b></p><p class="mid note0">Look around with synthetic traffic:</p><div class="keybox"><span>lectr demo</span><Copy text="lectr demo" label="Copy lectr demo" /></div></div></section>
      </div>
    </div>
  );
}
