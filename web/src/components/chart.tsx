// One chart in its card: title and unit, the plot, a readout by mouse and keys, a legend that leads to the rows, the table behind (V).
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { bucketWords, stepWords } from "../lib/chart_math";
import { usePalette } from "../lib/palette";
import { clipped, options, plotted, type Kind, type Line, type Span } from "../lib/plot";
import { DataTable } from "./data_table";

export interface ChartLine extends Line {
  total?: ComponentChildren;
  href?: string;
  again?: boolean; // draws a part of another line once more: not in the readout
}
// The mark on top of a span; it leads somewhere.
export interface Marker extends Span {
  says: string; // "Cost spike in summariser, +10.9 σ, open"
  href?: string;
}
export interface ChartProps {
  title: string;
  unit: string; // "req/min"
  says: string; // the chart in one sentence
  kind: Kind;
  times: number[];
  step: number;
  lines: ChartLine[];
  band?: { low: (number | null)[]; high: (number | null)[]; name: string };
  spans?: Marker[];
  bare?: boolean; // within a card that is there already
  partial: boolean;
  whole?: boolean;
  tick: (value: number, step: number) => string;
  read: (value: number) => ComponentChildren;
  nothing?: (index: number) => string; // why there is no value
  sum?: (index: number) => ComponentChildren;
  height: number;
  table: boolean;
  csv?: string;
  zoom?: (from_s: number, to_s: number) => void;
  unzoom?: (() => void) | undefined;
  open?: (from_s: number, to_s: number) => void; // the rows of one bucket
  head?: ComponentChildren;
  foot?: ComponentChildren;
}

export function Chart(props: ChartProps): JSX.Element {
  if (props.bare) return <div class="chart-bare">{props.table ? <DataTable {...props} /> : <Plot {...props} />}<Legend {...props} /></div>;
  return (
    <section class="card chart-card">
      <header><h2>{props.title}</h2><span class="dim">{props.unit}, {stepWords(props.step)}</span><span class="act">{props.head}{props.table && props.csv && <a class="btn quiet" href={props.csv} download>CSV</a>}</span></header>
      {props.table ? <DataTable {...props} /> : <Plot {...props} />}
      <Legend {...props} />
      {props.foot}
    </section>
  );
}

const inkClass = ({ colour }: Line): string => (colour === "crit" ? "cx" : colour === "dim" ? "cd" : `c${colour}`);
function Legend({ lines, kind, band }: ChartProps): JSX.Element {
  const mark = (line: ChartLine) => <i class={`${kind === "lines" ? "ln" : "sw"} ${inkClass(line)}${line.dash ? " dash" : ""}`} />;
  return (
    <footer class="lg"><ul class="legend">
      {lines.map((line, n) => {
        const inner = <>{mark(line)}<span class="t" title={line.name}>{line.name}</span>{line.total !== undefined && <b>{line.total}</b>}</>;
        return <li key={n}>{line.href ? <a href={line.href}>{inner}</a> : <span>{inner}</span>}</li>;
      })}
      {band && <li><span><i class="sw kband" /><span class="t">{band.name}</span></span></li>}
    </ul></footer>
  );
}

function Plot(props: ChartProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const pressed = useRef(false); // synced charts all tell of a drag; the one it began in acts
  const palette = usePalette();
  const [index, setIndex] = useState<number | null>(null);
  const [here, setHere] = useState(false); // synced charts share the crosshair; the readout shows where the pointer or the focus is
  const [spoken, speak] = useState("");
  const places = useRef<HTMLDivElement>(null);
  const shape = props.kind + String(props.zoom !== undefined) + props.lines.map((line) => `${line.colour}\n${line.name}`).join("\n\n");

  useEffect(() => {
    const target = box.current as HTMLDivElement;
    const size = () => ({ width: Math.max(160, target.clientWidth), height: props.height });
    const made = new uPlot(options(() => latest.current, palette, size(), { cursor: setIndex, zoom: latest.current.zoom ? (from, to) => pressed.current && latest.current.zoom?.(from, to) : null, drawn: (self) => placed(self, latest.current, places.current) }), plotted(latest.current), target);
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize(size()));
    watch.observe(target);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape, palette, props.height]);
  useEffect(() => {
    const released = () => setTimeout(() => (pressed.current = false));
    addEventListener("mouseup", released);
    return () => removeEventListener("mouseup", released);
  }, []);
  useEffect(() => {
    plot.current?.setData(plotted(props));
  }, [props.times, props.lines, props.spans]);

  const at = (n: number) => plot.current?.setCursor({ left: (plot.current.valToPos((props.times[n] as number) + (props.kind === "bars" ? props.step / 2 : 0), "x")), top: 1 });
  const keys = (event: KeyboardEvent) => {
    const last = props.times.length - 1;
    const now = index ?? last;
    const by = event.shiftKey ? 10 : 1;
    const to = { ArrowLeft: index === null ? last : Math.max(0, now - by), ArrowRight: index === null ? 0 : Math.min(last, now + by), Home: 0, End: last }[event.key];
    if (to !== undefined && last >= 0) {
      event.preventDefault();
      at(to);
      setIndex(to);
      speak(sentence(props, to));
    } else if (event.key === "Escape" && index !== null) {
      event.stopPropagation();
      plot.current?.setCursor({ left: -10, top: -10 });
      setIndex(null);
    } else if (event.key === "Enter" && index !== null && props.open) {
      event.preventDefault();
      props.open(props.times[now] as number, (props.times[now] as number) + props.step);
    }
  };
  return (
    <div class="plot" tabIndex={0} role="group" aria-label={`${props.says} Arrow keys read it, V shows the table.`} onKeyDown={keys} onMouseDown={() => (pressed.current = true)} onDblClick={() => props.unzoom?.()} onMouseEnter={() => setHere(true)} onMouseLeave={() => setHere(false)} onFocus={() => setHere(true)} onBlur={() => {
      setHere(false);
      plot.current?.setCursor({ left: -10, top: -10 });
    }}>
      <div ref={box} class="canvas" aria-hidden="true" />
      {props.spans && props.spans.length > 0 && <div ref={places} class="marks">{props.spans.map((one, n) => <a key={n} class={`an-mark ${one.colour}`} href={one.href} title={one.says} aria-label={one.says} role={one.href ? undefined : "img"}><svg width="10" height="9" viewBox="0 0 10 9" aria-hidden="true"><path d="M5 .5 9.5 8.5h-9Z" /></svg></a>)}</div>}
      {here && index !== null && index < props.times.length && <Readout {...props} index={index} plot={plot.current} />}
      <span class="vh" role="status">{spoken}</span>
    </div>
  );
}

// The marks stand where uPlot has drawn their spans. Such lengths are set through the CSSOM.
function placed(self: uPlot, { spans = [], step }: ChartProps, marks: HTMLDivElement | null): void {
  if (!marks) return;
  [...marks.children].forEach((mark, n) => {
    const span = spans[n];
    const at = span ? clipped(self, span, step, false) : null;
    (mark as HTMLElement).hidden = at === null;
    if (at) (mark as HTMLElement).style.left = `${self.over.offsetLeft + at[0]}px`;
  });
}

export function bandAt({ band, read }: Pick<ChartProps, "band" | "read">, index: number): ComponentChildren {
  const [low, high] = [band?.low[index] ?? null, band?.high[index] ?? null];
  return low === null || high === null ? <span class="dim">–</span> : <>{read(Math.max(0, low))} to {read(high)}</>;
}

const ordered = (props: ChartProps, index: number): ChartLine[] => (props.kind === "lines" ? props.lines.filter((line) => !line.again) : [...props.lines].sort((a, b) => (b.values[index] ?? 0) - (a.values[index] ?? 0)));

function sentence(props: ChartProps, index: number): string {
  const parts = ordered(props, index).map((line) => {
    const value = line.values[index] ?? null;
    return `${line.name} ${value === null ? (props.nothing?.(index) ?? "nothing") : textOf(props.read(value))}`;
  });
  if (props.band) parts.push(`${props.band.name} ${textOf(bandAt(props, index))}`);
  return `${bucketWords(props.times[index] as number, props.step)}: ${parts.join(", ")}`;
}
// What the readout shows, without its marks: for those who listen.
function textOf(node: ComponentChildren): string {
  if (node === null || node === undefined || typeof node === "boolean") return "";
  if (typeof node === "string" || typeof node === "number") return String(node);
  if (Array.isArray(node)) return node.map(textOf).join("");
  return textOf((node as { props?: { children?: ComponentChildren } }).props?.children);
}

function Readout({ index, plot, ...props }: ChartProps & { index: number; plot: uPlot | null }): JSX.Element {
  const panel = useRef<HTMLDivElement>(null);
  const start = props.times[index] as number;
  const partial = props.partial && index === props.times.length - 1;
  const lines = useMemo(() => ordered(props, index), [props.lines, index]);
  useEffect(() => {
    const own = panel.current;
    if (!plot || !own) return;
    const area = plot.over;
    const cross = area.offsetLeft + plot.valToPos(start + (props.kind === "bars" ? props.step / 2 : 0), "x");
    const right = cross + 12 + own.offsetWidth <= plot.width;
    own.style.left = `${Math.max(2, right ? cross + 12 : cross - 12 - own.offsetWidth)}px`;
    own.style.visibility = "visible";
  });
  return (
    <div class="readout" ref={panel} aria-hidden="true">
      <div class="t">{bucketWords(start, props.step)}{partial && " · still filling"}</div>
      <table><tbody>
        {lines.map((line, n) => {
          const value = line.values[index] ?? null;
          return <tr key={n}><td><i class={`sw ${inkClass(line)}`} /><span class="t2">{line.name}</span></td><td>{value === null ? <span class="dim">{props.nothing?.(index) ?? "–"}</span> : props.read(value)}</td></tr>;
        })}
        {props.band && <tr><td><i class="sw kband" /><span class="t2">{props.band.name}</span></td><td>{bandAt(props, index)}</td></tr>}
        {props.sum && <tr class="tot"><td>all</td><td>{props.sum(index)}</td></tr>}
      </tbody></table>
    </div>
  );
}
