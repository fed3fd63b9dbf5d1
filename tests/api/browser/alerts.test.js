// Settings, Alerts: channels of every kind, a receiver of our own that answers as it is told, and deliveries in each of their states.
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { accessible, answer, complaints, emit, everywhere, page, shot, url, useBrowser } from "./support.js";

const headers = { "X-Lectr-Csrf": "1" };
const state = async () => (await page.request.get(`${url}/api/v1/control`)).json();
// The document that is there, with these of its parts in place of its own.
async function put(parts) {
  const { version, document } = await state();
  const answered = await page.request.put(`${url}/api/v1/control`, { headers, data: { base_version: version, document: { ...document, ...parts } } });
  assert.equal(answered.status(), 200, await answered.text());
}
const stored = async (name) => ((await state()).document.alerts ?? []).find((one) => one.name === name);
const row = (name) => page.locator(`tr[data-channel="${name}"]`);
const dialog = () => page.locator("dialog");
const toast = (text) => page.locator(".toast", { hasText: text });
const open = () => page.goto(`${url}/settings?tab=alerts`);

// Answers /200 with 200, /503 with 503; keeps what came.
const came = [];
const receiver = createServer((request, response) => {
  came.push({ path: request.url, signature: request.headers["lectr-signature"] });
  request.resume().on("end", () => response.writeHead(Number(request.url.slice(1, 4))).end());
});
const to = (status) => `http://127.0.0.1:${receiver.address().port}/${status}/canary-of-the-url`;

describe("alert channels", () => {
  useBrowser();
  before(async () => {
    await new Promise((ready) => receiver.listen(0, "127.0.0.1", ready));
    await put({ alerts: [], budgets: [] });
  });
  after(() => receiver.close());

  test("nobody is told yet", async () => {
    await open();
    await page.getByText("Nobody is told.").waitFor();
    await page.getByText("No alert was sent.").waitFor();
    await everywhere("alerts-none");
    assert.deepEqual(complaints, []);
  });

  test("one is refused at its field, saved, tested, signed, turned off, deleted, and back by undo", async () => {
    await open();
    await page.getByText("Nobody is told.").waitFor();
    await page.keyboard.press("n");
    await dialog().getByLabel("Name", { exact: true }).fill("on call");
    await dialog().locator("input[name=to]").fill("ops@example.com, nobody");
    await dialog().getByRole("button", { name: "Save" }).click();
    await dialog().getByText(/must be a mail address/i).waitFor();
    assert.equal(await stored("on call"), undefined);
    await everywhere("alerts-refused");
    await dialog().getByRole("combobox").first().selectOption("webhook");
    await dialog().locator("input[name=url]").fill("ftp://example.com/in");
    await dialog().getByRole("button", { name: "Save" }).click();
    await dialog().getByText(/must begin with https:/i).waitFor();
    await dialog().locator("input[name=url]").fill(to(200));
    await dialog().getByRole("button", { name: "Latency targets" }).click();
    await dialog().getByLabel("Anomalies of severity").selectOption("medium");
    await dialog().getByRole("button", { name: "Save" }).click();
    await toast("Alert channel “on call” added").waitFor();
    assert.deepEqual(await stored("on call"), { name: "on call", type: "webhook", url: to(200), kinds: ["anomaly", "budget"], min_severity: "medium" });
    await row("on call").getByText("unsigned").waitFor();
    await row("on call").getByText("anomalies, budgets; anomalies from medium").waitFor();
    assert.equal(await page.getByText("canary-of-the-url").count(), 0, "the whole URL may be what lets somebody in");

    await row("on call").getByRole("button", { name: "Secret of on call" }).click();
    await dialog().getByRole("button", { name: "Make secret" }).click();
    await dialog().locator("[data-secret]", { hasText: /^lws_/ }).waitFor();
    await accessible("alerts secret");
    await shot("alerts-secret");
    await dialog().getByRole("button", { name: "I have it" }).click();
    await row("on call").getByText("signed", { exact: true }).waitFor();
    came.length = 0;
    await row("on call").getByRole("button", { name: "Test on call" }).click();
    await toast("Test of on call is sent").getByText("It answered 200.").waitFor();
    assert.deepEqual(came.map(({ path }) => path), ["/200/canary-of-the-url"]);
    assert.match(came[0].signature, /^t=\d+,v1=[0-9a-f]{64}$/);

    await row("on call").getByRole("switch").click();
    await row("on call").locator(".switch[aria-checked='false']").waitFor();
    assert.equal((await stored("on call")).enabled, false);
    await row("on call").locator(".name").click();
    await dialog().getByRole("button", { name: "Delete" }).click();
    await page.getByText("Nobody is told.").waitFor();
    await toast("Alert channel “on call” deleted").getByRole("button", { name: "Undo" }).click();
    await row("on call").waitFor();
    assert.equal((await stored("on call")).url, to(200));
    assert.deepEqual(complaints, []);
  });

  test("each state of a channel, and tests that fail", async () => {
    await put({ alerts: [{ name: "mail", type: "email", to: ["ops@example.com", "night@example.com"] }, { name: "gone", type: "webhook", url: to(404) }, { name: "team", type: "slack", url: "env:NOT_THERE_WEBHOOK_URL" }, { name: "kept", type: "webhook", url: to(200), secret: "env:NOT_THERE_WEBHOOK_SECRET", enabled: false }] });
    await open();
    await page.getByRole("alert").getByText("No e-mail leaves: the daemon's settings name no mail server.").waitFor();
    await row("mail").getByText("ops@example.com, night@example.com").waitFor();
    await row("gone").getByText("unsigned").waitFor();
    for (const name of ["team", "kept"]) await row(name).getByText("The variable or file that it names is not there or empty on this instance.").waitFor();
    assert.equal(await row("kept").getByRole("button", { name: "Secret" }).count(), 0, "its secret is a reference");
    await everywhere("alerts-channels");
    for (const [name, why] of [["gone", "It answered 404."], ["team", "The variable or file that it names is not there or empty."], ["mail", "No mail server is set (smtp.url in the daemon's settings)."]]) {
      await row(name).getByRole("button", { name: `Test ${name}` }).click();
      await toast(`Test of ${name} failed`).getByText(why).waitFor();
    }
    await shot("alerts-test-failed");
    assert.deepEqual(complaints, []);
  });

  test("a budget that is reached: sent, waiting and failed, and a retry that arrives", { skip: process.env.LECTR_MOCK && "needs a budget that alerts" }, async () => {
    const feature = `spend-${Date.now() % 1_000_000}`; // the budget is called so too: each is told once a day
    const channels = (status) => [{ name: "fine", type: "webhook", url: to(200) }, { name: "busy", type: "webhook", url: to(503) }, { name: "gone", type: "webhook", url: to(status) }];
    await put({ alerts: channels(410), budgets: [{ name: feature, feature, period: "day", soft_cap: "0.00005", alert_percent: [50] }] });
    // What was spent before a budget is in force is not told.
    while (!(await (await page.request.get(`${url}/api/v1/limits`)).json()).budgets.some(({ name }) => name === feature)) await page.waitForTimeout(100);
    await page.waitForTimeout(500);
    const delivery = (channel) => page.locator("tr[data-delivery]", { hasText: `Budget “${feature}”` }).filter({ has: page.locator(`td[title="${channel}"]`) });
    const settled = async (done, meanwhile = async () => {}) => {
      for (const deadline = Date.now() + 20_000; Date.now() < deadline; await page.waitForTimeout(300)) {
        const { rows } = await (await page.request.get(`${url}/api/v1/alerts?limit=3`)).json();
        if (rows.length === 3 && rows.every((one) => one.event.name === feature && done(one))) return;
        await meanwhile();
      }
      assert.fail("the deliveries did not settle");
    };
    await settled(({ result }) => result !== null, () => emit(feature));
    await open();
    await delivery("fine").getByText("It answered 200.").waitFor();
    await delivery("gone").getByText("It answered 410.").waitFor();
    await delivery("busy").getByText("It answered 503. Next attempt").waitFor();
    await everywhere("alerts-deliveries");
    await page.getByRole("button", { name: "Failed" }).click();
    await delivery("fine").waitFor({ state: "detached" });
    await delivery("gone").waitFor();
    assert.equal(await delivery("fine").count(), 0);
    await page.getByRole("button", { name: "Waiting" }).click();
    await delivery("busy").waitFor();
    assert.equal(await delivery("gone").count(), 0);
    await put({ alerts: channels(200) });
    await page.getByRole("button", { name: "All" }).click();
    await delivery("gone").getByRole("button", { name: "Retry" }).click();
    await toast("It is tried again").waitFor();
    await settled(({ state, channel }) => channel !== "gone" || state === "sent");
    await open();
    await delivery("gone").getByText("It answered 200.").waitFor();
    assert.deepEqual(complaints, []);
  });

  test("more than fit are a page further; what can't be read says so", async () => {
    const now = new Date().toISOString();
    const sent = (id) => ({ id, event: { id, kind: "anomaly", name: "chat", title: `Cost spike ${id}`, at: now }, channel: "on call", state: "sent", attempts: 1, next_attempt_at: null, status: 200, result: "it answered 200", created_at: now, changed_at: now });
    await page.route(/\/api\/v1\/alerts\?/, (route) => route.fulfill({ json: new URL(route.request().url()).searchParams.get("before") ? { rows: [sent(1)], next: null } : { rows: [sent(3), sent(2)], next: 2 } }));
    await open();
    await page.getByText("Cost spike 3").waitFor();
    await page.getByRole("button", { name: "Older" }).click();
    await page.getByText("Cost spike 1").waitFor();
    await page.getByRole("button", { name: "Newest" }).click();
    await page.getByText("Cost spike 3").waitFor();
    await page.unroute(/\/api\/v1\/alerts\?/);
    await page.route(/\/api\/v1\/(alerts|control)/, answer(503, { error: { code: "unavailable", message: "the store is away", field: null } }));
    await open();
    await page.getByText("Last messages could not be read.").waitFor();
    await page.getByText("Alerts could not be read.").waitFor();
    await accessible("alerts away");
    await shot("alerts-away");
  });

  test("a viewer sees them, and who may change them", async () => {
    await put({ alerts: [{ name: "gone", type: "webhook", url: to(404) }] });
    await page.route("**/api/v1/me", async (route) => route.fulfill({ json: { ...(await (await route.fetch()).json()), role: "viewer" } }));
    await open();
    await row("gone").waitFor();
    assert.equal(await row("gone").getByRole("button", { name: "Test gone" }).isDisabled(), true);
    assert.equal(await page.getByRole("button", { name: "New channel" }).getAttribute("title"), "Editors and admins may do this");
    await row("gone").locator(".name").click();
    assert.equal(await dialog().getByRole("button", { name: "Save" }).isDisabled(), true);
    await accessible("alerts for a viewer");
    await put({ alerts: [], budgets: [] });
  });
});
