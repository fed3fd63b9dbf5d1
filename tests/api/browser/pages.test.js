// Every page as it usually is: readable in light and dark, wide and small, without a finding of axe.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { accessible, browser, complaints, everywhere, fits, page, password, rows, shot, signIn, SMALL, url, useBrowser, user, WIDE } from "./support.js";

describe("signed out", () => {
  useBrowser({ signedIn: false });
  test("a wrong password says so beside the field, and nothing else is shown", async () => {
    await page.goto(`${url}/requests?feature=chat`);
    await page.getByLabel("User").fill(`${user}-nobody`);
    await page.getByLabel("Password").fill("wrong");
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByText("User and password do not match").waitFor();
    assert.equal(await page.locator(".app").count(), 0);
    await everywhere("login");
    assert.deepEqual(complaints, []);
  });
  test("signing in goes on where one wanted to", async () => {
    await page.goto(`${url}/costs?by=model`);
    await page.getByLabel("User").fill(user);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "Costs", exact: true }).waitFor();
    assert.ok(page.url().endsWith("/costs?by=model"));
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    assert.equal(await page.evaluate(async () => (await fetch("/api/v1/me")).status), 401);
    await signIn();
    assert.equal((await browser.cookies()).some(({ name, httpOnly, sameSite }) => name === "lectr_session" && httpOnly && sameSite === "Strict"), true);
  });
});

describe("pages", () => {
  useBrowser();
  test("overview: control surface, tiles, charts, providers, newest rows", async () => {
    await page.goto(`${url}/overview`);
    await rows().first().waitFor();
    await page.locator(".canvas canvas").first().waitFor();
    await page.locator("table.providers").waitFor();
    assert.equal(await page.locator("[aria-label='Figures'] .stat").count(), 5);
    assert.equal(await page.locator(".ctl-tile").count(), 5);
    assert.ok((await page.locator(".status b").textContent()).length > 0);
    await everywhere("overview");
    await page.emulateMedia({ colorScheme: "dark" });
    assert.equal(await page.evaluate(() => getComputedStyle(document.body).backgroundColor), "rgb(15, 17, 20)");
    assert.deepEqual(complaints, []);
  });
  test("overview: other groups, ranges and the tables behind the charts are in the address", async () => {
    await page.goto(`${url}/overview?by=provider&range=6h&view=table`);
    await page.locator(".behind table").first().waitFor();
    await page.getByRole("button", { name: "Group by" }).getByText("provider").waitFor();
    await everywhere("overview-tables");
    await page.getByRole("button", { name: "Group by" }).click();
    await page.getByRole("button", { name: "model", exact: true }).click();
    assert.ok(page.url().includes("by=model"));
    assert.deepEqual(complaints, []);
  });
  test("requests", async () => {
    await page.goto(`${url}/requests`);
    await rows().first().waitFor();
    await page.locator(".canvas canvas").first().waitFor();
    await everywhere("requests");
    assert.deepEqual(complaints, []);
  });
  test("one request", async () => {
    await page.goto(`${url}/requests`);
    await rows().first().waitFor();
    const id = await rows().nth(1).getAttribute("data-id");
    await page.goto(`${url}/requests?row=${id}`);
    await page.locator(".drawer .mono", { hasText: id }).first().waitFor();
    await page.locator(".drawer .wfg").waitFor();
    await everywhere("request");
    await page.goto(`${url}/requests?row=00000000-0000-7000-8000-000000000000`);
    await page.getByText("There is no such request.").waitFor();
    await accessible("no such request");
    await shot("request-missing");
  });
  test("costs", async () => {
    await page.goto(`${url}/costs`);
    await page.locator(".card tfoot").first().waitFor();
    await page.getByRole("heading", { name: "By task" }).waitFor();
    await page.locator(".canvas canvas").first().waitFor();
    await everywhere("costs");
    await page.getByRole("button", { name: "Requests" }).click();
    assert.ok(page.url().includes("order=requests"));
    assert.equal(await page.locator("th[aria-sort]").getAttribute("aria-sort"), "descending");
    assert.deepEqual(complaints, []);
  });
  for (const [tab, text] of [["keys", "Org keys"], ["integrate", "Change one line, add one header"], ["providers", "Providers"], ["prices", "Price overrides"], ["members", "Members"], ["tokens", "API tokens"], ["data", "Data and org"]]) {
    test(`settings: ${tab}`, async () => {
      await page.goto(`${url}/settings?tab=${tab}`);
      await page.locator(".card h2", { hasText: text }).waitFor();
      await page.locator(".card .skel").first().waitFor({ state: "detached" });
      await everywhere(`settings-${tab}`);
      assert.equal(await page.locator(".card [role='alert']").count(), 0);
      assert.deepEqual(complaints, []);
    });
  }
  test("the menu of small screens", async () => {
    await page.setViewportSize(SMALL);
    await page.goto(`${url}/overview`);
    await page.getByRole("button", { name: "Menu", exact: true }).click();
    await page.locator(".nav.open").waitFor();
    await accessible("menu");
    await shot("menu-390-light");
    await page.locator(".nav").getByRole("link", { name: "Costs" }).click();
    await page.getByRole("heading", { name: "Costs", exact: true }).waitFor();
    assert.equal(await page.locator(".nav.open").count(), 0);
    await fits("costs after the menu");
    await page.setViewportSize(WIDE);
  });
});
