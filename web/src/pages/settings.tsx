import type { JSX } from "preact";
import type { Me } from "../api/types";
import { OnlyDocument, useLooker } from "../components/control/only_document";
import { Alerts } from "../components/settings/alerts";
import { Data } from "../components/settings/data";
import { Integrate } from "../components/settings/integrate";
import { Keys } from "../components/settings/keys";
import { Members } from "../components/settings/members";
import { Prices } from "../components/settings/prices";
import { ProviderSettings } from "../components/settings/providers";
import { Tokens } from "../components/settings/tokens";
import { SettingsNav } from "../components/settings_nav";
import type { Place, Tab } from "../lib/route";

const DECLARED: readonly Tab[] = ["providers", "prices", "alerts", "data"]; // parts of the control document
const PAGES: Record<Tab, (props: { me: Me }) => JSX.Element> = { keys: Keys, integrate: Integrate, providers: ProviderSettings, prices: Prices, members: Members, tokens: Tokens, alerts: Alerts, data: Data };

export function Settings({ me, place }: { me: Me; place: Place }): JSX.Element {
  const Page = PAGES[place.tab];
  const looker = useLooker(me);
  const declared = DECLARED.includes(place.tab);
  return (
    <>
      <div class="head"><h1>Settings</h1><span class="sub">of {me.org.name ?? "this org"}; changes hold at once, on every instance within two seconds</span></div>
      <SettingsNav place={place} />
      {declared && <OnlyDocument />}
      <Page me={declared ? looker : me} />
    </>
  );
}
