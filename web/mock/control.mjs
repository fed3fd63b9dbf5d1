// The control state in the mock: versions that are real, refusals that are real, and figures counted from the made-up rows.
const DAY = 86_400_000;
const PROVIDERS = ["openai", "anthropic", "groq", "gemini", "azure", "mistral", "deepseek", "ollama"];
const CREDENTIALS = ["openai", "anthropic"];

export function glob(pattern, text) {
  const parts = String(pattern).split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s").test(text ?? "");
}
const lower = (text) => (text ?? "").toLowerCase();
export function matches(when = {}, request) {
  return (!when.feature || glob(when.feature, request.feature)) && (!when.task || glob(when.task, request.task)) && (!when.provider || glob(lower(when.provider), lower(request.provider))) && (!when.model || glob(lower(when.model), lower(request.model)));
}
const covers = (wide = {}, narrow = {}) => ["feature", "task", "provider", "model"].every((name) => !wide[name] || wide[name] === narrow[name] || (narrow[name] && glob(wide[name], narrow[name])));
const on = (one) => one.enabled !== false;
const real = (one) => on(one) && !one.shadow;

export function check(document) {
  const problems = [];
  const warnings = [];
  const refuse = (field, reason) => problems.push({ field, reason });
  const names = (kind) => {
    const seen = new Set();
    (document[kind] ?? []).forEach((one, n) => {
      if (!one.name) refuse(`${kind}[${n}].name`, "is empty");
      else if (seen.has(one.name)) refuse(`${kind}[${n}].name`, "another one has this name");
      seen.add(one.name);
    });
  };
  const target = (to, field) => {
    if (to.provider && !PROVIDERS.includes(to.provider)) refuse(`${field}.provider`, `there is no provider “${to.provider}”`);
    else if (to.provider && !CREDENTIALS.includes(to.provider)) warnings.push({ field: `${field}.provider`, reason: `no credential reference for ${to.provider}: needs a key sent by the client` });
    if (to.model?.includes("*")) refuse(`${field}.model`, "a destination names one model; * stands only in conditions");
    if (to.weight !== undefined && !(Number.isInteger(to.weight) && to.weight >= 1 && to.weight <= 1000)) refuse(`${field}.weight`, "is not a whole number from 1 to 1000");
  };
  const amount = (value, field) => {
    if (value !== undefined && value !== null && !/^\d{1,7}(\.\d{1,9})?$/.test(String(value))) refuse(field, "is not an amount in dollars");
  };
  ["rules", "limits", "budgets", "latency_targets"].forEach(names);
  (document.rules ?? []).forEach((rule, n) => {
    (rule.split ?? []).forEach((to, k) => target(to, `rules[${n}].split[${k}]`));
    (rule.fallback ?? []).forEach((to, k) => {
      target(to, `rules[${n}].fallback[${k}]`);
      if ((rule.split ?? []).length === 1 && rule.split[0].provider === to.provider && rule.split[0].model === to.model) refuse(`rules[${n}].fallback[${k}]`, "repeats where the request went first");
    });
    if (/authorization|key/i.test(rule.sticky ?? "")) refuse(`rules[${n}].sticky`, "this header carries a credential");
    for (const name of ["first_byte_timeout_ms", "total_timeout_ms"]) if ((rule[name] ?? 0) < 0 || (rule[name] ?? 0) > 3_600_000) refuse(`rules[${n}].${name}`, "is not between 0 and 3600000");
    const before = (document.rules ?? []).slice(0, n).find((other) => real(other) && covers(other.when, rule.when));
    if (on(rule) && before) refuse(`rules[${n}].when`, `can match nothing: “${before.name}” before it takes all of it`);
  });
  (document.limits ?? []).forEach((limit, n) => {
    if (!(Number.isInteger(limit.limit) && limit.limit > 0)) refuse(`limits[${n}].limit`, "is not a whole number above 0");
  });
  (document.budgets ?? []).forEach((budget, n) => {
    for (const name of ["cap", "soft_cap", "unknown_request_cost"]) amount(budget[name], `budgets[${n}].${name}`);
    if (!budget.cap && !budget.soft_cap) refuse(`budgets[${n}].cap`, "a budget needs a cap or an amount to alert at");
    if (budget.at_cap === "downgrade" && Object.keys(budget.downgrade ?? {}).length === 0) refuse(`budgets[${n}].downgrade`, "names no cheaper model");
    if ((budget.alert_percent ?? []).some((one) => one < 1 || one > 100)) refuse(`budgets[${n}].alert_percent`, "is not between 1 and 100");
  });
  (document.latency_targets ?? []).forEach((target, n) => {
    const path = `latency_targets[${n}]`;
    if (!target.p95_ms && !target.ttfb_p95_ms) refuse(`${path}.p95_ms`, "a target needs p95_ms or ttfb_p95_ms");
    const rule = (document.rules ?? []).find(({ name }) => name === target.switch_rule);
    if (target.switch_rule && !rule) refuse(`${path}.switch_rule`, "there is no such rule");
    else if (rule && !rule.fallback?.length) refuse(`${path}.switch_rule`, "has no fallback to switch to");
  });
  return { problems, warnings };
}

export function summary(before, after) {
  const lines = [];
  for (const kind of ["rules", "limits", "budgets", "latency_targets"]) {
    const word = kind.slice(0, -1).replace("_", " ");
    const [was, is] = [before[kind] ?? [], after[kind] ?? []];
    for (const one of is) {
      const old = was.find(({ name }) => name === one.name);
      if (!old) lines.push(`${word} “${one.name}” added`);
      else if (JSON.stringify(old) !== JSON.stringify(one)) lines.push(on(old) !== on(one) ? `${word} “${one.name}” turned ${on(one) ? "on" : "off"}` : `${word} “${one.name}” changed`);
    }
    for (const one of was) if (!is.some(({ name }) => name === one.name)) lines.push(`${word} “${one.name}” removed`);
    const kept = is.filter(({ name }) => was.some((one) => one.name === name)).map(({ name }) => name);
    if (kind === "rules" && kept.join("\n") !== was.filter(({ name }) => is.some((one) => one.name === name)).map(({ name }) => name).join("\n")) lines.push("order of rules changed");
  }
  return lines;
}

const chain = [{ provider: "openai", model: "gpt-5-mini" }, { provider: "azure" }];
const SAMPLE = {
  rules: [
    { name: "Reasoning stays on gpt-5", when: { task: "reasoning" }, total_timeout_ms: 60_000 },
    { name: "Chat on mini", when: { feature: "chat", model: "gpt-*" }, split: [{ provider: "openai", model: "gpt-5-mini", weight: 4 }, { provider: "groq", model: "gpt-oss-120b" }], sticky: "x-user-id", fallback: chain, first_byte_timeout_ms: 8_000 },
    { name: "Classifier split", when: { feature: "classifier" }, split: [{ provider: "openai", model: "gpt-4.1-nano", weight: 21 }, { provider: "groq", model: "llama-3.1-8b", weight: 4 }] },
    { name: "Summaries on Haiku", shadow: true, when: { feature: "summariser", model: "claude-sonnet-*" }, split: [{ provider: "anthropic", model: "claude-haiku-4-5" }] },
    { name: "Pin Gemini version", when: { model: "gemini-*" }, split: [{ provider: "gemini", model: "gemini-3.1-flash-lite" }], fallback: [{ provider: "openai", model: "gpt-4.1-nano" }] },
    { name: "Onboarding on Groq", enabled: false, when: { feature: "onboarding" }, split: [{ provider: "groq", model: "llama-3.1-8b" }] },
  ],
  limits: [
    { name: "All requests", kind: "requests", limit: 600 }, { name: "Tokens of each key", kind: "tokens", limit: 400_000, key: "*" }, { name: "Chat streams", kind: "streams", limit: 40, feature: "chat" },
    { name: "gpt-5 slowly", kind: "requests", limit: 2, model: "gpt-5", shadow: true },
  ],
  budgets: [
    { name: "All of halden", period: "month", cap: "1500", alert_percent: [80], at_cap: "block" }, { name: "chat", feature: "chat", period: "day", cap: "11", alert_percent: [82], at_cap: "downgrade", downgrade: { "gpt-5-mini": "gpt-4.1-nano" } },
    { name: "summariser", feature: "summariser", period: "day", cap: "45", alert_percent: [84], at_cap: "downgrade", downgrade: { "claude-sonnet-5-5": "claude-haiku-4-5" } }, { name: "onboarding", feature: "onboarding", period: "week", cap: "6.5", shadow: true },
    { name: "search-rerank", feature: "search-rerank", period: "day", cap: "0.5" },
  ],
  latency_targets: [
    { name: "chat is quick", feature: "chat", p95_ms: 2_500, ttfb_p95_ms: 800, switch_rule: "Chat on mini" }, { name: "All answers", p95_ms: 60_000, window_min: 60 }, { name: "onboarding", feature: "onboarding", ttfb_p95_ms: 1_000 },
  ],
};

export function controlState({ rows, iso, fail, now = Date.now, who }) {
  const started = now();
  const versions = [];
  const push = (document, changed_by, via, note = "", at = now()) => {
    const before = versions.at(-1)?.document ?? {};
    versions.push({ version: versions.length + 1, changed_at: iso(at), changed_by, via, note, document, summary: summary(before, document) });
    return versions.at(-1);
  };
  const { rules, limits, budgets } = SAMPLE;
  push({ rules: rules.slice(0, 2), limits: limits.slice(0, 1) }, "mara@halden.example", "dashboard", "", started - 9 * DAY);
  push({ rules: rules.slice(0, 3), limits, budgets: budgets.slice(0, 2).map((one) => ({ ...one, cap: "10" })) }, "deploy-bot", "api", "budgets for Q4", started - 6 * DAY);
  push({ rules: [...rules.slice(0, 3), rules[4], { ...rules[5], enabled: true }], limits, budgets }, "mara@halden.example", "dashboard", "", started - 2 * DAY);
  push(SAMPLE, "mara@halden.example", "dashboard", "", started - 3_600_000);
  const head = ({ summary: _summary, ...rest }) => rest;
  const latest = () => versions.at(-1) ?? { version: 0, changed_at: null, changed_by: null, via: null, note: "", document: {} };
  const recent = (ms = DAY) => rows.filter(({ completed_at }) => Date.parse(completed_at) >= now() - ms);
  const asked = (row) => ({ feature: row.feature, task: row.task, provider: row.provider, model: row.model_requested });
  const decide = (document, request) => {
    const shadow = [];
    for (const rule of document.rules ?? []) {
      if (!on(rule) || !matches(rule.when, request)) continue;
      if (!rule.shadow) return { rule, shadow };
      shadow.push(rule.name);
    }
    return { rule: null, shadow };
  };

  function routing() {
    const list = recent();
    const hits = new Map();
    const of = (name) => hits.get(name) ?? hits.set(name, { name, requests: 0, share: 0, shadow_requests: 0 }).get(name);
    for (const rule of latest().document.rules ?? []) of(rule.name);
    for (const row of list) {
      const { rule, shadow } = decide(latest().document, asked(row));
      ++of(rule?.name ?? "").requests;
      shadow.forEach((name) => ++of(name).shadow_requests);
    }
    for (const one of hits.values()) one.share = list.length ? one.requests / list.length : 0;
    return { from: iso(now() - DAY), to: iso(now()), requests: list.length, routed: list.length - (hits.get("")?.requests ?? 0), rules: [...hits.values()].filter(({ name }) => name !== "") };
  }
  function fallback() {
    const list = recent(3_600_000 * 6);
    const target = (provider, model, more = {}) => ({ provider, model, state: "closed", since: null, reason: "", next_probe_at: null, requests: list.filter((row) => row.provider === provider).length, failures: list.filter((row) => row.provider === provider && row.error_source === "provider").length, ...more });
    const moved = recent().filter((row) => row.attempts > 1).slice(-12).reverse();
    return {
      targets: [
        target("openai", "gpt-5-mini"), target("openai", "gpt-4.1-nano"), target("groq", "gpt-oss-120b", { state: "open", since: iso(now() - 252_000), reason: "24 of 24 attempts failed: 503", next_probe_at: iso(now() + 8_000), failures: 24, requests: 24 }),
        target("groq", "llama-3.1-8b", { state: "half_open", since: iso(now() - 31_000), reason: "2 of 3 probes went well" }), target("azure", ""), target("gemini", "gemini-3.1-flash-lite"),
      ],
      failovers: moved.map((row, n) => ({ at: row.completed_at, id: row.id, rule: "Chat on mini", from: "groq/gpt-oss-120b", to: `${row.provider}/${row.model_requested}`, reason: ["503", "429", "no first byte in 8 s"][n % 3] })),
    };
  }
  function use() {
    const { limits: all = [], budgets: caps = [] } = latest().document;
    const figures = { requests: [22, 31], tokens: [284_000, 397_000], streams: [6, 23] };
    const scopes = (limit) => (limit.key === "*" ? ["key prod-web", "key batch-worker", "key staging"] : limit.feature === "*" ? ["feature chat", "feature summariser"] : [limit.feature ? `feature ${limit.feature}` : limit.model ? `model ${limit.model}` : ""]);
    const clock = new Date(now());
    const day = Date.UTC(clock.getUTCFullYear(), clock.getUTCMonth(), clock.getUTCDate());
    const spans = { day: [day, day + DAY], week: [day - ((clock.getUTCDay() + 6) % 7) * DAY, day + (7 - ((clock.getUTCDay() + 6) % 7)) * DAY], month: [Date.UTC(clock.getUTCFullYear(), clock.getUTCMonth(), 1), Date.UTC(clock.getUTCFullYear(), clock.getUTCMonth() + 1, 1)] };
    const parts = { "All of halden": 0.56, chat: 0.59, summariser: 0.86, onboarding: 1.11, "search-rerank": 1.0 };
    return {
      mode: "shared",
      limits: all.map((limit) => ({ name: limit.name, kind: limit.kind ?? "requests", limit: limit.limit, shadow: Boolean(limit.shadow), enabled: on(limit), scopes: scopes(limit).map((scope, n) => {
        const used = Math.min(limit.limit, Math.round((figures[limit.kind ?? "requests"][0] * [1, 0.4, 0.1][n % 3]) || 0));
        return { scope, used, rest: limit.limit - used, refused_1h: limit.shadow ? 0 : n === 0 && limit.kind === "tokens" ? 61 : 0, would_refuse_1h: limit.shadow ? 38 : 0 };
      }) })),
      budgets: caps.map((budget) => {
        const [from, to] = spans[budget.period ?? "month"];
        const cap = Number(budget.cap ?? budget.soft_cap);
        const part = parts[budget.name] ?? 0.3;
        const spent = cap * part;
        const soft = part >= (budget.alert_percent?.[0] ?? 101) / 100;
        const ahead = part < 0.99 && budget.name !== "search-rerank";
        const end = { "All of halden": 0.91, chat: 1.05, summariser: 0.95 }[budget.name] ?? part * 1.3;
        return { name: budget.name, period: budget.period ?? "month", shadow: Boolean(budget.shadow), enabled: on(budget), from: iso(from), to: iso(to), spent: spent.toFixed(4), held: (ahead ? cap * 0.008 : 0).toFixed(4), cap: budget.cap ?? null, soft_cap: budget.soft_cap ?? null, alert_percent: budget.alert_percent ?? [],
          state: part >= 1 ? "at_cap" : soft ? "soft" : "ok", projected: ahead ? (cap * end).toFixed(2) : null, projected_low: ahead ? (cap * end * 0.95).toFixed(2) : null, projected_high: ahead ? (cap * end * 1.06).toFixed(2) : null, hits_cap_at: ahead && end > 1 ? iso(now() + (to - now()) * 0.7) : null, blocked: part >= 1 ? 348 : 0, downgraded: budget.at_cap === "downgrade" && part > 1 ? 12 : 0,
          unknown_requests: budget.feature ? 0 : 41, unknown_request_cost: budget.unknown_request_cost ?? "0" };
      }),
    };
  }
  function targets() {
    const states = ["breached", "within", "no_data"];
    return { rows: (latest().document.latency_targets ?? []).map((one, n) => {
      const state = states[n % 3];
      const at = { breached: 1.42, within: 0.6, no_data: null }[state];
      return { name: one.name, feature: one.feature ?? null, p95_target_ms: one.p95_ms ?? null, ttfb_p95_target_ms: one.ttfb_p95_ms ?? null, window_min: one.window_min ?? 15, switch_rule: one.switch_rule ?? null, state, since: at ? iso(now() - 11 * 60_000) : null, requests: at ? 1_284 : 6, p95_ms: at && one.p95_ms ? one.p95_ms * at : null, ttfb_p95_ms: at && one.ttfb_p95_ms ? one.ttfb_p95_ms * 0.8 : null };
    }) };
  }
  function dryRun({ document = latest().document, request }) {
    const { rule, shadow } = decide(document, request);
    const model = request.model;
    const split = rule?.split?.length ? rule.split : [{}];
    const sum = split.reduce((all, one) => all + (one.weight ?? 1), 0);
    const target = (to, share, fallback) => {
      const provider = to.provider || request.provider || "openai";
      const usable = !(provider === "anthropic" && request.endpoint !== "/v1/chat/completions" && to.provider);
      return { provider, model: to.model || model, share, fallback, usable, reason: usable ? (CREDENTIALS.includes(provider) || !to.provider ? "" : "no_credential") : "no_such_path" };
    };
    const targets = [...split.map((to) => target(to, (to.weight ?? 1) / sum, false)), ...(rule?.fallback ?? []).map((to) => target(to, 1, true))];
    return { rule: rule?.name ?? null, works: targets.some(({ usable }) => usable), shadow, provider: request.provider || "openai", targets };
  }
  function replay({ document }) {
    const list = recent();
    const per = new Map((document.rules ?? []).filter(on).map((rule) => [rule.name, { name: rule.name, shadow: Boolean(rule.shadow), requests: 0, rerouted: 0 }]));
    const sums = { before: 0, after: 0, unknown: 0, matched: 0, rerouted: 0 };
    const [was, is] = [[], []];
    for (const row of list) {
      const { rule, shadow } = decide(document, asked(row));
      const to = rule?.split?.[0]?.model;
      const moves = Boolean(to) && to !== row.model_requested;
      for (const name of [...(rule ? [rule.name] : []), ...shadow]) ++per.get(name).requests;
      if (rule) ++sums.matched;
      if (moves) {
        ++sums.rerouted;
        ++per.get(rule.name).rerouted;
      }
      const factor = !moves ? 1 : /nano|8b|lite|mini|haiku/.test(to) ? 0.34 : 1.4;
      if (row.cost === null) sums.unknown += moves ? 1 : 0;
      else [sums.before, sums.after] = [sums.before + Number(row.cost), sums.after + Number(row.cost) * factor];
      was.push(row.latency_us);
      is.push(row.latency_us * (factor < 1 ? 0.6 : 1));
    }
    const p95 = (of) => (of.length < 20 ? null : of.sort((a, b) => a - b)[Math.floor(of.length * 0.95)] / 1_000);
    return { from: iso(now() - DAY), to: iso(now()), requests: list.length, complete: true, matched: sums.matched, rerouted: sums.rerouted, rules: [...per.values()], cost_before: sums.before.toFixed(6), cost_after: sums.after.toFixed(6), cost_low: (sums.after * 0.96).toFixed(6), cost_high: (sums.after * 1.05).toFixed(6), cost_unknown: sums.unknown, latency_p95_before_ms: p95(was), latency_p95_after_ms: p95(is), latency_unknown: 0, notes: ["token counts are taken as they were: another model may write more or less"], states: { requests: list.length, before: state(latest().document, list), after: state(document, list) } };
  }
  // Of limits only those of requests, and of the whole org: enough to look at.
  function state(document, list) {
    const shadow = (one) => on(one) && one.shadow;
    const minutes = new Map();
    for (const row of list) minutes.set(row.completed_at.slice(0, 16), (minutes.get(row.completed_at.slice(0, 16)) ?? 0) + 1);
    const stops = ({ name, kind, limit, ...one }) => ({ name, requests: (kind ?? "requests") !== "requests" || !on(one) ? 0 : [...minutes.values()].reduce((sum, n) => sum + Math.max(0, n - limit), 0) });
    const none = ({ name }) => ({ name, requests: 0 });
    const [limits, inShadow] = [(document.limits ?? []).filter((one) => !shadow(one)).map(stops), (document.limits ?? []).filter(shadow).map(stops)];
    const budgets = document.budgets ?? [];
    const limited = limits.reduce((sum, { requests }) => sum + requests, 0);
    return { passed: list.length - limited, downgraded: 0, limited, blocked: 0, cost: list.reduce((sum, { cost }) => sum + Number(cost ?? 0), 0).toFixed(6), limits, budgets: budgets.filter((one) => !shadow(one)).map(none), shadow: { stopped: Math.max(0, ...inShadow.map(({ requests }) => requests)), downgraded: 0, limits: inShadow, budgets: budgets.filter(shadow).map(none) } };
  }
  const refused = ({ problems }) => ({ code: 400, body: { error: { code: "invalid_document", message: problems[0].reason, field: problems[0].field }, problems } });

  function drift() {
    const applied = versions.filter(({ via }) => via === "file").at(-1);
    if (!applied || JSON.stringify(applied.document) === JSON.stringify(latest().document)) return null;
    return { version: applied.version, applied_at: applied.changed_at, applied_by: applied.changed_by, edits: latest().version - applied.version };
  }
  function read(path, q) {
    const one = path.match(/^\/control\/versions\/(\d+)$/);
    if (one) return versions[Number(one[1]) - 1] ? head(versions[Number(one[1]) - 1]) : fail(404, "not_found", "there is no such version");
    switch (path) {
      case "/control": return { ...head(latest()), drift: drift() };
      case "/control/versions": {
        const before = Number(q.get("before") ?? versions.length + 1);
        const limit = Number(q.get("limit") ?? 50);
        const found = versions.filter(({ version }) => version < before).reverse();
        return { rows: found.slice(0, limit).map(({ document: _document, ...rest }) => rest), next: found.length > limit ? found[limit - 1].version : null };
      }
      case "/routing": return routing();
      case "/fallback": return fallback();
      case "/limits": return use();
      case "/latency_targets": return targets();
      case "/instances": return { version: latest().version, rows: ["gw-1", "gw-2"].map((id, n) => ({ id, version: latest().version, started_at: iso(started), seen_at: iso(now()), lags: false, this: n === 0 })) };
      default: return null;
    }
  }
  function write(method, path, body) {
    if (method === "PUT" && path === "/control") {
      if (who().role === "viewer") return fail(403, "forbidden", "editors and admins may do this");
      if (latest().document.document_only) return fail(409, "document_only", "this org's control state is changed by its document alone (lectr apply); the dashboard only shows it");
      if (body.base_version !== latest().version) return fail(409, "version_moved", `version ${latest().version} by ${latest().changed_by} is in force by now; nothing was changed`, "base_version");
      const found = check(body.document);
      if (found.problems.length > 0) return refused(found);
      return { code: 200, body: head(push(body.document, who().user, "dashboard", body.note ?? "")) };
    }
    if (method !== "POST") return null;
    if (path === "/control/check") return { code: 200, body: check(body.document) };
    if (path === "/control/dry_run") return { code: 200, body: dryRun(body) };
    if (path === "/control/replay") {
      const found = check(body.document);
      return found.problems.length > 0 ? refused(found) : { code: 200, body: replay(body) };
    }
    return null;
  }
  // Somebody else changes it: {"by": "anna", "off": "rule name"}; or all of it goes: {"empty": true}; or a file is applied: {"apply": {"document_only": true}}.
  const elsewhere = ({ by, off, empty, apply }) => apply ? head(push({ ...latest().document, document_only: undefined, ...apply }, by ?? "ci", "file")) : head(push(empty ? {} : { ...latest().document, rules: (latest().document.rules ?? []).map((rule) => (rule.name === off ? { ...rule, enabled: false } : rule)) }, by ?? "anna", "api"));
  return { read, write, elsewhere };
}
