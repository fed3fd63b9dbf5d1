// The page of anomalies. Warm-up is the server's own answer: its traffic is never older than 48 h here. What is found after that is put in between.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { accessible, answer, complaints, everywhere, fits, NASTY, page, shot, url, useBrowser } from "./support.js";

const base = Math.floor(Date.now() / 300_000) * 300_000;
const ago = (minutes) => new Date(base - minutes * 60_000).toISOString();
const usual = { feature: "summariser", metric: "cost", direction: "high", severity: "high", unit: "usd_per_hour", observed: 7.1, baseline: 2.52, low: 1.68, high: 3.36, sigma: 10.9, peak_sigma: 10.9, window_s: 900, updated_at: ago(0), closed_at: null, dismissed_at: null, dismissed_by: null, reason: null };
const found = [
  { ...usual, id: 4, incident: 4, title: "Cost spike in summariser", opened_at: ago(25) },
  { ...usual, id: 3, incident: 3, title: "Error rate", feature: null, metric: "errors", unit: "ratio", observed: 0.044, baseline: 0.006, low: 0, high: 0.0135, sigma: 5.2, peak_sigma: 5.9, opened_at: ago(600), updated_at: ago(560), closed_at: ago(560) },
  { ...usual, id: 2, incident: 2, title: `Traffic low in ${NASTY}`, feature: NASTY, metric: "volume", direction: "low", severity: "low", unit: "requests_per_5_min", observed: 2, baseline: 24.5, low: 17, high: 32, sigma: -6, peak_sigma: -6.4, opened_at: ago(3_000), updated_at: ago(2_900), closed_at: ago(2_900), dismissed_at: ago(2_800), dismissed_by: "mara", reason: "planned: load test" },
];
const steps = 160;
const chart = { from: ago(5 * (steps - 1)), step_s: 300, observed: Array.from({ length: steps }, (_, n) => (n > 40 && n < 50 ? null : n > steps - 6 ? 7 : 2.4)), usual: Array(steps).fill(2.5), low: Array(steps).fill(1.7), high: Array(steps).fill(3.3), sigma: Array.from({ length: steps }, (_, n) => (n > 40 && n < 50 ? null : n > steps - 6 ? 10.9 : Math.sin(n))), extra: 1.875 };
const alerted = { at: ago(20), anomaly: 4, channels: [{ channel: "on call", state: "sent", changed_at: ago(20) }, { channel: "team", state: "dead", changed_at: ago(1) }] };
const contribution = { sentence: "97 % of the extra cost comes from model claude-sonnet-5-5, key first", extra: 1.11, causes: [{ feature: null, model: "claude-sonnet-5-5", key: "1", key_name: "first", share: 0.97 }], split: { volume: 0.04, mix: 0, input: 1.06, output: -0.01, caching: 0, price: 0.02, requests: { usual: 145, now: 150 }, input_tokens: { usual: 5200, now: 15900 }, output_tokens: { usual: 380, now: 377 } } };

// A store of three, kept here.
async function store(rows = found) {
  const kept = rows.map((row) => ({ ...row }));
  const open = (row) => !row.closed_at && !row.dismissed_at;
  const asked = [];
  await page.route(/\/api\/v1\/anomalies/, async (route) => {
    const { pathname, searchParams } = new URL(route.request().url());
    const [, id, verb] = pathname.match(/anomalies\/(\d+)(?:\/(\w+))?$/) ?? [];
    if (!id) {
      const is = { open, dismissed: (row) => row.dismissed_at !== null }[searchParams.get("status")] ?? (() => true);
      return route.fulfill({ json: { rows: kept.filter(is), next: null, counts: { all: kept.length, open: kept.filter(open).length, dismissed: kept.filter((row) => row.dismissed_at).length }, warm_up: { active: true, hours_left: 0, begun: true } } });
    }
    const row = kept.find((one) => one.id === Number(id));
    if (verb) {
      const body = route.request().postDataJSON();
      asked.push([verb, row.id, body]);
      Object.assign(row, verb === "dismiss" ? { dismissed_at: ago(0), dismissed_by: "admin", reason: [body.reason, body.note].filter(Boolean).join(": ") } : { dismissed_at: null, dismissed_by: null, reason: null });
      return route.fulfill({ json: row });
    }
    return route.fulfill({ json: { ...row, alerted: row.metric === "cost" ? alerted : row.metric === "errors" ? { ...alerted, channels: [] } : null, contribution: row.metric === "cost" ? contribution : null, chart: row.metric === "volume" ? null : chart } });
  });
  return asked;
}
const listed = () => page.locator(".anom");
const detail = () => page.locator("section[aria-label='Anomaly']");

describe("anomalies", () => {
  useBrowser();

  test("before 48 h of traffic: building the baseline", async () => {
    if (process.env.LECTR_MOCK) await fetch(`${url}/mock`, { method: "POST", body: JSON.stringify({ warm_up: 31 }) });
    await page.goto(`${url}/overview`);
    await page.getByRole("heading", { name: "Overview", exact: true }).waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("a");
    await page.getByText(/^Building baseline, active in ~\d+ hours?$/).waitFor();
    assert.ok(page.url().endsWith("/anomalies"));
    assert.equal(await page.title().then((title) => title.startsWith("Anomalies · ")), true);
    assert.equal(await page.locator(".nav .n.alert").count(), 0);
    await page.locator(".status").getByRole("link", { name: "building baseline" }).waitFor();
    await everywhere("anomalies-warm-up");
    assert.deepEqual(complaints, []);
    if (process.env.LECTR_MOCK) await fetch(`${url}/mock`, { method: "POST", body: JSON.stringify({ warm_up: null }) });
  });

  test("the worst that is open is shown, counted and named in the status line", async () => {
    await store();
    await page.goto(`${url}/anomalies`);
    await detail().locator("h2", { hasText: "Cost spike in summariser" }).waitFor();
    await detail().locator(".canvas canvas").waitFor();
    await page.locator(".status b", { hasText: "Cost spike in summariser" }).waitFor();
    assert.equal(await page.locator(".nav .n.alert").textContent(), "1 open");
    assert.deepEqual(await listed().locator(".nm").allTextContents(), ["Cost spike", "Error rate", "Traffic lowDismissed"]);
    assert.deepEqual(await detail().locator(".facts dt").allTextContents().then((all) => all.slice(1)), ["Baseline", "Deviation", "Extra so far", "Alerted"]);
    await detail().getByText("High, open").waitFor();
    await detail().getByText("97 %").first().waitFor();
    await detail().locator(".facts .est", { hasText: "$1.88" }).waitFor();
    await detail().getByText("on call delivered; team failed").waitFor();
    assert.deepEqual(await detail().locator(".cmp tbody tr").nth(1).locator("td").allTextContents(), ["Input tokens per request", "5,200", "15,900 ×\u00a03.1", "+$1.06", "95 %"]);
    const bars = detail().getByRole("img", { name: /^Deviation from the usual: at most \+10\.9 σ, / });
    assert.equal(await bars.locator("rect.e").count(), 5);
    assert.equal(await bars.locator("rect").count(), steps - 9, "a gap stays a gap");
    await page.getByText("0.8 per week over 4 weeks; 1 of 3 dismissed.").waitFor();
    await page.getByText("Sensitivity 2 σ").waitFor();
    await everywhere("anomalies");
    await page.keyboard.press("v");
    await detail().locator(".behind table").first().waitFor();
    await detail().getByRole("region", { name: "Deviation, as a table" }).getByText("+10.9 σ").first().waitFor();
    await everywhere("anomalies-table");
    assert.deepEqual(complaints, []);
  });

  test("J and K move, the filter narrows, the address keeps both", async () => {
    await store();
    await page.goto(`${url}/anomalies`);
    await detail().locator("h2", { hasText: "Cost spike" }).waitFor();
    await page.keyboard.press("j");
    await detail().locator("h2", { hasText: "Error rate" }).waitFor();
    assert.ok(page.url().includes("item=3"));
    await detail().getByText("in the dashboard only, with its incident").waitFor();
    await detail().locator(".facts dt", { hasText: "Extra in all" }).waitFor();
    await page.keyboard.press("k");
    await detail().locator("h2", { hasText: "Cost spike" }).waitFor();
    await page.getByRole("button", { name: "Dismissed 1" }).click();
    await detail().locator("h2", { hasText: NASTY }).waitFor();
    assert.equal(await listed().count(), 1);
    await detail().getByText("No chart: it was over before").waitFor();
    await detail().locator(".facts dt", { hasText: "Lasted" }).waitFor();
    await detail().getByText("not told: found late, or long ago").waitFor();
    await detail().getByText("by mara, planned, load test").waitFor();
    await everywhere("anomalies-dismissed");
    assert.deepEqual(complaints, []);
  });

  test("its requests: the feature, its cause and its span; failed ones of an error rate", async () => {
    await store();
    await page.goto(`${url}/anomalies`);
    const link = detail().getByRole("link", { name: "Show the requests" });
    const first = new URL(await link.getAttribute("href"), url).searchParams;
    assert.deepEqual([first.get("feature"), first.get("model"), first.get("key")], ["summariser", "claude-sonnet-5-5", "1"]);
    assert.equal(Date.parse(first.get("range").split("/")[0]), Date.parse(ago(25)));
    await listed().nth(1).click();
    await detail().locator("h2", { hasText: "Error rate" }).waitFor();
    const second = new URL(await link.getAttribute("href"), url).searchParams;
    assert.equal(second.get("errors"), "true");
    assert.equal(second.get("feature"), null);
    assert.deepEqual(second.get("range").split("/").map((time) => Date.parse(time)), [Date.parse(ago(600)), Date.parse(ago(560))]);
  });

  test("D dismisses with the reason and note; undo and Reopen take it back", async () => {
    const asked = await store();
    await page.goto(`${url}/anomalies`);
    await detail().getByRole("radio", { name: "Expected growth" }).click();
    await detail().getByLabel("Note").fill("new customer");
    await detail().getByLabel("Note").blur();
    await page.keyboard.press("d");
    await detail().getByText("expected growth, new customer").waitFor();
    assert.deepEqual(asked, [["dismiss", 4, { reason: "expected_growth", note: "new customer" }]]);
    await page.locator(".nav .n.alert").waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Undo" }).click();
    await detail().getByRole("button", { name: "Dismiss" }).waitFor();
    await detail().getByRole("button", { name: "Dismiss" }).click();
    await detail().getByRole("button", { name: "Reopen" }).click();
    await detail().getByText("High, open").waitFor();
    assert.deepEqual(asked.map(([verb]) => verb), ["dismiss", "reopen", "dismiss", "reopen"]);
  });

  test("a viewer may not dismiss, and is told who may", async () => {
    await page.route("**/api/v1/me", async (route) => {
      const mine = await (await route.fetch()).json();
      await route.fulfill({ json: { ...mine, role: "viewer" } });
    });
    const asked = await store();
    await page.goto(`${url}/anomalies`);
    const dismiss = detail().getByRole("button", { name: "Dismiss" });
    await dismiss.waitFor();
    assert.equal(await dismiss.isDisabled(), true);
    await detail().getByText("Editors and admins may do this.").waitFor();
    await page.keyboard.press("d");
    await page.waitForTimeout(200);
    assert.deepEqual(asked, []);
    await accessible("viewer");
  });

  test("marks on the overview's charts lead to it", async () => {
    await store();
    await page.goto(`${url}/overview`);
    const mark = page.locator(".an-mark.crit");
    await mark.waitFor();
    assert.match(await mark.getAttribute("aria-label"), /^Cost spike in summariser, \+10\.9 σ, open$/);
    await accessible("marks");
    await fits("marks");
    await shot("overview-marks", true);
    await mark.click();
    await detail().locator("h2", { hasText: "Cost spike in summariser" }).waitFor();
  });

  test("nothing found, broken, gone", async () => {
    await store([]);
    await page.goto(`${url}/anomalies`);
    await page.getByText("Nothing was unlike itself.").waitFor();
    await everywhere("anomalies-none");
    await page.unroute(/\/api\/v1\/anomalies/);
    await page.route(/\/api\/v1\/anomalies/, answer(503, { error: { code: "unavailable", message: "the store is away", field: null } }));
    await page.goto(`${url}/anomalies`);
    await page.getByText("The anomalies could not be read.").waitFor();
    await everywhere("anomalies-broken");
    await page.unroute(/\/api\/v1\/anomalies/);
    await page.goto(`${url}/anomalies?item=999999999`);
    await page.getByText("There is no such anomaly.").waitFor();
    assert.deepEqual(complaints, []);
  });
});
