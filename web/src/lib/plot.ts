// What uPlot is told to draw. One place, so that all charts look alike.
import uPlot from "uplot";
import { largest, stack, ticks, timeLabels, timeTicks } from "./chart_math";
import type { Palette } from "./palette";

export interface Line {
  name: string;
  colour: number | "crit" | "dim"; // of the palette's series
  dash?: boolean;
  values: (number | null)[];
}
export type Kind = "area" | "bars" | "lines";
// A span in which something was unlike itself: tinted behind the data, with a mark on top.
export interface Span {
  from: number;
  to: number;
  colour: "crit" | "warn" | "idle"; // open, closed, dismissed
}
export interface PlotData {
  kind: Kind;
  times: number[];
  step: number;
  lines: Line[]; // of a stack: the lowest first
  band?: { low: (number | null)[]; high: (number | null)[] }; // flat, behind the lines
  spans?: Span[];
  height: number;
  whole?: boolean; // counts: no ticks between whole numbers
  partial: boolean; // the last bucket still fills
  tick: (value: number, step: number) => string;
}

const EDGE_PX = 12; // a label closer to the right edge would be cut
// Bars of whole days carry their date below them; shorter ones stand between the hours.
const middle = ({ kind, step }: PlotData): number => (kind === "bars" && step % 86_400 === 0 ? step / 2 : 0);

const fade = (colour: string, by: number): string => colour.replace(/^rgb\((.*)\)$/, (_, parts: string) => (parts.includes(",") ? `rgba(${parts}, ${by})` : `rgb(${parts} / ${by})`));
const ink = (palette: Palette, colour: Line["colour"]): string => (colour === "crit" ? palette.crit : colour === "dim" ? palette.text : (palette.series[colour] ?? (palette.series[0] as string)));

// uPlot draws in the order given: the whole stack first, the lowest layer last, each down to zero, so none shines through.
export function plotted({ kind, times, step, lines }: PlotData): uPlot.AlignedData {
  const values = lines.map((line) => line.values);
  return [kind === "bars" ? times.map((start) => start + step / 2) : times, ...(kind === "lines" ? values : stack(values).reverse())] as uPlot.AlignedData;
}

export function edges({ kind, times, step }: PlotData): [number, number] {
  const first = times[0] ?? 0;
  const last = times[times.length - 1] ?? first + step;
  return kind === "bars" || times.length < 2 ? [first, last + step] : [first, last];
}

export function top({ kind, lines, height, whole, band }: PlotData): number[] {
  const values = [...lines.map((line) => line.values), ...(band && kind === "lines" ? [band.high] : [])];
  return ticks(largest(kind === "lines" ? values : stack(values)), height < 120 ? 2 : 4, whole ? 1 : 0);
}

// A value between two gaps would be a line of no length: it gets a point.
const lonely: uPlot.Series.Points.Filter = (self, n) => {
  const values = self.data[n] as (number | null)[];
  return values.flatMap((value, at) => (value !== null && (values[at - 1] ?? null) === null && (values[at + 1] ?? null) === null ? [at] : []));
};

function series(data: PlotData, palette: Palette): uPlot.Series[] {
  const bars = uPlot.paths.bars?.({ size: [0.86, 72] });
  const drawn = data.lines.map((line): uPlot.Series => {
    const colour = ink(palette, line.colour);
    if (data.kind === "bars") return { label: line.name, fill: colour, stroke: colour, width: 0, points: { show: false }, ...(bars ? { paths: bars } : {}) };
    if (data.kind === "area") return { label: line.name, fill: colour, stroke: palette.surface, width: 1, points: { show: false } };
    return { label: line.name, stroke: colour, width: line.dash ? 1.25 : 1.5, ...(line.dash ? { dash: [4, 3] } : {}), points: { show: true, size: 4, fill: colour, stroke: colour, filter: lonely }, spanGaps: false };
  });
  return [{}, ...(data.kind === "lines" ? drawn : drawn.reverse())];
}

const markInk = (palette: Palette, colour: Span["colour"]): string => (colour === "crit" ? palette.crit : colour === "warn" ? palette.warn : palette.text);
// Where a span lies in the drawn box; null: outside of it. What began in the last step stands at the right edge: lines end where that step begins.
export function clipped(self: uPlot, { from, to }: Span, step: number, device: boolean): [left: number, right: number] | null {
  const { min, max } = self.scales["x"] ?? {};
  if (min === undefined || min === null || max === undefined || max === null || to < min || from > max + step) return null;
  return [self.valToPos(Math.min(Math.max(from, min), max), "x", device), self.valToPos(Math.min(to, max), "x", device)];
}
function tint(self: uPlot, data: PlotData, palette: Palette): void {
  const { ctx, bbox } = self;
  for (const one of data.spans ?? []) {
    const at = clipped(self, one, data.step, true);
    if (!at) continue;
    ctx.fillStyle = fade(markInk(palette, one.colour), one.colour === "idle" ? 0.07 : 0.11);
    ctx.fillRect(at[0], bbox.top, Math.max(at[1] - at[0], 2), bbox.height);
    ctx.fillStyle = markInk(palette, one.colour);
    if (one.from >= (self.scales["x"]?.min ?? 0)) ctx.fillRect(Math.round(at[0]), bbox.top, Math.max(1, Math.round(devicePixelRatio)), bbox.height);
  }
}
// From gap to gap: along the upper edge and back along the lower one.
function band(self: uPlot, { band: edges, times }: PlotData, palette: Palette): void {
  if (!edges) return;
  const { ctx } = self;
  const known = (n: number) => (edges.low[n] ?? null) !== null && (edges.high[n] ?? null) !== null;
  ctx.fillStyle = palette.band;
  for (let n = 0; n < times.length; ++n) {
    if (!known(n)) continue;
    const first = n;
    while (n + 1 < times.length && known(n + 1)) ++n;
    const point = (at: number, value: number) => ctx.lineTo(self.valToPos(times[at] as number, "x", true), self.valToPos(Math.max(0, value), "y", true));
    ctx.beginPath();
    for (let at = first; at <= n; ++at) point(at, edges.high[at] as number);
    for (let at = n; at >= first; --at) point(at, edges.low[at] as number);
    ctx.closePath();
    ctx.fill();
  }
}
function behind(self: uPlot, data: PlotData, palette: Palette): void {
  const { ctx, bbox } = self;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  band(self, data, palette);
  tint(self, data, palette);
  ctx.restore();
}

// A bucket that still fills is lighter: the surface lies over it, half.
function veil(self: uPlot, data: PlotData, palette: Palette): void {
  const last = data.times[data.times.length - 1];
  if (!data.partial || last === undefined || data.times.length < 2) return;
  const from = data.kind === "bars" ? last : last - data.step;
  const left = self.valToPos(from, "x", true);
  self.ctx.save();
  self.ctx.fillStyle = fade(palette.surface, 0.55);
  self.ctx.fillRect(left, self.bbox.top, self.bbox.left + self.bbox.width - left + 1, self.bbox.height - 1);
  self.ctx.restore();
}

export function options(read: () => PlotData, palette: Palette, size: { width: number; height: number }, on: { cursor: (index: number | null) => void; zoom: ((from: number, to: number) => void) | null; drawn: (self: uPlot) => void }): uPlot.Options {
  const first = read();
  const axis = { stroke: palette.text, font: palette.font, ticks: { show: false }, gap: 6 };
  return {
    ...size,
    legend: { show: false },
    padding: [10, 22, 0, 0],
    scales: { x: { time: false, range: () => edges(read()) }, y: { range: () => [0, top(read()).at(-1) ?? 1] } },
    axes: [
      { ...axis, size: 24, grid: { show: false }, border: { show: true, stroke: palette.axis, width: 1 }, splits: (self, _, min, max) => timeTicks(min, max, self.width / 92).map((at) => at + middle(read())).filter((at) => at <= max && ((max - at) / (max - min)) * self.width > EDGE_PX), values: (_, at) => timeLabels(at.map((one) => one - middle(read()))) },
      { ...axis, size: 52, grid: { stroke: palette.grid, width: 1 }, splits: () => top(read()), values: (_, at) => at.map((value) => read().tick(value, (at[1] ?? 1) - (at[0] ?? 0))) },
    ],
    series: series(first, palette),
    cursor: {
      y: false,
      points: { show: first.kind === "lines", size: 5 },
      drag: { x: on.zoom !== null, y: false, setScale: false, dist: 6 },
      sync: { key: "page", scales: ["x", null] },
      bind: { dblclick: () => () => null },
    },
    hooks: {
      drawClear: [(self) => behind(self, read(), palette)],
      draw: [(self) => { veil(self, read(), palette); on.drawn(self); }],
      setCursor: [(self) => on.cursor((self.cursor.left ?? -1) < 0 ? null : (self.cursor.idx ?? null))],
      setSelect: [(self) => {
        if (self.select.width < 6) return;
        on.zoom?.(self.posToVal(self.select.left, "x"), self.posToVal(self.select.left + self.select.width, "x"));
        self.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
      }],
    },
  };
}
