// The states nobody wants to see: empty, loading, broken, degraded, down. The browser puts these answers in between, so one server is enough.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { accessible, answer, complaints, everywhere, page, rows, shot, url, useBrowser } from "./support.js";

const sums = { requests: 0, errors: 0, error_rate: null, streaming: 0, retries: 0, tokens_input: 0, tokens_output: 0, tokens_cached: 0, tokens_cache_write: 0, tokens_reasoning: 0, tokens_estimated: false, cost: "0", cost_low: "0", cost_high: "0", cost_estimated: false, cost_unknown_requests: 0, latency_avg_us: null, latency_p50_us: null, latency_p95_us: null, latency_p99_us: null, ttfb_avg_us: null, ttfb_p50_us: null, ttfb_p95_us: null, bytes_in: 0, bytes_out: 0 };
const span = { from: "2026-11-18T14:30:00.000000Z", to: "2026-11-19T14:30:00.000000Z" };
const nothing = { ...span, step_s: 900, totals: sums, previous: null, providers: [] };
const away = { error: { code: "unavailable", message: "the store is away", field: null } };
const status = { version: "0.1.0", degraded: false, degraded_reason: null, events_received: 0, events_written: 0, events_journaled: 0, events_dropped: 0, journal_backlog: 0, queue_depth: 0, connections: 0, exchanges_in_flight: 0 };
const reads = (path) => /\/api\/v1\/(overview|timeseries|requests|costs|dimensions|providers|keys|members|tokens|settings|org)(\?|$)/.test(path.href);

describe("states", () => {
  useBrowser();

  test("nothing yet: how to send the first request", async () => {
    await page.route(/\/api\/v1\/requests\?/, answer(200, { rows: [], next: null }));
    await page.route(/\/api\/v1\/overview\?/, answer(200, nothing));
    await page.route("**/api/v1/status", answer(200, status));
    await page.route("**/api/v1/live", () => {});
    await page.goto(`${url}/overview`);
    await page.getByText("Change one line, add one header").waitFor();
    await page.locator(".status").getByText("Waiting for the first request").waitFor();
    await everywhere("empty");
    await page.getByRole("tab", { name: "curl" }).click();
    await page.getByText("X-Lectr-Key: lc_key_").waitFor();
    assert.deepEqual(complaints, []);
  });

  test("nothing in this range: costs and requests say so", async () => {
    await page.goto(`${url}/requests?range=2026-01-02T10:00Z/2026-01-02T11:00Z`);
    await page.getByText("No request ended in this range.").waitFor();
    await everywhere("requests-none");
    await page.goto(`${url}/costs?range=2026-01-02T10:00Z/2026-01-02T11:00Z`);
    await page.getByText("No request ended in this range.").first().waitFor();
    await everywhere("costs-none");
    await page.goto(`${url}/overview?range=2026-01-02T10:00Z/2026-01-02T11:00Z`);
    await page.getByText("No provider was asked in this range.").waitFor();
    await everywhere("overview-none");
    assert.deepEqual(complaints, []);
  });

  test("broken: says what failed and that requests pass, and comes back by itself", async () => {
    await page.route(reads, answer(503, away));
    await page.goto(`${url}/overview`);
    await page.getByText("The figures could not be read.").waitFor();
    await page.getByText("The request list could not be read.").waitFor();
    await everywhere("broken");
    await page.goto(`${url}/costs`);
    await page.getByText("The costs could not be read.").waitFor();
    await accessible("broken costs");
    await shot("broken-costs");
    await page.goto(`${url}/settings`);
    await page.getByText("Org keys could not be read.").waitFor();
    await accessible("broken settings");
    await shot("broken-settings");
    await page.goto(`${url}/requests`);
    await page.getByText("The request list could not be read.").waitFor();
    await page.unroute(reads);
    await rows().first().waitFor();
  });

  test("broken later: the last figures stay, and it is said that they stand still", async () => {
    await page.goto(`${url}/overview`);
    await page.locator("[aria-label='Figures'] .stat").first().waitFor();
    await page.route(reads, answer(503, away));
    await page.getByText("The figures stand still.").waitFor({ timeout: 40_000 });
    assert.equal(await page.locator("[aria-label='Figures'] .stat").count(), 5);
    await accessible("stale");
    await shot("stale");
  });

  test("degraded: a banner that stays, with what is lost", async () => {
    await page.route("**/api/v1/status", answer(200, { ...status, degraded: true, degraded_reason: "the store takes no rows", events_dropped: 97, journal_backlog: 441 }));
    await page.goto(`${url}/overview`);
    await page.locator(".banner").getByText("Observability degraded: data may be incomplete.").waitFor();
    await page.getByText("97 rows were not recorded").waitFor();
    await everywhere("degraded");
    await page.goto(`${url}/costs`);
    await page.locator(".banner").getByText("Observability degraded: data may be incomplete.").waitFor();
  });

  test("a provider down: the status line names it, the table says why", async () => {
    const metrics = { ...sums, requests: 120, errors: 96, error_rate: 0.8, latency_p95_us: 2_000_000, ttfb_p95_us: 900_000, ttfb_avg_us: 500_000, cost: "0.5" };
    const health = { state: "down", since: "2026-11-19T13:33:00.000000Z", reason: "24 of 24 attempts failed", last_request: span.to };
    await page.route(/\/api\/v1\/overview\?/, answer(200, { ...nothing, totals: metrics, providers: [{ provider: "openai", share: 1, metrics, spark: [1, 2, 3], health }] }));
    await page.goto(`${url}/overview`);
    await page.locator(".status").getByText("OpenAI is down").waitFor();
    await page.getByText("24 of 24 attempts failed").first().waitFor();
    await accessible("down");
    await shot("provider-down");
  });

  test("loading: skeletons, no sum that is not there yet", async () => {
    await page.route(reads, () => {}); // never answered
    await page.goto(`${url}/overview`);
    await page.locator(".skel").first().waitFor();
    assert.equal(await page.locator(".strip .stat .v", { hasText: /\d/ }).count(), 0);
    await accessible("loading");
    await shot("loading-overview");
    await page.goto(`${url}/costs`);
    await page.locator(".skel").first().waitFor();
    await shot("loading-costs");
    await page.goto(`${url}/requests`);
    await page.locator(".skel").first().waitFor();
    await shot("loading-requests");
  });

  test("no answer at all is told from a store that is away", async () => {
    await page.goto(`${url}/overview`);
    await page.locator("[aria-label='Figures'] .stat").first().waitFor();
    await page.route("**/api/v1/**", (route) => route.abort());
    await page.locator(".status").getByText("Lectr does not answer").waitFor({ timeout: 40_000 });
    await shot("no-answer");
  });

  test("a session that ended asks to sign in again", async () => {
    await page.goto(`${url}/overview`);
    await page.locator("[aria-label='Figures'] .stat").first().waitFor();
    await page.route("**/api/v1/status", answer(401, { error: { code: "unauthenticated", message: "no session", field: null } }));
    await page.getByText("You were signed out. Sign in again to go on.").waitFor({ timeout: 20_000 });
    await shot("signed-out");
  });

  test("a viewer sees what may not be pressed, and who may", async () => {
    await page.route("**/api/v1/me", async (route) => {
      const mine = await (await route.fetch()).json();
      await route.fulfill({ json: { ...mine, role: "viewer" } });
    });
    await page.goto(`${url}/settings`);
    const make = page.getByRole("button", { name: "New key" });
    await make.waitFor();
    assert.equal(await make.isDisabled(), true);
    assert.equal(await make.getAttribute("title"), "Editors and admins may do this");
    await accessible("viewer");
    await shot("viewer");
  });
});
