// Nothing has passed yet: how to send the first request.
import type { JSX } from "preact";
import type { Me } from "../api/types";
import { href, parse } from "../lib/route";
import { Copy } from "./parts";
import { Snippet } from "./snippet";

export function FirstRun({ me }: { me: Me }): JSX.Element {
  const keys = href({ ...parse("/settings", ""), tab: "keys" });
  return (
    <div class="grid g-start">
      <div class="steps">
        <section class="card step">
          <header><span class="no">1</span><h2>Change one line, add one header</h2></header>
          <Snippet proxy_url={me.proxy_url} secret={null} />
          <footer>Your provider key goes through in memory only. No prompt or answer is stored.</footer>
        </section>
        <section class="card step">
          <header><span class="no">2</span><h2>Send a request</h2></header>
          <div class="pad"><div class="wait" role="status"><i /><span><b class="strong">Waiting for the first request.</b> <span class="dim">This page opens the moment it ends.</span></span></div></div>
        </section>
      </div>
      <div>
        <section class="card mb"><header><h2>If nothing arrives</h2></header><ul class="hints">
          <li><b>Which org key?</b><span>The first start of <span class="mono">lectr serve</span> printed it once; Lectr stores only a hash of it. {me.role !== "viewer" && <a class="link" href={keys}>Make another one</a>}</span></li>
          <li><b>401 <span class="mono">missing_lectr_key</span></b><span>The header did not reach Lectr. Some tools drop custom headers: use the org key in place of the provider key.</span></li>
          <li><b>Azure</b><span>Needs <span class="mono">X-Lectr-Provider: azure</span> and its endpoint in the settings.</span></li>
        </ul></section>
        <section class="card"><div class="pad"><p><b class="strong">No provider key at hand?</b></p><p class="mid note0">Look around with synthetic traffic:</p><div class="keybox"><span>lectr demo</span><Copy text="lectr demo" label="Copy lectr demo" /></div></div></section>
      </div>
    </div>
  );
}
