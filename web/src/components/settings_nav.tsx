import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { href, TABS, type Place, type Tab } from "../lib/route";

export const TAB_NAMES: Record<Tab, string> = {
  keys: "Org keys", integrate: "Integration", providers: "Providers", prices: "Price overrides", members: "Members", tokens: "API tokens", alerts: "Alerts", data: "Data and org",
};

export function SettingsNav({ place }: { place: Place }): JSX.Element {
  const own = useRef<HTMLElement>(null);
  useEffect(() => {
    const [row, here] = [own.current, own.current?.querySelector<HTMLElement>("[aria-current]")];
    if (row && here) row.scrollLeft = here.offsetLeft - row.offsetLeft - (row.clientWidth - here.offsetWidth) / 2;
  }, [place.tab]);
  return (
    <nav class="tabs settings-tabs" ref={own} aria-label="Settings">
      {TABS.map((tab) => <a key={tab} href={href({ ...place, tab })} aria-current={tab === place.tab ? "page" : undefined}>{TAB_NAMES[tab]}</a>)}
    </nav>
  );
}
