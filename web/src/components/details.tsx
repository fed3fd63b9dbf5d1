// Everything that is known of one request. Metadata only: there is nothing else.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { api, ApiError } from "../api/client";
import type { RequestRow } from "../api/types";
import { bytes, clock, count, day, duration, millis, money, none, providerName, words } from "../lib/format";
import { Copy, Cost, costBand, Failure, isEstimate, Maybe, statusClass, tokenBand } from "./parts";

export function Details({ id, known, close }: { id: string; known: RequestRow | undefined; close: () => void }): JSX.Element {
  const [row, setRow] = useState<RequestRow | null>(known ?? null);
  const [error, setError] = useState<ApiError | null>(null);
  const [turn, setTurn] = useState(0);
  const panel = useRef<HTMLElement>(null);

  useEffect(() => {
    const stop = new AbortController();
    setError(null);
    setRow(known ?? null);
    api.request(id, stop.signal).then(setRow, (reason: unknown) => {
      if (!stop.signal.aborted) setError(reason instanceof ApiError ? reason : new ApiError(0, "internal", "The page failed to read the answer."));
    });
    return () => stop.abort();
  }, [id, turn]);

  // The panel takes the focus and gives it back.
  useEffect(() => {
    const before = document.activeElement;
    panel.current?.focus();
    return () => (before as HTMLElement | null)?.focus?.();
  }, []);

  return (
    <aside class="drawer" aria-label="Request detail" ref={panel} tabIndex={-1}>
      {row ? <Known row={row} close={close} /> : <Unknown error={error} close={close} retry={() => setTurn(turn + 1)} />}
    </aside>
  );
}

function Unknown({ error, close, retry }: { error: ApiError | null; close: () => void; retry: () => void }): JSX.Element {
  return (
    <>
      <header><div class="dh"><span class="strong">Request</span><span class="grow" /><Close close={close} /></div></header>
      {error?.status === 404 ? (
        <div class="empty"><b>This request is not in the store.</b><span>It may be past its retention, or not written yet.</span></div>
      ) : error ? (
        <Failure error={error} retry={retry} what="The request" />
      ) : (
        <section aria-busy="true"><span class="skel tall w60" /><span class="skel w80" /><span class="skel w40" /></section>
      )}
    </>
  );
}

const Close = ({ close }: { close: () => void }): JSX.Element => <button class="btn quiet icon" type="button" aria-label="Close (Esc)" title="Close (Esc)" onClick={close}>✕</button>;

function Known({ row, close }: { row: RequestRow; close: () => void }): JSX.Element {
  const good = row.error_source === null;
  return (
    <>
      <header>
        <div class="dh">
          <span class="strong" title={row.endpoint ?? undefined}>{row.method} {row.endpoint ?? "unknown endpoint"}</span>
          <span class={`badge ${good ? "ok" : row.error_source === "client" ? "warn" : "crit"}`}>{row.status}</span>
          {row.attempts > 1 && <span class="badge warn">{row.attempts} attempts</span>}
          <span class="grow" /><Close close={close} />
        </div>
        <div class="dim dh2"><span class="mono">{row.id}</span><span>{day(row.completed_at)}, {clock(row.completed_at)}{millis(row.completed_at)} UTC</span></div>
      </header>
      <Sums row={row} />
      {!good && <Failed row={row} />}
      <Counted row={row} />
      <Metadata row={row} />
    </>
  );
}

function Sums({ row }: { row: RequestRow }): JSX.Element {
  const total = row.tokens_input === null && row.tokens_output === null ? null : (row.tokens_input ?? 0) + (row.tokens_output ?? 0);
  const dot = row.verdict === "complete" ? "ok" : row.verdict === "client_gone" ? "warn" : "crit";
  return (
    <dl class="facts f4">
      <div><dt>Total</dt><dd>{duration(row.latency_us)}<small>{row.ttfb_us === null ? "no first byte" : `first byte ${duration(row.ttfb_us)}`}</small></dd></div>
      <div><dt>Tokens</dt><dd>{total === null ? <span class="dim">{none}</span> : <Maybe estimate={row.token_source === "measured"} why={tokenBand(row)}>{count(total)}</Maybe>}<small>{total === null ? "not known" : row.token_source === "measured" ? "measured" : "from the provider"}</small></dd></div>
      <div><dt>Cost</dt><dd><Cost row={row} /><small title={row.cost === null ? undefined : costBand(row)}>{row.cost === null ? (row.cost_source === "unknown_model" ? "model has no price" : "nothing to price") : isEstimate(row) ? costBand(row) : "exact"}</small></dd></div>
      <div><dt>Stream</dt><dd>{row.verdict === null ? <span class="dim">{none}</span> : <span class="st"><span class={`dot ${dot}`} />{words(row.verdict)}</span>}<small>{row.streaming ? bytes(row.bytes_out) : "one answer"}</small></dd></div>
    </dl>
  );
}

function Failed({ row }: { row: RequestRow }): JSX.Element {
  return (
    <section>
      <h2>Failure</h2>
      <dl class="kv two"><Pair name="Source">{row.error_source}</Pair><Pair name="Class">{row.error_category && words(row.error_category)}</Pair><Pair name="Code" mono>{row.error_code}</Pair><Pair name="Status"><span class={statusClass(row)}>{row.status}</span></Pair></dl>
    </section>
  );
}

function Counted({ row }: { row: RequestRow }): JSX.Element | null {
  const lines: [string, number | null][] = [
    ["Input", row.tokens_input], ["of it cached", row.tokens_cached], ["of it written to cache", row.tokens_cache_write],
    ["Output", row.tokens_output], ["of it reasoning", row.tokens_reasoning], ["Audio", row.tokens_audio],
  ];
  const given = lines.filter(([, value]) => value !== null);
  if (given.length === 0) return null;
  const measured = row.token_source === "measured";
  return (
    <section>
      <h2>Tokens and cost <span class="r">{row.price_version ? `prices ${row.price_version}` : ""}</span></h2>
      <table class="cmp">
        <thead><tr><th>Class</th><th>Tokens</th></tr></thead>
        <tbody>
          {given.map(([name, value]) => (
            <tr key={name}><td>{name}</td><td><Maybe estimate={measured} why={tokenBand(row)}>{count(value)}</Maybe>{measured && name === "Output" && row.tokens_output_low !== null && <span class="band"> {count(row.tokens_output_low)} to {row.tokens_output_high === null ? "more" : count(row.tokens_output_high)}</span>}</td></tr>
          ))}
          <tr><td class="strong">Cost</td><td class="strong"><Cost row={row} /></td></tr>
          {row.saved_high !== null && <tr><td>Saved by the early end</td><td>up to {money(row.saved_high)}</td></tr>}
        </tbody>
      </table>
      {measured && <p class="dim note">The provider reported no usage in this stream, so the tokens were measured from the passing bytes.</p>}
    </section>
  );
}

function Pair({ name, mono, children }: { name: string; mono?: boolean; children: ComponentChildren }): JSX.Element {
  const nothing = children === null || children === undefined || children === "" || children === false;
  return <><dt>{name}</dt><dd class={mono ? "mono" : ""}>{nothing ? <span class="dim">{none}</span> : children}</dd></>;
}

function Metadata({ row }: { row: RequestRow }): JSX.Element {
  return (
    <section>
      <h2>Metadata <span class="r">no prompt or response is stored</span></h2>
      <dl class="kv two">
        <Pair name="Feature">{row.feature}</Pair><Pair name="Task">{row.task}</Pair>
        <Pair name="Provider">{row.provider && providerName(row.provider)}</Pair><Pair name="Rule">{row.rule ?? "no rule"}</Pair>
        <Pair name="Asked for">{row.model_requested}</Pair><Pair name="Served by">{row.model_actual}</Pair>
        <Pair name="Bytes in">{bytes(row.bytes_in)}</Pair><Pair name="Bytes out">{bytes(row.bytes_out)}</Pair>
        <Pair name="Attempts">{count(row.attempts)}</Pair><Pair name="Retry">{row.client_retry === 0 ? "first try" : `retry ${row.client_retry} of the client`}</Pair>
        <Pair name="Key id" mono>{row.key_id}</Pair><Pair name="Streaming">{row.streaming ? "yes" : "no"}</Pair>
        <Pair name="Token source">{row.token_source}</Pair><Pair name="Cost source">{row.cost_source && words(row.cost_source)}</Pair>
        <Pair name="Provider id" mono>{row.provider_request_id}</Pair><Pair name="Notes">{row.notes.map(words).join(", ")}</Pair>
      </dl>
      <p class="note"><Copy text={row.id} label="Copy request id" words="Copy request id" /></p>
    </section>
  );
}
