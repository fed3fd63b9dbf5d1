// The marks of anomalies on the charts of other pages: which chart shows which, and where they lead.
import type { Anomaly, AnomalyMetric } from "../api/anomalies";
import type { Marker } from "../components/chart";
import { MARK_COLOURS, sigma, spanOf, stateOf } from "./anomaly";
import { href, onPage, type Place } from "./route";

export type Marks = Partial<Record<AnomalyMetric, Marker[]>>;
export const MOST_MARKS = 20; // on one chart; the newest
// Narrowed to one feature a chart shows what is of it or of the org. Narrowed otherwise it shows other series than the detector's: no mark.
const concerns = (row: Anomaly, filters: Place["filters"]): boolean => Object.entries(filters).every(([name, value]) => name === "feature" && (row.feature === null || (row.feature || "untagged") === value));

export function marksOf(rows: readonly Anomaly[], place: Place, filters: Place["filters"], now_ms: number): Marks {
  const found: Marks = {};
  for (const row of rows) {
    if (!concerns(row, filters)) continue;
    const list = (found[row.metric] ??= []);
    if (list.length >= MOST_MARKS) continue;
    const { from, to } = spanOf(row, now_ms);
    list.push({ from: Date.parse(from) / 1_000, to: Date.parse(to) / 1_000, colour: MARK_COLOURS[stateOf(row)], says: `${row.title}, ${sigma(row.peak_sigma)}, ${stateOf(row)}`, href: href(onPage(place, "anomalies", { item: String(row.id) })) });
  }
  return found;
}
