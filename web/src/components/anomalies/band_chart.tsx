// What was observed against what is usual: the band flat, the middle of it dashed, what lies outside drawn once more in red.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { AnomalyDetail } from "../../api/anomalies";
import { featureOf, MARK_COLOURS, METRIC_NAMES, METRIC_UNITS, outside, parts, scaled, sigma, spanOf, stateOf, tickOf } from "../../lib/anomaly";
import { stepWords } from "../../lib/chart_math";
import type { Filters } from "../../lib/filters";
import { span } from "../../lib/range";
import { go, onPage, type Place } from "../../lib/route";
import { Chart, type ChartLine, type Marker } from "../chart";
import { SigmaBars } from "./sigma_bars";

const STEP_MS = 300_000;

export function BandChart({ of, place, behind, now }: { of: AnomalyDetail; place: Place; behind: Filters; now: number }): JSX.Element {
  const { chart, unit } = of;
  const made = useMemo(() => {
    if (!chart) return null;
    const scale = (values: (number | null)[]) => values.map((value) => (value === null ? null : scaled(unit, value)));
    const [observed, usual, low, high] = [scale(chart.observed), scale(chart.usual), scale(chart.low), scale(chart.high)];
    const from = Date.parse(chart.from) / 1_000;
    const hot = outside(observed, low, high);
    const lines: ChartLine[] = [{ name: "baseline", colour: "dim", dash: true, values: usual }, { name: "observed", colour: 1, values: observed }];
    if (hot.some((value) => value !== null)) lines.push({ name: "outside the band", colour: "crit", values: hot, again: true });
    return { lines, times: observed.map((_, n) => from + n * chart.step_s), band: { low, high, name: "± 2 σ" } };
  }, [chart, unit]);
  // Only as often as there is a new step: a chart that is read must not be drawn anew under the pointer.
  const spans = useMemo((): Marker[] => {
    const { from, to } = spanOf(of, now);
    return [{ from: Date.parse(from) / 1_000, to: Date.parse(to) / 1_000, colour: MARK_COLOURS[stateOf(of)], says: `${of.title}, ${sigma(of.peak_sigma)}, ${stateOf(of)}` }];
  }, [of, Math.floor(now / STEP_MS)]);
  if (!chart || !made || made.times.length === 0) return <div class="hold h220 empty"><span class="dim">{of.closed_at === null ? "Not drawn yet. The detector draws it within 5 minutes." : "No chart: it was over before the detector looked at it."}</span></div>;
  const name = `${METRIC_NAMES[of.metric]} of ${of.feature === null ? "the org" : featureOf(of)}`;
  return (
    <>
      <p class="dim bare-unit">{METRIC_NAMES[of.metric]}, {METRIC_UNITS[unit]}, {stepWords(chart.step_s)}, UTC</p>
      <Chart bare title={name} unit={METRIC_UNITS[unit]} says={`${name}: observed against its baseline band.`} kind="lines" times={made.times} step={chart.step_s} lines={made.lines} band={made.band} height={220} partial={false} table={place.table}
        spans={spans}
        tick={tickOf(unit)} read={(value) => parts(unit, value).join("")} nothing={() => "no data"} open={(start, end) => go(onPage(place, "requests", { filters: behind, range: span(start * 1_000, end * 1_000) }))} />
      <SigmaBars chart={chart} table={place.table} />
    </>
  );
}
