import type { JSX } from "preact";

const line = { fill: "none", stroke: "currentColor", "aria-hidden": true } as const;
const nav = (path: string) => (): JSX.Element => (
  <svg width="16" height="16" viewBox="0 0 16 16" {...line} stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round"><path d={path} /></svg>
);

export const Mark = (): JSX.Element => (
  <svg width="18" height="18" viewBox="0 0 18 18" {...line} stroke-width="2"><path d="M3 2.5v13h12" /><path d="M7 11.5h3.2L15 5" /></svg>
);
export const OverviewIcon = nav("M2.5 9.5h4v4h-4zM2.5 2.5h4v4h-4zM9.5 2.5h4v4h-4zM9.5 9.5h4v4h-4z");
export const RequestsIcon = nav("M2.5 4h11M2.5 8h11M2.5 12h7");
export const CostsIcon = nav("M2.5 13.5V9M6.2 13.5V5M9.8 13.5V7.5M13.5 13.5V2.5");
export const AnomaliesIcon = nav("M1.5 9h3l2-5.5 3 9 2-5.5h3");
export const RecommendationsIcon = nav("M8 2.5v3M8 10.5v3M2.5 8h3M10.5 8h3M4.2 4.2l1.6 1.6M10.2 10.2l1.6 1.6");
export const RoutingIcon = nav("M2.5 12.5h2.5c4 0 2-9 6-9h2.5M11.5 1.5l2 2-2 2M9.5 12.5h4M11.5 10.5l2 2-2 2");
export const FallbackIcon = nav("M2.5 4.5h8a3 3 0 0 1 0 7h-6M6.5 9l-2.5 2.5L6.5 14");
export const LimitsIcon = nav("M2.5 12.5a5.8 5.8 0 1 1 11 0M8 10l2.6-3.4");
export const ChangesIcon = nav("M8 4.5V8l2.5 1.5M2.5 8A5.5 5.5 0 1 0 4 4.2L2.5 5.6M2.5 2.6v3h3");
export const SettingsIcon = nav("M2.5 4.5h7M12 4.5h1.5M2.5 11.5H4M6.5 11.5h7M9.5 3v3M4.5 10v3");
export const SearchIcon = nav("M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10M10.8 10.8 14 14");
export const MenuIcon = nav("M2 4.5h12M2 8h12M2 11.5h12");
export const CopyIcon = (): JSX.Element => (
  <svg width="14" height="14" viewBox="0 0 14 14" {...line} stroke-width="1.3"><path d="M4.5 4.5h7v7h-7zM2.5 9.5v-7h7" /></svg>
);
export const DownIcon = (): JSX.Element => <svg width="10" height="10" viewBox="0 0 10 10" {...line} stroke-width="1.4"><path d="M2 3.5 5 6.5 8 3.5" /></svg>;
