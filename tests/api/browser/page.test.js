// The dashboard in a real browser against a running Lectr with at least one request in it.
//   LECTR_URL=http://127.0.0.1:8081 LECTR_PASSWORD=… [LECTR_USER=admin] [LECTR_SHOTS=folder] [LECTR_BROWSER=/usr/bin/chromium] npm test
// Empty, broken and degraded answers are put in between by the browser, so one server is enough.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import { chromium } from "playwright-core";

const url = process.env.LECTR_URL;
const user = process.env.LECTR_USER ?? "admin";
const password = process.env.LECTR_PASSWORD;
const shots = process.env.LECTR_SHOTS;
if (!url || !password) throw new Error("set LECTR_URL and LECTR_PASSWORD");
if (shots) mkdirSync(shots, { recursive: true });

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const profile = mkdtempSync(join(tmpdir(), "lectr-browser-"));
let browser; // a persistent context: a fresh profile, ours alone
let page;
const complaints = []; // what the console had against the page

const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];

async function shot(name) {
  if (shots) await page.screenshot({ path: join(shots, `${name}.png`) });
}

async function accessible(what) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`), [], what);
}

async function fits(what) {
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${what}: no sideways scroll`);
}

const answer = (status, body) => (route) => route.fulfill({ status, contentType: "application/json", body: JSON.stringify(body) });
const nothing = { requests: 0, errors: 0, streaming: 0, latency_p50_us: null, latency_p95_us: null, ttfb_p50_us: null, tokens_input: 0, tokens_output: 0, tokens_estimated: false, cost: "0", cost_estimated: false, cost_unknown_requests: 0, providers: [], from: "2026-11-18T14:30:00.000000Z", to: "2026-11-19T14:30:00.000000Z" };
const away = { error: { code: "unavailable", message: "the store is away", field: null } };
const status = { version: "0.1.0", degraded: false, events_received: 0, events_written: 0, events_journaled: 0, events_dropped: 0, journal_backlog: 0, queue_depth: 0, connections: 0, exchanges_in_flight: 0 };

async function signIn() {
  await page.goto(url);
  await page.getByLabel("User").fill(user);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Overview" }).waitFor();
}

before(async () => {
  browser = await chromium.launchPersistentContext(profile, { executablePath: process.env.LECTR_BROWSER ?? "/usr/bin/chromium", headless: true, args: flags, viewport: { width: 1440, height: 900 }, colorScheme: "light", ignoreHTTPSErrors: true });
});
after(async () => {
  await browser?.close();
  rmSync(profile, { recursive: true, force: true });
});
beforeEach(async () => {
  await page?.close();
  complaints.length = 0;
  page = await browser.newPage();
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text());
  });
});

describe("signed out", () => {
  test("a wrong password says so beside the field, and nothing else is shown", async () => {
    await browser.clearCookies();
    await page.goto(`${url}/requests`);
    await page.getByLabel("User").fill(`${user}-nobody`);
    await page.getByLabel("Password").fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("User and password do not match").waitFor();
    assert.equal(await page.locator(".app").count(), 0);
    await accessible("login");
    await shot("login-light");
    await page.emulateMedia({ colorScheme: "dark" });
    await shot("login-dark");
    assert.deepEqual(complaints, []);
  });
});

describe("signed in", () => {
  before(async () => {
    page = await browser.newPage();
    await signIn();
  });

  test("overview: figures, providers and newest rows; light, dark, small", async () => {
    await page.goto(`${url}/overview`);
    await page.locator("table.log tbody tr[data-id]").first().waitFor();
    await page.locator(".strip .stat .v").first().waitFor();
    assert.equal(await page.locator(".strip .stat").count(), 6);
    assert.ok((await page.locator(".status b").textContent()).length > 0);
    await accessible("overview, light");
    await shot("overview-light");
    await page.emulateMedia({ colorScheme: "dark" });
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(15, 17, 20)");
    await accessible("overview, dark");
    await shot("overview-dark");
    await page.setViewportSize({ width: 390, height: 844 });
    await fits("overview at 390 px");
    await accessible("overview, small");
    await shot("overview-small");
    await page.setViewportSize({ width: 1024, height: 768 });
    await fits("overview at 1024 px");
    await shot("overview-1024");
    assert.deepEqual(complaints, []);
  });

  test("requests: rows, detail by click and by address, Esc closes, the address keeps the filter", async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(`${url}/requests`);
    const first = page.locator("table.log tbody tr[data-id]").first();
    await first.waitFor();
    await accessible("requests");
    await shot("requests-light");
    const id = await first.getAttribute("data-id");
    await first.locator(".c-model").click();
    await page.locator(".drawer .mono", { hasText: id }).first().waitFor();
    assert.ok(page.url().includes(`row=${id}`));
    await accessible("detail");
    await shot("detail-light");
    await page.emulateMedia({ colorScheme: "dark" });
    await shot("detail-dark");
    await page.emulateMedia({ colorScheme: "light" });
    await page.keyboard.press("Escape");
    await page.locator(".drawer").waitFor({ state: "detached" });
    await page.goto(`${url}/requests?row=${id}`);
    await page.locator(".drawer .mono", { hasText: id }).first().waitFor();
    await page.setViewportSize({ width: 390, height: 844 });
    await fits("detail at 390 px");
    await shot("detail-small");
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(`${url}/requests?feature=no-such-feature`);
    await page.getByText("Nothing matches feature = no-such-feature.").waitFor();
    await shot("nothing-matches");
    await page.locator(".empty").getByRole("button", { name: "Clear filters" }).click();
    await page.locator("table.log tbody tr[data-id]").first().waitFor();
    assert.ok(!page.url().includes("feature="));
    assert.deepEqual(complaints, []);
  });

  test("live: a new row comes on top by itself", async () => {
    await page.goto(`${url}/requests`);
    const first = page.locator("table.log tbody tr[data-id]").first();
    await first.waitFor();
    const template = await page.evaluate(async () => (await (await fetch("/api/v1/requests?limit=1")).json()).rows[0]);
    const fresh = { ...template, id: "ffffffff-ffff-7fff-bfff-ffffffffffff", completed_at: "2099-01-01T00:00:00.000000Z", feature: "just-arrived" };
    await page.route("**/api/v1/requests?*from=*", answer(200, { rows: [fresh, template], next: null }));
    await page.locator(`tr[data-id="${fresh.id}"]`).waitFor();
    assert.equal(await first.getAttribute("data-id"), fresh.id);
  });

  test("empty: tells how to send the first request", async () => {
    await page.route("**/api/v1/requests?*", answer(200, { rows: [], next: null }));
    await page.route("**/api/v1/overview?*", answer(200, nothing));
    await page.route("**/api/v1/status", answer(200, status));
    await page.goto(`${url}/overview`);
    await page.getByText("Change one line, add one header").waitFor();
    await page.locator(".status").getByText("Waiting for the first request").waitFor();
    await accessible("empty");
    await shot("empty-light");
    await page.getByRole("tab", { name: "curl" }).click();
    await page.getByText("X-Lectr-Key: lc_key_").waitFor();
  });

  test("broken: says what failed and that requests pass, and comes back by itself", async () => {
    await page.route("**/api/v1/requests?*", answer(503, away));
    await page.route("**/api/v1/overview?*", answer(503, away));
    await page.goto(`${url}/overview`);
    await page.getByText("The figures could not be read.").waitFor();
    await page.getByText("The request list could not be read.").waitFor();
    await accessible("broken");
    await shot("broken-light");
    await page.unroute("**/api/v1/requests?*");
    await page.unroute("**/api/v1/overview?*");
    await page.locator("table.log tbody tr[data-id]").first().waitFor();
  });

  test("degraded: a banner that stays, with what is lost", async () => {
    await page.route("**/api/v1/status", answer(200, { ...status, degraded: true, events_dropped: 97, journal_backlog: 441 }));
    await page.goto(`${url}/overview`);
    await page.locator(".banner").getByText("Observability degraded: data may be incomplete.").waitFor();
    await page.getByText("97 rows were not recorded").waitFor();
    await accessible("degraded");
    await shot("degraded-light");
  });

  test("loading: skeletons, no sum that is not there yet", async () => {
    await page.route("**/api/v1/{requests,overview}?*", () => {}); // never answered
    await page.goto(`${url}/overview`);
    await page.locator(".skel").first().waitFor();
    assert.equal(await page.locator(".strip .stat .v", { hasText: /\d/ }).count(), 0);
    await shot("loading-light");
  });

  test("sign out ends the session", async () => {
    await page.goto(`${url}/overview`);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.equal(await page.evaluate(async () => (await fetch("/api/v1/me")).status), 401);
  });
});
