// Spent solid, held lighter, the projection dotted with its band, soft ticks dashed, the hard one solid. It may pass the cap.
import type { JSX } from "preact";
import { usageBar, type Usage } from "../../lib/usage";

export type Tone = "usual" | "soft" | "cap" | "shadow";
const FILL: Record<Tone, string> = { usual: "f", soft: "w", cap: "c", shadow: "i" };
const pc = (value: number): string => `${value}%`;

export function UsageBar({ label, tone, ...usage }: Usage & { label: string; tone: Tone }): JSX.Element {
  const bar = usageBar(usage);
  return (
    <svg class="usage" role="img" aria-label={label}>
      <rect class="tr" x="0" y="5" width={pc(bar.track)} height="8" rx="2" />
      {bar.band && <rect class="pband" x={pc(bar.band[0])} width={pc(bar.band[1])} y="5" height="8" />}
      {bar.spent > 0 && <rect class={FILL[tone]} x="0" y="5" width={pc(bar.spent)} height="8" rx="2" />}
      {bar.held && <rect class="held" x={pc(bar.held[0])} width={pc(bar.held[1])} y="5" height="8" />}
      {bar.projection && <line class="proj" x1={pc(bar.projection[0])} x2={pc(bar.projection[1])} y1="9" y2="9" />}
      {bar.soft.map((at) => <line class="soft" key={at} x1={pc(at)} x2={pc(at)} y1="1" y2="17" />)}
      {bar.cap !== null && <line class="tick" x1={pc(bar.cap)} x2={pc(bar.cap)} y1="1" y2="17" />}
    </svg>
  );
}
