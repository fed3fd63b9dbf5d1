// What an application changes: one line and one header, in three languages, with the key filled in.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Copy } from "./parts";

export const NO_KEY = "lc_key_…";
interface Language {
  name: string;
  lines: [text: string, ours: boolean][];
}
function languages(base: string, key: string): Language[] {
  return [
    { name: "Python", lines: [
      ["import os", false], ["from openai import OpenAI", false], ["", false], ["client = OpenAI(", false], ['    api_key=os.environ["OPENAI_API_KEY"],', false],
      [`    base_url="${base}/v1",`, true], [`    default_headers={"X-Lectr-Key": "${key}",`, true], ['                     "X-Lectr-Feature": "chat"},', true], [")", false],
    ] },
    { name: "Node", lines: [
      ['import OpenAI from "openai";', false], ["", false], ["const client = new OpenAI({", false], ["  apiKey: process.env.OPENAI_API_KEY,", false],
      [`  baseURL: "${base}/v1",`, true], [`  defaultHeaders: { "X-Lectr-Key": "${key}",`, true], ['                    "X-Lectr-Feature": "chat" },', true], ["});", false],
    ] },
    { name: "curl", lines: [
      [`curl ${base}/v1/chat/completions \\`, true], [`  -H "X-Lectr-Key: ${key}" \\`, true], ['  -H "X-Lectr-Feature: chat" \\', true],
      ['  -H "Authorization: Bearer $OPENAI_API_KEY" \\', false], ['  -H "Content-Type: application/json" \\', false],
      [`  -d '{"model": "gpt-5-mini", "messages": [{"role": "user", "content": "ping"}]}'`, false],
    ] },
  ];
}

export function Snippet({ proxy_url, secret }: { proxy_url: string | null; secret: string | null }): JSX.Element {
  const [chosen, choose] = useState(0);
  const all = languages(proxy_url ?? "http://127.0.0.1:8080", secret ?? NO_KEY);
  const one = all[chosen] as Language;
  const keys = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const next = (chosen + step + all.length) % all.length;
    choose(next);
    ((event.currentTarget as Element).children[next] as HTMLElement).focus();
  };
  return (
    <>
      <div class="tabs">
        <div class="tablist" role="tablist" aria-label="Language" onKeyDown={keys}>
          {all.map(({ name }, n) => <button key={name} type="button" role="tab" id={`tab-${n}`} aria-selected={n === chosen} aria-controls="snippet" tabIndex={n === chosen ? 0 : -1} onClick={() => choose(n)}>{name}</button>)}
        </div>
        <span class="tc"><Copy text={one.lines.map(([text]) => text).join("\n")} label={`Copy the ${one.name} snippet`} /></span>
      </div>
      <pre id="snippet" role="tabpanel" aria-labelledby={`tab-${chosen}`} tabIndex={0}>{one.lines.map(([text, ours], n) => <span key={n} class={ours ? "hl" : ""}>{ours ? text : `${text}\n`}</span>)}</pre>
    </>
  );
}
