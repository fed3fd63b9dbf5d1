// Recommendations: none, some of each state, and one from its traffic to a rule, to what that saved, and back.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { accessible, answer, complaints, everywhere, page, shot, url, useBrowser } from "./support.js";

const one = {
  id: "0123456789abcdef", state: "open", feature: "support-chat-with-a-long-name", task: "classification", provider: "openai", model: "gpt-4o", to_provider: "openai", to_model: "gpt-4o-mini", note: "for short answers",
  requests: 17858, cost: "412.5", saving: "380.25", saving_low: "371.5", saving_high: "389", saving_share: 0.92, confidence: "high", confidence_reason: "the task is declared", guessed_task: null,
  latency_p95_ms: 2310, latency_p95_there_ms: 940, decided_at: null, decided_by: null, reason: null, rule: null, rule_in_force: null,
};
const gone = { ...one, id: "fedcba9876543210", state: "dismissed", feature: "mail-drafts", decided_at: "2026-11-20T10:00:00.000000Z", decided_by: "admin", reason: "the tone matters" };
const list = (rows) => ({ from: "2026-10-27T00:00:00.000000Z", to: "2026-11-26T00:00:00.000000Z", open_saving: "380.25", models_as_of: "2026-11-20", rows });

describe("insight", () => {
  useBrowser();

  test("recommendations: none, as the server says", async () => {
    await page.goto(`${url}/recommendations`);
    await page.getByText("Nothing to recommend.").waitFor();
    await everywhere("recommendations-none");
    assert.deepEqual(complaints, []);
  });

  test("recommendations: one open, one dismissed", async () => {
    await page.route("**/api/v1/recommendations", answer(200, list([one, gone])));
    await page.goto(`${url}/recommendations`);
    await page.getByText("support-chat-with-a-long-name").waitFor();
    await page.getByText("the tone matters").waitFor();
    await everywhere("recommendations");
    assert.deepEqual(complaints, []);
  });

  test("applied: what it saved so far, and whether more fails", async () => {
    const applied = (n, feature, verdict, more = {}) => ({ ...one, id: `${n}`.repeat(16), state: "applied", feature, decided_at: "2026-11-20T10:00:00.000000Z", decided_by: "admin", rule: feature, rule_in_force: true, effect: { since: "2026-11-20T10:00:00.000000Z", requests: 4_200, moved: 4_100, unpriced: 0, cost: "11.2", would_have_cost: "92.5", saved: "81.3", saved_low: "81.3", saved_high: "81.3", error_rate: { before: 0.006, after: 0.0062, difference_low: -0.002, difference_high: 0.003, verdict }, ...more } });
    const some = [applied(1, "tickets", "unchanged"), applied(2, "summaries", "higher", { saved: "4.1", saved_low: "3.2", saved_high: "5", error_rate: { before: 0.006, after: 0.061, difference_low: 0.04, difference_high: 0.07, verdict: "higher" } }), { ...applied(3, "drafts", "unclear", { moved: 3, saved: "0.02", saved_low: "0.02", saved_high: "0.02" }), rule_in_force: false }];
    await page.route("**/api/v1/recommendations", answer(200, list(some.map(({ effect: _effect, ...row }) => row))));
    await page.route(/recommendations\/(\d)/, (route) => route.fulfill({ json: some.find(({ id }) => route.request().url().endsWith(id)) }));
    await page.goto(`${url}/recommendations`);
    const row = (feature) => page.locator("tr", { hasText: feature });
    await row("tickets").getByText("$81.30").waitFor();
    await row("tickets").getByText("by 4,100 requests").waitFor();
    await row("tickets").getByText("error rate unchanged").waitFor();
    await row("summaries").locator(".s-crit", { hasText: "error rate higher" }).getByText(/0\.60.% before, 6\.1.% since/).waitFor();
    await row("summaries").locator(".est", { hasText: "$4.10" }).waitFor();
    await row("drafts").getByText("its rule is no longer in force").waitFor();
    await everywhere("recommendations-applied");
    assert.deepEqual(complaints, []);
  });

  test("what can't be read, and what is refused, says so", async () => {
    const away = answer(503, { error: { code: "unavailable", message: "the store is away", field: null } });
    await page.route(/\/api\/v1\/(recommendations|trends)/, away);
    await page.goto(`${url}/recommendations`);
    await page.getByText("The recommendations could not be read.").waitFor();
    await page.getByText("The housekeeping could not be read.").waitFor();
    await accessible("recommendations away");
    await page.unroute(/\/api\/v1\/(recommendations|trends)/);
    await page.route("**/api/v1/recommendations", answer(200, list([one])));
    await page.route("**/recommendations/*/dismiss", answer(400, { error: { code: "invalid_field", message: "is longer than 500 bytes", field: "reason" } }));
    await page.route("**/recommendations/*/draft", away);
    await page.goto(`${url}/recommendations`);
    await page.getByRole("button", { name: "Dismiss" }).click();
    await page.locator("dialog").getByLabel("Reason").fill("too long");
    await page.locator("dialog").getByRole("button", { name: "Dismiss" }).click();
    await page.locator("dialog .hint.err", { hasText: "Is longer than 500 bytes." }).waitFor();
    await page.locator("dialog").getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Draft rule" }).click();
    await page.locator("dialog").getByText("The draft could not be read.").waitFor();
    assert.deepEqual(complaints, []);
  });
});

// Against the daemon: a feature that spends ten dollars on the dearest model.
describe("from traffic to a rule", { skip: process.env.LECTR_MOCK && "the mock has no recommendations" }, () => {
  useBrowser();
  const feature = `sort-${Date.now() % 1_000_000}`;
  const [from, to] = ["gpt-6-astra", "gpt-6-sol"]; // ten and two dollars for a million of input
  const cell = () => page.locator("tr", { hasText: feature });
  const toast = (text) => page.locator(".toast", { hasText: text });
  const rules = async () => ((await (await page.request.get(`${url}/api/v1/control`)).json()).document.rules ?? []).filter(({ when }) => when?.feature === feature);
  async function send(count) {
    const { LECTR_PROXY: proxy, LECTR_KEY: key } = process.env;
    const ask = { method: "POST", headers: { "Content-Type": "application/json", Authorization: "Bearer sk-test", "X-Lectr-Key": key, "X-Lectr-Feature": feature, "X-Lectr-Task": "classification", "X-Mock-Input-Tokens": "100000", "X-Mock-Output-Tokens": "5" }, body: JSON.stringify({ model: from, messages: [] }) };
    for (const answered of await Promise.all(Array.from({ length: count }, () => fetch(`${proxy}/v1/chat/completions`, ask)))) assert.equal(answered.status, 200);
  }
  // The list is read anew now and then, not at once.
  async function until(done) {
    for (const deadline = Date.now() + 20_000; Date.now() < deadline; await page.waitForTimeout(300)) {
      await page.goto(`${url}/recommendations`);
      await page.getByRole("heading", { name: "Cheaper models" }).waitFor();
      if (await done().waitFor({ timeout: 1_000 }).then(() => true, () => false)) return;
    }
    assert.fail("it did not come");
  }

  test("dismissed with a reason, back by undo and by Reopen", async () => {
    await send(10);
    await until(() => cell().getByText(/\$8\.00 of \$10\.00/));
    await cell().getByText("high: the task is declared").waitFor();
    await page.locator(".sub", { hasText: "could be saved" }).waitFor();
    const dismissed = () => page.locator("section", { has: page.getByRole("heading", { name: "Dismissed" }) }).locator("tr", { hasText: feature });
    const dismiss = async (reason) => {
      await cell().getByRole("button", { name: "Dismiss" }).click();
      await page.locator("dialog").getByLabel("Reason").fill(reason);
      await accessible("dismiss dialog");
      await page.locator("dialog").getByRole("button", { name: "Dismiss" }).click();
      await dismissed().getByText(reason).waitFor();
    };
    await dismiss("we tried that");
    await toast("Dismissed").getByRole("button", { name: "Undo" }).click();
    await cell().getByRole("button", { name: "Draft rule" }).waitFor();
    await dismiss("the tone matters");
    await dismissed().getByRole("button", { name: "Reopen" }).click();
    await cell().getByRole("button", { name: "Draft rule" }).waitFor();
    assert.equal(await dismissed().count(), 0);
    assert.deepEqual(complaints, []);
  });

  test("drafted with its replay, applied, measured, taken back", async () => {
    await until(() => cell().getByRole("button", { name: "Draft rule" }));
    await cell().getByRole("button", { name: "Draft rule" }).click();
    const dialog = page.locator("dialog");
    await dialog.getByText(/would have moved 10 of \d+ requests/).waitFor();
    await dialog.locator("pre", { hasText: `"model": "${to}"` }).waitFor();
    assert.deepEqual(await rules(), [], "a draft changes nothing");
    await everywhere("recommendations-draft");
    await dialog.getByRole("button", { name: "Apply" }).click();
    await toast("added").getByText(/^version \d+/).waitFor();
    const [rule] = await rules();
    assert.deepEqual(rule.split, [{ provider: "openai", model: to }]);
    await cell().getByText(/by 0 requests/).waitFor();
    await shot("recommendations-applied-now");
    await toast("added").getByRole("button", { name: "Undo" }).hover(); // held while it is
    await page.waitForTimeout(300); // the proxy's workers take the rule within 250 ms
    await send(3);
    await toast("added").getByRole("button", { name: "Undo" }).click();
    await cell().getByText("its rule is no longer in force").waitFor();
    assert.deepEqual(await rules(), []);
    await until(() => cell().getByText("by 3 requests"));
    await cell().getByText("$2.40").waitFor();
    assert.deepEqual(complaints, []);
  });
});
