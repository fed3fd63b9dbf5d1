import type { JSX } from "preact";
import { href, TABS, type Place, type Tab } from "../lib/route";

export const TAB_NAMES: Record<Tab, string> = {
  keys: "Org keys", integrate: "Integration", providers: "Providers", prices: "Price overrides", members: "Members", tokens: "API tokens", data: "Data and org",
};

export function SettingsNav({ place }: { place: Place }): JSX.Element {
  return (
    <nav class="tabs settings-tabs" aria-label="Settings">
      {TABS.map((tab) => <a key={tab} href={href({ ...place, tab })} aria-current={tab === place.tab ? "page" : undefined}>{TAB_NAMES[tab]}</a>)}
    </nav>
  );
}
