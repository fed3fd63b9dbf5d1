// Recommendations with and without any, and where alerts are set: in light and dark, wide and small.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { answer, complaints, everywhere, page, url, useBrowser } from "./support.js";

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

  test("alerts: no channel yet", async () => {
    await page.goto(`${url}/settings?tab=alerts`);
    await page.getByRole("button", { name: /channel/i }).first().waitFor();
    await everywhere("alerts-none");
    assert.deepEqual(complaints, []);
  });
});
