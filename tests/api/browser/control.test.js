// Routing, fallback, limits and budgets, changes: what they show, and what people do there. With LECTR_MOCK=1 against the page's mock, which has
// everything; against the daemon the document is written first, so that it knows what to find.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, describe, test } from "node:test";
import { accessible, answer, complaints, everywhere, page, rows, shot, url, useBrowser } from "./support.js";

const mock = Boolean(process.env.LECTR_MOCK);
const tell = (body) => fetch(`${url}/mock`, { method: "POST", body: JSON.stringify(body) });
const headers = { "X-Lectr-Csrf": "1" };
const state = async () => (await page.request.get(`${url}/api/v1/control`)).json();
const put = async (document, base_version) => page.request.put(`${url}/api/v1/control`, { headers, data: { base_version: base_version ?? (await state()).version, document } });
const names = () => page.locator(".rule[data-rule] .name").allTextContents();
const stored = async () => ((await state()).document.rules ?? []).map(({ name }) => name);
const away = { error: { code: "unavailable", message: "the store is away", field: null } };
const reads = /\/api\/v1\/(control|routing|fallback|limits|instances)/;

const OWN = {
  rules: [
    { name: "Reasoning stays", when: { task: "reasoning" }, total_timeout_ms: 60000 },
    { name: "Chat on mini", when: { feature: "chat", model: "gpt-*" }, split: [{ provider: "openai", model: "gpt-5-mini", weight: 4 }, { provider: "groq", model: "gpt-oss-120b" }], sticky: "x-user-id", fallback: [{ provider: "openai", model: "gpt-4.1-nano" }] },
    { name: "Summaries on Haiku", shadow: true, when: { feature: "summariser" }, split: [{ provider: "anthropic", model: "claude-haiku-4-5" }] },
    { name: "Onboarding on Groq", enabled: false, when: { feature: "onboarding" }, split: [{ provider: "groq", model: "llama-3.1-8b" }] },
  ],
  limits: [{ name: "All requests", kind: "requests", limit: 600 }, { name: "Tokens of each key", kind: "tokens", limit: 400000, key: "*" }],
  budgets: [{ name: "month", cap: "1500", alert_percent: [80] }, { name: "chat", feature: "chat", period: "day", cap: "11", at_cap: "downgrade", downgrade: { "gpt-5-mini": "gpt-4.1-nano" }, shadow: true }],
  latency_targets: [{ name: "chat is quick", feature: "chat", p95_ms: 2500, ttfb_p95_ms: 800, switch_rule: "Chat on mini" }, { name: "All answers", p95_ms: 60000, window_min: 60 }],
};

describe("control pages", () => {
  useBrowser();
  before(async () => {
    if (mock) return;
    const answered = await put(OWN);
    assert.equal(answered.status(), 200, await answered.text());
  });

  for (const [name, path, ready] of [["routing", "/routing", ".rule[data-rule]"], ["routing-edit", "/routing?item=Chat+on+mini", ".editor .why, .editor .note0"], ["fallback", "/fallback", ".chains li"], ["limits", "/limits", ".lim[data-budget]"], ["changes", "/changes", ".diff, .empty"]]) {
    test(`${name}: light, dark, wide, small`, async () => {
      await page.goto(`${url}${path}`);
      await page.locator(ready).first().waitFor();
      await page.waitForTimeout(900);
      await shot(`control-${name}-view`);
      await everywhere(`control-${name}`);
      assert.deepEqual(complaints, []);
    });
  }
  test("the keys go there, and the navigation says where one is", async () => {
    await page.goto(`${url}/overview`);
    await page.locator(".ctl-tile").first().waitFor();
    await shot("control-overview");
    for (const [key, heading] of [["t", "Routing"], ["f", "Fallback"], ["l", "Limits & budgets"], ["h", "Changes"]]) {
      await page.keyboard.press("g");
      await page.keyboard.press(key);
      await page.getByRole("heading", { name: heading, level: 1 }).waitFor();
      await page.locator(".nav a[aria-current='page']", { hasText: heading }).waitFor();
    }
  });
  test("overview's tiles lead to the pages", async () => {
    await page.goto(`${url}/routing`);
    await page.locator(".rule.last", { hasText: /[1-9][0-9,]* requests/ }).waitFor();
    await page.goto(`${url}/overview`);
    await page.locator(".ctl-tile", { hasText: "Routing rules" }).getByText(/^\d+ on$/).waitFor();
    await page.locator(".ctl-tile", { hasText: "Routing rules" }).click();
    await page.waitForURL(/\/routing/);
  });
});

// Whatever this server measures: what the page makes of it.
const measured = (name, more) => ({ name, feature: null, p95_target_ms: 2500, ttfb_p95_target_ms: null, window_min: 15, switch_rule: null, state: "within", since: null, requests: 240, p95_ms: 900.5, ttfb_p95_ms: null, ...more });
const TARGETS = { rows: [measured("chat is quick", { state: "breached", since: new Date(Date.now() - 660_000).toISOString(), p95_ms: 3510.5, ttfb_p95_ms: 640 }), measured("All answers", {}), measured("onboarding", { state: "no_data", requests: 3, p95_ms: null })] };

describe("the overview's control surface", () => {
  useBrowser();
  test("five parts with what is nearest, each leading to its page", async () => {
    const use = (name, spent, cap, more = {}) => ({ name, period: "month", shadow: false, enabled: true, from: "2026-11-01T00:00:00Z", to: "2026-12-01T00:00:00Z", spent, held: "0", cap, soft_cap: null, alert_percent: [], state: "ok", projected: null, projected_low: null, projected_high: null, hits_cap_at: null, blocked: 0, downgraded: 0, ...more });
    await page.route("**/api/v1/limits", answer(200, { mode: "local", budgets: [use("small", "1", "10"), use("nearest", "9.5", "10", { state: "soft" })], limits: [{ name: "each key", kind: "requests", limit: 60, shadow: false, enabled: true, scopes: [{ scope: "key 1", used: 60, rest: 0, refused_1h: 4, would_refuse_1h: 0 }] }] }));
    await page.route("**/api/v1/fallback", answer(200, { targets: [{ provider: "groq", model: "gpt-oss-120b", credential: false, state: "open", since: null, reason: "it failed too often", next_probe_at: null, requests: 5, failures: 5 }], failovers: [] }));
    await page.route("**/api/v1/latency_targets", answer(200, TARGETS));
    const part = (name) => page.locator(".ctl-tile", { hasText: name });
    await page.goto(`${url}/overview`);
    for (const [name, ...texts] of [["Routing rules", /\d+ on/], ["Budgets", "1 near", "nearest $9.50 of $10.00"], ["Rate limits", "1 refusing", "each key 100 % used"], ["Fallback", "1 breaker open", "Groq gpt-oss-120b skipped: it failed too often"], ["Latency", "1 breached", "chat is quick P95 3.51"]]) {
      for (const text of texts) await part(name).getByText(text).first().waitFor();
    }
    await everywhere("control-surface");
    for (const [name, path] of [["Routing rules", "routing"], ["Budgets", "limits"], ["Rate limits", "limits"], ["Fallback", "fallback"], ["Latency", "limits"]]) {
      await page.goto(`${url}/overview`);
      await page.locator("a.ctl-tile", { hasText: name }).click();
      await page.waitForURL(new RegExp(`/${path}`));
    }
  });
  test("what can't be read is called so, and what is set still shows", async () => {
    await page.route(/\/api\/v1\/(limits|fallback|latency_targets|routing)/, answer(503, away));
    await page.goto(`${url}/overview`);
    await page.getByText("What is used could not be read.").first().waitFor();
    await page.getByText("The breakers could not be read.").waitFor();
    await page.locator(".ctl-tile", { hasText: "Routing rules" }).getByText(/\d+ on/).waitFor();
  });
  test("while Redis is away every page says so; once it is back, none", async () => {
    const real = await (await page.request.get(`${url}/api/v1/status`)).json();
    let redis = { configured: true, state: "away", since: "2026-11-25T16:40:00.000Z" };
    await page.route("**/api/v1/status", (route) => answer(200, { ...real, redis })(route));
    for (const path of ["overview", "limits"]) {
      await page.goto(`${url}/${path}`);
      await page.getByText("Redis is away: limits hold for each instance alone.").waitFor();
    }
    await accessible("Redis away");
    await shot("control-redis-away");
    redis = { ...redis, state: "ok" };
    await page.getByText("Redis is away").waitFor({ state: "detached", timeout: 15_000 });
    redis = { configured: false, state: "away", since: null }; // nothing can be away that nobody asked for
    await page.reload();
    await page.getByRole("heading", { name: "Limits & budgets" }).waitFor();
    assert.equal(await page.getByText("Redis is away").count(), 0);
  });
});

describe("what the targets of one request took", () => {
  useBrowser();
  test("a bar each, one after the other, in the drawer", async () => {
    await page.goto(`${url}/requests`);
    await rows().first().waitFor();
    const id = await rows().first().getAttribute("data-id");
    const row = await (await page.request.get(`${url}/api/v1/requests/${id}`)).json();
    const targets = [{ provider: "azure", model: "gpt-4o", outcome: "no_credential", ms: null }, { provider: "groq", model: "gpt-oss-120b", outcome: "503", ms: 100 }, { provider: "openai", model: "gpt-4.1-nano", outcome: "200", ms: 300 }];
    await page.route(`**/api/v1/requests/${id}`, answer(200, { ...row, control_version: 1, route: { rule: "Chat on mini", shadow: null, note: null, targets, cut: false } }));
    await page.goto(`${url}/requests?row=${id}`);
    const why = page.locator(".drawer .why");
    await why.getByText("no key, unless the client sends one").waitFor();
    assert.deepEqual(await why.locator(".tried rect:not(.gr)").evaluateAll((all) => all.map((one) => [one.getAttribute("class"), one.getAttribute("x"), one.getAttribute("width")])), [["bad", "0.00%", "25.00%"], ["str", "25.00%", "75.00%"]]);
    await accessible("targets of a request");
    await shot("control-tried");
  });
});

describe("why this route", { skip: !mock && "needs a request that fell over" }, () => {
  useBrowser();
  test("the drawer of a request that fell over says what was tried, and leads to the version", async () => {
    await page.goto(`${url}/fallback`);
    await page.locator("table a", { hasText: "Request" }).first().click();
    await page.locator(".drawer h2", { hasText: "Why this route" }).waitFor();
    await page.locator(".drawer .why").getByText("429, 94").waitFor();
    await accessible("why this route");
    await shot("control-why");
    await page.locator(".drawer").getByRole("link", { name: "control state v4" }).click();
    await page.getByRole("heading", { name: "v3 → v4" }).waitFor();
  });
});

describe("routing", () => {
  useBrowser();
  test("a rule is moved by keys, kept as one version, and put back from its toast", async () => {
    await page.goto(`${url}/routing`);
    await page.locator(".rule[data-rule]").first().waitFor();
    const [before, version] = [await stored(), (await state()).version];
    await page.locator(".rule .name").first().focus();
    await page.keyboard.press("Alt+ArrowDown");
    await page.keyboard.press("Alt+ArrowDown");
    await page.locator(".rule[data-rule] .name").nth(2).filter({ hasText: before[0] }).waitFor();
    assert.deepEqual((await names()).slice(0, 3), [before[1], before[2], before[0]]);
    assert.equal(await page.evaluate(() => document.activeElement.textContent), before[0]);
    await page.locator(".toast", { hasText: `“${before[0]}” is number 3` }).waitFor();
    assert.deepEqual((await stored()).slice(0, 3), [before[1], before[2], before[0]]);
    assert.equal((await state()).version, version + 1);
    await shot("control-toast");
    await page.locator("h1").click();
    await page.keyboard.press("Control+z");
    await page.locator(".toast", { hasText: "Undone" }).waitFor();
    assert.deepEqual(await stored(), before);
    assert.equal((await state()).version, version + 2);
    assert.deepEqual(complaints, []);
  });
  test("two presses before the page could draw the first are two steps", async () => {
    await page.goto(`${url}/routing`);
    await page.locator(".rule[data-rule]").first().waitFor();
    const before = await stored();
    await page.locator(".rule .name").first().focus();
    await page.evaluate(() => [1, 2].forEach(() => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", altKey: true, bubbles: true, cancelable: true }))));
    await page.locator(".toast", { hasText: `“${before[0]}” is number 3` }).waitFor({ timeout: 5_000 });
    assert.deepEqual((await stored()).slice(0, 3), [before[1], before[2], before[0]]);
    await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
    await page.locator(".toast", { hasText: "Undone" }).waitFor();
    assert.deepEqual(await stored(), before);
  });
  test("a rule is dragged by its grip", async () => {
    await page.goto(`${url}/routing`);
    await page.locator(".rule[data-rule]").first().waitFor();
    const before = await stored();
    await page.locator(".rule .grip").nth(1).dragTo(page.locator(".rule[data-rule]").nth(0));
    await page.locator(".toast", { hasText: `“${before[1]}” is number 1` }).waitFor();
    assert.deepEqual((await stored()).slice(0, 2), [before[1], before[0]]);
    await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
    await page.locator(".toast", { hasText: "Undone" }).waitFor();
    assert.deepEqual(await stored(), before);
  });
  test("off and on by the switch; a shadow rule is enforced with one click", async () => {
    await page.goto(`${url}/routing`);
    const row = page.locator(".rule", { hasText: "Chat on mini" });
    await row.getByRole("switch").click();
    await row.locator(".switch[aria-checked='false']").waitFor();
    await row.getByRole("switch").click();
    await row.locator(".switch[aria-checked='true']").waitFor();
    const shadow = page.locator(".rule", { hasText: "Summaries on Haiku" });
    await shadow.getByRole("button", { name: "Enforce" }).click();
    await shadow.locator(".switch[aria-checked='true']").waitFor();
    await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
    await shadow.getByText("Shadow").waitFor();
  });
  test("a new rule: refused at its fields, tried before it is saved, saved, deleted", async () => {
    await page.goto(`${url}/routing`);
    await page.locator(".rule[data-rule]").first().waitFor();
    await page.keyboard.press("n");
    const editor = page.locator(".editor");
    await editor.getByLabel("Name").fill("Search on nano");
    await editor.getByLabel("Feature", { exact: true }).fill("search-rerank");
    await editor.getByLabel("Model of destination 1").fill("gpt-*");
    await editor.locator(".dest .err").first().waitFor();
    await accessible("refused field");
    await shot("control-refused");
    await editor.getByRole("button", { name: "Add rule" }).click(); // the server says the same when asked to save
    await editor.locator(".dest .err").first().waitFor();
    assert.ok(!(await stored()).includes("Search on nano"));
    await editor.getByLabel("Provider of destination 1").selectOption("openai");
    await editor.getByLabel("Model of destination 1").fill("gpt-4.1-nano");
    await editor.locator(".dest .err").waitFor({ state: "detached" });
    await editor.getByText(/^Matches/).waitFor(); // replayed
    if (mock) await editor.locator(".cmp").waitFor();
    await editor.locator(".why").getByText("takes it").waitFor();
    await shot("control-new-rule");
    await page.keyboard.press("Control+Enter");
    await page.locator(".toast", { hasText: "“Search on nano” added" }).waitFor();
    assert.ok((await stored()).includes("Search on nano"));
    await editor.getByRole("button", { name: "Delete" }).click();
    await page.locator(".rule", { hasText: "Search on nano" }).waitFor({ state: "detached" });
    assert.ok(!(await stored()).includes("Search on nano"));
  });
  test("a rule that leaves another nothing to match is refused, and the other is named", async () => {
    await page.goto(`${url}/routing?item=Chat+on+mini`);
    const editor = page.locator(".editor");
    await editor.getByLabel("Feature", { exact: true }).fill("");
    await editor.getByLabel("Model", { exact: true }).fill("");
    await editor.locator(".errs").waitFor();
    await accessible("refused elsewhere");
    await shot("control-refused-elsewhere");
  });
  test("somebody else was first: says who, keeps the draft, and saves on top of it", async () => {
    await page.goto(`${url}/routing?item=Chat+on+mini`);
    const editor = page.locator(".editor");
    await editor.getByLabel("First byte within, s").fill("4.5");
    const { document } = await state();
    if (mock) await tell({ control: { by: "anna", off: "Reasoning stays on gpt-5" } });
    else await put({ ...document, rules: document.rules.map((rule) => (rule.name === "Reasoning stays" ? { ...rule, enabled: false } : rule)) });
    await editor.getByRole("button", { name: "Save" }).click({ timeout: 2_000 }).catch(() => undefined); // unless it knows already
    await editor.locator(".banner").getByText("meanwhile").waitFor();
    if (mock) await editor.locator(".banner").getByText("anna saved version").waitFor();
    await accessible("moved on");
    await shot("control-moved");
    await editor.getByRole("button", { name: "Reload, keep my draft" }).click();
    assert.equal(await editor.getByLabel("First byte within, s").inputValue(), "4.5");
    await editor.getByRole("button", { name: "Save" }).click();
    await page.locator(".toast", { hasText: "“Chat on mini” saved" }).waitFor();
    const after = (await state()).document.rules;
    assert.equal(after.find(({ name }) => name === "Chat on mini").first_byte_timeout_ms, 4500);
    assert.equal(after[0].enabled, false, "what the other one changed is still there");
    await put(document);
  });
  test("a switch pressed too late changes nothing and says so", async () => {
    await page.goto(`${url}/routing`);
    const row = page.locator(".rule", { hasText: "Chat on mini" });
    await row.waitFor();
    await page.route("**/api/v1/control", (route) => (route.request().method() === "PUT" ? answer(409, { error: { code: "version_moved", message: "version 9 by anna is in force by now; nothing was changed", field: "base_version" } })(route) : route.continue()));
    await row.getByRole("switch").click();
    await page.locator(".toast", { hasText: "version 9 by anna is in force by now" }).waitFor();
    assert.equal(await page.locator(".toast").getByRole("button", { name: "Undo" }).count(), 0);
  });
});

describe("limits and budgets", () => {
  useBrowser();
  test("a budget: refused, saved, undone", async () => {
    await page.goto(`${url}/limits`);
    await page.locator(".lim[data-budget]").first().waitFor();
    await page.keyboard.press("n");
    const dialog = page.locator("dialog");
    await dialog.getByLabel("Name").fill("rerank");
    await dialog.getByLabel("Feature").fill("search-rerank");
    await dialog.getByLabel("Amount, $").fill("-5");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.locator(".hint.err").first().waitFor();
    await accessible("refused budget");
    await shot("control-budget-refused");
    await dialog.getByLabel("Amount, $").fill("0.25");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.locator(".toast", { hasText: "Budget “rerank” added" }).waitFor();
    await page.locator(".lim[data-budget='rerank']").waitFor();
    assert.equal((await state()).document.budgets.at(-1).cap, "0.25");
    await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
    await page.locator(".lim[data-budget='rerank']").waitFor({ state: "detached" });
  });
  test("downgrade asks for cheaper models, a line each", async () => {
    await page.goto(`${url}/limits`);
    await page.locator(".lim[data-budget] .name").first().click();
    const dialog = page.locator("dialog");
    await dialog.getByLabel("At the amount").selectOption("downgrade");
    await dialog.getByLabel("Cheaper models, one a line").fill("gpt-5");
    await dialog.getByText("each line is: model = cheaper model").waitFor();
    await accessible("budget form");
    await shot("control-budget-form");
    const version = (await state()).version;
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.waitForTimeout(200);
    assert.equal((await state()).version, version);
    await dialog.getByLabel("Cheaper models, one a line").fill("gpt-5 = gpt-5-mini");
    await dialog.getByRole("button", { name: "Save" }).click();
    await page.locator(".toast", { hasText: "saved" }).waitFor();
    assert.deepEqual((await state()).document.budgets[0].downgrade, { "gpt-5": "gpt-5-mini" });
    await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
    await page.locator(".toast", { hasText: "Undone" }).waitFor();
  });
  test("a limit for each key", async () => {
    await page.goto(`${url}/limits`);
    await page.locator(".lim[data-limit]").first().waitFor();
    await page.getByRole("button", { name: "New limit" }).click();
    const dialog = page.locator("dialog");
    await dialog.getByLabel("Name").fill("each key");
    await dialog.getByLabel("Org key").selectOption("*");
    const replayed = dialog.getByRole("group", { name: "In the last 7 days" });
    await dialog.getByLabel("At most").fill("-1");
    await replayed.getByText("Told once nothing is refused.").waitFor();
    await dialog.getByLabel("At most").fill("1");
    await replayed.getByText(/Would have stopped \d+ of \d+ requests \(/).waitFor();
    await shot("control-limit-replayed");
    await dialog.getByLabel("At most").fill("100000");
    await replayed.getByText(/Would have stopped none of \d+ requests/).waitFor();
    await dialog.getByLabel("At most").fill("90");
    await accessible("limit form");
    await shot("control-limit-form");
    await dialog.getByRole("button", { name: "Save" }).click();
    const row = page.locator(".lim[data-limit='each key']");
    await row.getByText("each org key").waitFor();
    await row.getByRole("switch").click();
    await row.locator(".switch[aria-checked='false']").waitFor();
    await row.locator(".name").click();
    await dialog.getByRole("button", { name: "Delete" }).click();
    await row.waitFor({ state: "detached" });
  });
});

describe("latency targets", () => {
  useBrowser();
  test("one is refused at its field, saved, changed and removed", async () => {
    await page.goto(`${url}/limits`);
    await page.locator(".lim[data-target]").first().waitFor();
    await page.getByRole("button", { name: "New target" }).click();
    const dialog = page.locator("dialog");
    await dialog.getByLabel("Name").fill("search is quick");
    await dialog.getByLabel("Feature").fill("search");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.locator(".hint.err", { hasText: "needs p95_ms or ttfb_p95_ms" }).waitFor();
    await accessible("refused target");
    await shot("control-target-refused");
    await dialog.getByLabel("P95 of the first byte, ms").fill("700");
    await dialog.getByLabel("While it is missed").selectOption("Chat on mini");
    await dialog.getByRole("button", { name: "Save" }).click();
    const row = page.locator(".lim[data-target='search is quick']");
    await row.getByText("first byte in 700").waitFor();
    assert.deepEqual((await state()).document.latency_targets.at(-1), { name: "search is quick", feature: "search", ttfb_p95_ms: 700, switch_rule: "Chat on mini" });
    await row.locator(".name").click();
    await dialog.getByLabel("Window, minutes").fill("30");
    await dialog.getByLabel("While it is missed").selectOption("");
    await page.keyboard.press("Control+Enter");
    await row.getByText("P95 over 30 min").waitFor();
    await row.getByText("nothing is switched").waitFor();
    assert.deepEqual((await state()).document.latency_targets.at(-1), { name: "search is quick", feature: "search", ttfb_p95_ms: 700, window_min: 30 });
    await row.locator(".name").click();
    await dialog.getByRole("button", { name: "Delete" }).click();
    await row.waitFor({ state: "detached" });
    await page.locator(".toast", { hasText: "Latency target “search is quick” deleted" }).waitFor();
    assert.deepEqual(complaints, []);
  });
  test("a rule that a target switches takes it along under a new name", async () => {
    await page.goto(`${url}/routing?item=Chat+on+mini`);
    const editor = page.locator(".editor");
    await editor.getByLabel("Name").fill("Talk on mini");
    await editor.getByRole("button", { name: "Save" }).click();
    await page.locator(".toast", { hasText: "“Talk on mini” saved" }).waitFor();
    assert.equal((await state()).document.latency_targets[0].switch_rule, "Talk on mini");
    await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
    await page.locator(".toast", { hasText: "Undone" }).waitFor();
  });
  test("within, breached since when, too few; and where nothing is measured no state and no error", async () => {
    await page.route("**/api/v1/latency_targets", answer(200, TARGETS));
    await page.goto(`${url}/limits`);
    const missed = page.locator(".lim[data-target='chat is quick']");
    await missed.getByText("Breached").waitFor();
    await missed.getByText(/^1[1-9]\u2009min$/).waitFor();
    await missed.locator(".s-crit", { hasText: "3.51" }).waitFor();
    await page.locator(".lim[data-target='All answers']").getByText("Within").waitFor();
    await everywhere("control-targets");
    await page.unroute("**/api/v1/latency_targets");
    await page.route("**/api/v1/latency_targets", answer(404, { error: { code: "not_found", message: "there is no such endpoint", field: null } }));
    await page.goto(`${url}/limits`);
    await page.getByText("kept, but not measured by this version").waitFor();
    assert.equal(await page.getByText(/^(Breached|Within|No data)$/).count(), 0);
    await page.unroute("**/api/v1/latency_targets");
    await page.route("**/api/v1/latency_targets", answer(503, away));
    await page.goto(`${url}/limits`);
    await page.getByText("What is measured could not be read").waitFor();
    await missed.getByText("whole answer in 2.5").waitFor();
  });
});

describe("by keys alone", () => {
  useBrowser();
  const focused = () => page.evaluate(() => document.activeElement.textContent);
  test("Escape closes every dialog and editor, and the focus is back where it was", async () => {
    for (const [path, opener, opened] of [
      ["limits", ".lim[data-budget] .name", "dialog"], ["limits", ".lim[data-limit] .name", "dialog"], ["limits", ".lim[data-target] .name", "dialog"], ["limits", ".head .btn.primary", "dialog"],
      ["routing", ".rule[data-rule] .name", ".editor"], ["routing", ".head .btn.primary", ".editor"], ["changes", "section[aria-label='Roll back'] .btn.primary", "dialog"],
    ]) {
      await page.goto(`${url}/${path}`);
      const from = page.locator(opener).first();
      await from.waitFor();
      const text = await from.textContent();
      await from.focus();
      await page.keyboard.press("Enter");
      await page.locator(opened).waitFor();
      await page.waitForTimeout(50);
      await page.keyboard.press("Escape");
      await page.locator(opened).waitFor({ state: "detached" });
      await page.waitForTimeout(50);
      assert.equal(await focused(), text, `${path}: ${opener}`);
    }
  });
  test("what had the focus is gone: the page has it", async () => {
    const { document } = await state();
    await put({ ...document, limits: [...(document.limits ?? []), { name: "gone soon", kind: "requests", limit: 9 }] });
    await page.goto(`${url}/limits`);
    await page.locator(".lim[data-limit='gone soon'] .name").click();
    await page.locator("dialog").getByRole("button", { name: "Delete" }).click();
    await page.locator(".lim[data-limit='gone soon']").waitFor({ state: "detached" });
    await page.waitForFunction(() => document.activeElement?.id === "main" || document.activeElement?.closest("#main"));
  });
});

describe("changes", () => {
  useBrowser();
  test("the document of a version as YAML and as JSON", async () => {
    const { version, document } = await state();
    await page.goto(`${url}/changes`);
    await page.locator(".ver.sel").waitFor();
    for (const kind of ["YAML", "JSON"]) {
      const [saved] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: `Export ${kind}` }).click()]);
      assert.equal(saved.suggestedFilename(), `lectr-control-v${version}.${kind.toLowerCase()}`);
      const text = readFileSync(await saved.path(), "utf8");
      if (kind === "JSON") assert.deepEqual(JSON.parse(text), document);
      else for (const { name } of document.rules) assert.ok(text.includes(`  - name: ${name}\n`), text);
    }
    assert.deepEqual(complaints, []);
  });
  test("asked whether to roll back, no is an answer", async () => {
    const { version } = await state();
    await page.goto(`${url}/changes`);
    await page.getByRole("button", { name: "Roll back …" }).click();
    await page.locator("dialog").getByRole("button", { name: "Cancel" }).click();
    await page.locator("dialog").waitFor({ state: "detached" });
    assert.equal((await state()).version, version);
  });
  test("what a version changed, in one and side by side; back to an older one, and forward again", async () => {
    await page.goto(`${url}/routing`);
    await page.locator(".rule", { hasText: "Chat on mini" }).getByRole("switch").click();
    await page.locator(".toast", { hasText: "is turned off" }).waitFor();
    const { version, document } = await state();
    await page.goto(`${url}/changes`);
    await page.locator(".ver.sel .v", { hasText: `v${version}` }).waitFor();
    await page.locator(".diff .a", { hasText: "enabled: false" }).waitFor();
    await page.getByRole("button", { name: "In one" }).click();
    await page.locator(".diff.one .a", { hasText: "enabled: false" }).waitFor();
    await accessible("diff in one");
    await shot("control-diff-one");
    const other = String(version - 2);
    await page.getByLabel("Compare with").selectOption(other);
    await page.waitForURL(new RegExp(`item=${version}-${other}`));
    await page.goto(`${url}/changes`);
    await page.getByRole("button", { name: "Roll back …" }).click();
    const dialog = page.locator("dialog");
    await dialog.getByText(`Against v${version}, which is in force`).waitFor();
    await accessible("roll back?");
    await shot("control-rollback");
    await dialog.getByLabel("Reason, for the history").fill("that was wrong");
    await dialog.getByRole("button", { name: "Roll back", exact: true }).click();
    await page.locator(".ver.sel .v", { hasText: `v${version + 1}` }).waitFor();
    await page.locator(".ver.sel", { hasText: "that was wrong" }).waitFor();
    assert.notDeepEqual((await state()).document, document);
    await page.locator(".toast").getByRole("button", { name: "Undo" }).click();
    await page.locator(".ver.sel .v", { hasText: `v${version + 2}` }).waitFor();
    assert.deepEqual((await state()).document, document);
    await page.goto(`${url}/changes?item=${version - 1}`);
    await page.getByRole("heading", { name: `Roll back to v${version - 1}` }).waitFor();
    await page.getByRole("button", { name: "Roll back …" }).click();
    await dialog.getByRole("button", { name: "Roll back", exact: true }).click();
    await page.locator(".ver.sel .v", { hasText: `v${version + 3}` }).waitFor();
    assert.deepEqual(complaints, []);
  });
});

describe("control, on a bad day", () => {
  useBrowser();
  const empty = { version: 0, changed_at: null, changed_by: null, via: null, note: "", document: {} };
  test("nothing set up yet: each page says what that means", async () => {
    await page.route("**/api/v1/control", answer(200, empty));
    await page.route("**/api/v1/control/versions?*", answer(200, { rows: [], next: null }));
    await page.route("**/api/v1/fallback", answer(200, { targets: [], failovers: [] }));
    for (const [path, text] of [["routing", "No rule yet"], ["fallback", "No rule has a fallback"], ["limits", "Nothing caps spend"], ["changes", "Nothing was changed yet"]]) {
      await page.goto(`${url}/${path}`);
      await page.getByText(text).first().waitFor();
      await everywhere(`control-empty-${path}`);
    }
    await page.goto(`${url}/overview`);
    await page.getByText("Not set up yet").first().waitFor();
    assert.equal(await page.getByText("Not set up yet").count(), 5);
  });
  test("the store is away: says so, and comes back by itself", async () => {
    await page.route(reads, answer(503, away));
    for (const [path, text] of [["routing", "The rules could not be read."], ["fallback", "The breakers could not be read."], ["limits", "Limits and budgets could not be read."], ["changes", "The versions could not be read."]]) {
      await page.goto(`${url}/${path}`);
      await page.getByText(text).first().waitFor();
      await accessible(`${path} away`);
      await shot(`control-away-${path}`);
    }
    await page.goto(`${url}/routing`);
    await page.getByText("The rules could not be read.").waitFor();
    await page.unroute(reads);
    await page.locator(".rule[data-rule]").first().waitFor();
  });
  test("hits can't be read: rules can be edited all the same", async () => {
    await page.route("**/api/v1/routing?*", answer(503, away));
    await page.route("**/api/v1/limits", answer(503, away));
    await page.goto(`${url}/routing`);
    await page.getByText("Hits could not be read").waitFor();
    await page.getByText("hits not known").first().waitFor();
    await accessible("no hits");
    await page.goto(`${url}/limits`);
    await page.getByText("Usage could not be read").first().waitFor();
    await accessible("no usage");
    await shot("control-no-usage");
  });
  test("Redis is away: limits say so", async () => {
    await page.route("**/api/v1/limits", answer(200, { mode: "degraded", limits: [], budgets: [] }));
    await page.goto(`${url}/limits`);
    await page.locator(".banner").getByText("Redis does not answer").waitFor();
    await accessible("degraded limits");
    await shot("control-degraded");
  });
  test("a viewer looks, tries, and is told who may", async () => {
    await page.route("**/api/v1/me", async (route) => {
      const mine = await (await route.fetch()).json();
      await route.fulfill({ json: { ...mine, role: "viewer" } });
    });
    await page.goto(`${url}/routing?item=Chat+on+mini`);
    const save = page.locator(".editor").getByRole("button", { name: "Save" });
    await save.waitFor();
    assert.equal(await save.isDisabled(), true);
    assert.equal(await save.getAttribute("title"), "Editors and admins may do this");
    assert.equal(await page.getByRole("button", { name: "New rule" }).isDisabled(), true);
    for (const one of await page.getByRole("switch").all()) assert.equal(await one.isDisabled(), true);
    await accessible("viewer routing");
    await shot("control-viewer");
    const before = await stored();
    await page.locator(".rule .name").first().focus();
    await page.keyboard.press("Alt+ArrowDown");
    await page.waitForTimeout(900);
    assert.deepEqual(await stored(), before);
    for (const path of ["limits", "changes"]) {
      await page.goto(`${url}/${path}`);
      await page.getByText("Editors and admins may do this").first().waitFor();
      await accessible(`viewer ${path}`);
      await shot(`control-viewer-${path}`);
    }
  });
  test("a state that only its document changes is shown and not edited, and edits by hand are told", async () => {
    const drift = { version: 2, applied_at: "2026-11-20T10:00:00.000000Z", applied_by: "ci", edits: 3 };
    await page.route(/\/api\/v1\/control$/, async (route) => {
      const answered = await route.fetch();
      const body = await answered.json();
      await route.fulfill({ response: answered, json: { ...body, document: { ...body.document, document_only: true }, drift } });
    });
    await page.goto(`${url}/changes`);
    await page.getByText("Edited by hand since its document was applied.").waitFor();
    await page.getByText("3 versions came after v2").waitFor();
    await page.getByText("Changed by its document alone.").waitFor();
    await everywhere("control-changes-drift");
    await page.goto(`${url}/routing`);
    await page.getByText("Changed by its document alone.").waitFor();
    assert.equal(await page.getByRole("button", { name: /New rule/ }).first().isDisabled(), true);
    await page.goto(`${url}/settings?tab=providers`);
    await page.getByText("Changed by its document alone.").waitFor();
    await page.unroute(/\/api\/v1\/control$/);
    assert.deepEqual(complaints, []);
  });
});
