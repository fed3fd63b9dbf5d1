import type { JSX } from "preact";

const line = { fill: "none", stroke: "currentColor", "aria-hidden": true } as const;

export const Mark = (): JSX.Element => (
  <svg width="18" height="18" viewBox="0 0 18 18" {...line} stroke-width="2"><path d="M3 2.5v13h12" /><path d="M7 11.5h3.2L15 5" /></svg>
);
export const OverviewIcon = (): JSX.Element => (
  <svg width="16" height="16" viewBox="0 0 16 16" {...line} stroke-width="1.4" stroke-linejoin="round"><path d="M2.5 9.5h4v4h-4zM2.5 2.5h4v4h-4zM9.5 2.5h4v4h-4zM9.5 9.5h4v4h-4z" /></svg>
);
export const RequestsIcon = (): JSX.Element => (
  <svg width="16" height="16" viewBox="0 0 16 16" {...line} stroke-width="1.4" stroke-linecap="round"><path d="M2.5 4h11M2.5 8h11M2.5 12h7" /></svg>
);
export const MenuIcon = (): JSX.Element => (
  <svg width="16" height="16" viewBox="0 0 16 16" {...line} stroke-width="1.5"><path d="M2 4.5h12M2 8h12M2 11.5h12" /></svg>
);
export const CopyIcon = (): JSX.Element => (
  <svg width="14" height="14" viewBox="0 0 14 14" {...line} stroke-width="1.3"><path d="M4.5 4.5h7v7h-7zM2.5 9.5v-7h7" /></svg>
);
