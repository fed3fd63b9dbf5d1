// The dashboard in a real browser against a running Lectr with some requests in it, or against the page's mock.
//   LECTR_URL=http://127.0.0.1:8081 LECTR_PASSWORD=… [LECTR_USER=admin] [LECTR_SHOTS=folder] [LECTR_BROWSER=/usr/bin/chromium] npm test
// Live rows come through the proxy (LECTR_PROXY, LECTR_KEY: its address, an org key), or from the mock (LECTR_MOCK=1).
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach } from "node:test";
import { chromium } from "playwright-core";

export const url = process.env.LECTR_URL;
export const user = process.env.LECTR_USER ?? "admin";
export const password = process.env.LECTR_PASSWORD;
const shots = process.env.LECTR_SHOTS;
if (!url || !password) throw new Error("set LECTR_URL and LECTR_PASSWORD");
if (shots) mkdirSync(shots, { recursive: true });

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
export const WIDE = { width: 1440, height: 900 };
export const SMALL = { width: 390, height: 844 };
export const NASTY = "<script>alert(1)</script>";
export const FORMULA = "=cmd|' /C calc'!A0";

export let page;
export let browser; // a persistent context: a fresh profile, ours alone
export const complaints = []; // what the console had against the page

export async function signIn() {
  await page.goto(url);
  await page.getByLabel("User").fill(user);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Overview" }).waitFor();
}

async function fresh() {
  await page?.close();
  complaints.length = 0;
  page = await browser.newPage();
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => complaints.push(`a dialog opened: ${dialog.message()}`) && dialog.dismiss());
  page.on("console", (message) => {
    if (/Content Security Policy|Refused to/.test(message.text())) complaints.push(message.text());
  });
}

// One browser per file; a fresh page per test. Without motion: in the middle of a fade no contrast is what it will be.
export function useBrowser({ signedIn = true } = {}) {
  const profile = mkdtempSync(join(tmpdir(), "lectr-browser-"));
  before(async () => {
    browser = await chromium.launchPersistentContext(profile, { executablePath: process.env.LECTR_BROWSER ?? "/usr/bin/chromium", headless: true, args: flags, viewport: WIDE, colorScheme: "light", reducedMotion: "reduce", ignoreHTTPSErrors: true, acceptDownloads: true });
    await fresh();
    if (signedIn) await signIn();
  });
  after(async () => {
    await browser?.close();
    rmSync(profile, { recursive: true, force: true });
  });
  beforeEach(fresh);
}

export async function shot(name, whole = false) {
  if (shots) await page.screenshot({ path: join(shots, `${name}.png`), fullPage: whole });
}

export async function accessible(what) {
  await page.evaluate(axe);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html, any }) => `${html.slice(0, 160)} (${any[0]?.message ?? ""})`).join(" | ")}`), [], what);
}

export async function fits(what) {
  const [inner, outer] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(inner <= outer, `${what}: ${inner} px wide in ${outer}`);
}

// A page in light and dark, wide and small: no finding of axe, no sideways scroll, down to 320 px.
export async function everywhere(name) {
  for (const [size, viewport] of [["1440", WIDE], ["390", SMALL]]) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme });
      await page.waitForTimeout(150);
      await fits(`${name} at ${size} px`);
      await accessible(`${name}, ${size} px, ${colorScheme}`);
      await shot(`${name}-${size}-${colorScheme}`, true);
    }
  }
  await page.setViewportSize({ width: 320, height: 700 });
  await page.waitForTimeout(150);
  await fits(`${name} at 320 px`);
  await page.setViewportSize({ width: 1024, height: 768 });
  await page.waitForTimeout(150);
  await fits(`${name} at 1024 px`);
  await page.setViewportSize(WIDE);
  await page.emulateMedia({ colorScheme: "light" });
}

export const answer = (status, body) => (route) => route.fulfill({ status, contentType: "application/json", body: JSON.stringify(body) });
export const rows = () => page.locator("table.log tbody tr[data-id]");

// Ends a request of this feature, now.
export async function emit(feature) {
  if (process.env.LECTR_MOCK) return void (await fetch(`${url}/mock`, { method: "POST", body: JSON.stringify({ emit: { feature } }) }));
  const { LECTR_PROXY: proxy, LECTR_KEY: key } = process.env;
  assert.ok(proxy && key, "set LECTR_PROXY and LECTR_KEY");
  await fetch(`${proxy}/v1/chat/completions`, { method: "POST", headers: { "Content-Type": "application/json", Authorization: "Bearer sk-test", "X-Lectr-Key": key, "X-Lectr-Feature": feature }, body: JSON.stringify({ model: "gpt-4o-mini", messages: [] }) });
}
