// The attempts of one request on one time axis.
import type { JSX } from "preact";
import type { Attempt, RequestDetail } from "../api/types";
import { ticks } from "../lib/chart_math";
import { duration, providerName, words } from "../lib/format";

const ROW = 20;

// Rows without a timeline (one attempt, or an older server) still tell when their first byte came.
export function attemptsOf(row: RequestDetail): Attempt[] {
  if (row.timeline && row.timeline.length > 0) return row.timeline;
  if (row.provider === null) return [];
  const outcome = row.error_source === null ? "ok" : (row.error_category ?? row.error_code ?? "failed");
  return [{ attempt: Math.max(1, row.attempts), provider: row.provider, model: row.model_actual ?? row.model_requested, start_us: 0, ttfb_us: row.ttfb_us, end_us: row.latency_us, outcome }];
}
// How long an attempt took, as far as it is kept.
export const tookOf = (one: Attempt): number | null => (one.start_us !== null && one.end_us !== null ? one.end_us - one.start_us : one.took_ms === null || one.took_ms === undefined ? null : one.took_ms * 1_000);
export const wentWell = (outcome: string | null): boolean => outcome === null || outcome === "ok" || outcome === "complete";

export function Timeline({ row }: { row: RequestDetail }): JSX.Element {
  const attempts = attemptsOf(row);
  const whole = Math.max(1, row.latency_us, ...attempts.map((one) => one.end_us ?? 0));
  const unplaced = attempts.some((one) => one.start_us === null || one.end_us === null);
  const part = (us: number) => `${((100 * us) / whole).toFixed(3)}%`;
  const marks = ticks(whole).filter((mark) => mark <= whole);
  const grid = marks.map((mark) => <line class="gl" key={mark} x1={part(mark)} x2={part(mark)} y1="0" y2={ROW} />);
  return (
    <section>
      <h2>Timeline <span class="r">{duration(row.latency_us)} in all</span></h2>
      <div class="wfg">
        {attempts.map((one) => {
          const good = wentWell(one.outcome);
          const { start_us: start, end_us: end } = one;
          const first = one.ttfb_us === null || end === null ? null : Math.min((start ?? 0) + one.ttfb_us, end);
          const took = tookOf(one);
          return [
            <span class="l" key={`l${one.attempt}`} title={one.model ?? undefined}>{one.attempt}  {providerName(one.provider)}  {one.model ?? ""}</span>,
            <svg class="wf" key={`w${one.attempt}`} height={ROW} role="img" aria-label={`Attempt ${one.attempt}: ${took === null ? "times not kept" : duration(took)}${first === null ? "" : `, first byte after ${duration(one.ttfb_us)}`}`}>
              {grid}
              {first === null || end === null ? start !== null && end !== null && <rect class={good ? "wait" : "bad"} x={part(start)} width={part(end - start)} y="5" height="10" rx="1.5" /> : (
                <>
                  {start !== null && <rect class="wait" x={part(start)} width={part(first - start)} y="5" height="10" rx="1.5" />}
                  <rect class={good ? "str" : "bad"} x={part(first)} width={part(end - first)} y="5" height="10" rx="1.5" />
                  <line class="fb" x1={part(first)} x2={part(first)} y1="1" y2="19" />
                </>
              )}
            </svg>,
            <span class={good ? "v" : "v s-crit"} key={`v${one.attempt}`}>{first === null || end === null || start === null || !good ? [took === null ? "" : duration(took), good ? "" : words(one.outcome ?? "failed")].filter(Boolean).join(", ") : `${duration(one.ttfb_us)} + ${duration(end - first)}`}</span>,
          ];
        })}
        <span />
        <svg class="wf" height="16" aria-hidden="true">{marks.map((mark, n) => <text class="q" key={mark} x={part(mark)} y="12" text-anchor={n === 0 ? "start" : mark / whole > 0.94 ? "end" : "middle"}>{mark === 0 ? "0" : duration(mark)}</text>)}</svg>
        <span />
      </div>
      <div class="legend wl"><span><i class="sw kwait" />waiting for first byte</span><span><i class="sw c1" />{row.streaming ? "streaming" : "answer"}</span>{attempts.some((one) => !wentWell(one.outcome)) && <span><i class="sw cx" />failed</span>}<span><i class="kfb" />first byte</span></div>
      {unplaced && <p class="dim note">When each attempt began is not kept; only what is known is drawn.</p>}
      {row.attempts > attempts.length && <p class="dim note">{row.attempts} requests were sent in all: {row.attempts - attempts.length} of them again over a fresh connection, or not kept.</p>}
    </section>
  );
}
