// How far each step is from the usual, in standard deviations, under the chart and on its time axis. Within the band grey, outside of it red.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { AnomalyChart } from "../../api/anomalies";
import { sigma, sigmaScale } from "../../lib/anomaly";
import { bucketWords } from "../../lib/chart_math";
import { DataTable } from "../data_table";

const BAND = 2; // standard deviations
const TALL = 1_000; // of the drawing, which is stretched

export function SigmaBars({ chart, table }: { chart: AnomalyChart; table: boolean }): JSX.Element | null {
  const values = chart.sigma ?? [];
  const scale = useMemo(() => sigmaScale(values), [chart]);
  if (!scale) return null;
  const from = Date.parse(chart.from) / 1_000;
  const { top, bottom, peak } = scale;
  const y = (value: number): number => (TALL * (top - value)) / (top - bottom);
  const percent = (value: number): string => `${(y(value) / TALL) * 100}%`;
  const step = TALL / Math.max(1, values.length - 1);
  const says = `Deviation from the usual: at most ${sigma(values[peak] as number)}, ${bucketWords(from + peak * chart.step_s, chart.step_s)}.`;
  if (table) return <div class="chart-bare"><DataTable title="Deviation" unit="σ" says={says} kind="bars" times={values.map((_, n) => from + n * chart.step_s)} step={chart.step_s} lines={[{ name: "deviation", colour: "dim", values }]} height={72} table partial={false} tick={sigma} read={sigma} nothing={() => "too few"} /></div>;
  return (
    <div class="sigmas">
      <svg class="sig-y" aria-hidden="true">{(-bottom > (top - bottom) / 4 ? [top, 0, bottom] : [top, 0]).map((at) => <text key={at} x="100%" y={percent(at)} text-anchor="end" dy={at === top ? 9 : at === bottom && bottom < 0 ? -1 : 3}>{at === 0 ? "0 σ" : sigma(at).replace(".0", "")}</text>)}</svg>
      <svg class="sig-b" role="img" aria-label={says}>
        <svg viewBox={`0 0 ${TALL} ${TALL}`} preserveAspectRatio="none" width="100%" height="100%" aria-hidden="true">
          {values.map((value, n) => value !== null && <rect key={n} class={Math.abs(value) > BAND ? "e" : "o"} x={(n - 0.35) * step} width={0.7 * step} y={y(Math.max(0, value))} height={Math.max(4, Math.abs(y(value) - y(0)))} />)}
        </svg>
        <line class="zero" x1="0" x2="100%" y1={percent(0)} y2={percent(0)} />
        {[BAND, -BAND].map((at) => at < top && at > bottom && <line key={at} class="edge" x1="0" x2="100%" y1={percent(at)} y2={percent(at)} />)}
        {BAND < top && <text class="lab" x="4" y={percent(BAND)} dy="-4" aria-hidden="true">± 2 σ, the band</text>}
      </svg>
    </div>
  );
}
