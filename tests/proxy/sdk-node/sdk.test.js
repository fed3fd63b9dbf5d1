// The official Node SDKs through the gateway. LECTR_PROXY, LECTR_ADMIN and LECTR_MOCK are base URLs, LECTR_ORG_KEY and LECTR_TOKEN the credentials;
// test_sdk_node.py starts everything and runs this file.
import assert from 'node:assert/strict';
import { File } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import Anthropic from '@anthropic-ai/sdk';
import OpenAI, { toFile } from 'openai';

globalThis.File ??= File; // Debian's Node 18 has it, but not as a global
const { LECTR_PROXY, LECTR_ADMIN, LECTR_MOCK, LECTR_ORG_KEY, LECTR_TOKEN } = process.env;
const slow = Number(process.env.LECTR_TEST_SLOWNESS ?? 1);
const CHAT = 'gpt-4o-mini';
const CLAUDE = 'claude-haiku-4-5';
const messages = [{ role: 'user', content: 'What is the weather in Paris?' }];
const parameters = { type: 'object', properties: { location: { type: 'string' } } };
const openaiKey = 'sk-proj-test0000T3BlbkFJ0000000000000000000000000000';
const anthropicKey = `sk-ant-api03-${'a'.repeat(93)}AA`;

const lectr = (tag) => ({ 'X-Lectr-Key': LECTR_ORG_KEY, 'X-Lectr-Feature': tag });
const exact = (input, output) => ({ headers: { 'x-mock-input-tokens': `${input}`, 'x-mock-output-tokens': `${output}`, 'x-mock-cached-tokens': '0' } });
const mode = (name, value) => ({ headers: { [`x-mock-${name}`]: `${value}` } });

function openai(tag, baseURL = `${LECTR_PROXY}/v1`) {
  return new OpenAI({ apiKey: openaiKey, baseURL, maxRetries: 0, defaultHeaders: baseURL.startsWith(LECTR_PROXY) ? lectr(tag) : {} });
}
function anthropic(tag) {
  return new Anthropic({ apiKey: anthropicKey, baseURL: LECTR_PROXY, maxRetries: 0, defaultHeaders: lectr(tag) });
}

async function eventually(what, ask, milliseconds = 5000 * slow) {
  const end = Date.now() + milliseconds;
  for (;;) {
    const found = await ask();
    if (found) return found;
    assert.ok(Date.now() < end, `${what}: not in time`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

async function rows(tag) {
  const answer = await fetch(`${LECTR_ADMIN}/api/v1/requests?feature=${tag}&limit=200`, { headers: { Authorization: `Bearer ${LECTR_TOKEN}` } });
  assert.equal(answer.status, 200);
  return (await answer.json()).rows;
}
const row = (tag) => eventually(`row of ${tag}`, async () => (await rows(tag))[0]);

// Millionths of a millionth of a dollar: whole numbers, so that the comparison is exact.
const pico = (text) => {
  const [whole, part = ''] = text.split('.');
  return BigInt(whole + part.padEnd(15, '0').slice(0, 15));
};

async function checkRow(tag, model, input, output, { streaming = false, provider = 'openai', rates }) {
  const seen = await row(tag);
  assert.deepEqual([seen.status, seen.provider, seen.model_requested, seen.streaming], [200, provider, model, streaming]);
  assert.deepEqual([seen.token_source, seen.tokens_input, seen.tokens_output], ['provider', input, output]);
  assert.equal(pico(seen.cost), BigInt(input) * rates[0] + BigInt(output) * rates[1]);
  if (streaming) assert.equal(seen.verdict, 'complete');
}
const chatRates = [150_000_000n, 600_000_000n]; // 0.15 and 0.60 USD per million, in 1e-15 USD per token
const claudeRates = [1_000_000_000n, 5_000_000_000n];

const tagged = (name, run) => test(name, { timeout: 30_000 * slow }, () => run(`n-${randomUUID().slice(0, 16)}`));

async function textOf(stream) {
  let text = '';
  for await (const chunk of stream) text += chunk.choices[0]?.delta?.content ?? '';
  return text;
}

tagged('chat', async (tag) => {
  const answer = await openai(tag).chat.completions.create({ model: CHAT, messages }, exact(1234, 567));
  const direct = await openai(tag, `${LECTR_MOCK}/v1`).chat.completions.create({ model: CHAT, messages }, exact(1234, 567));
  assert.equal(answer.choices[0].message.content, direct.choices[0].message.content);
  assert.equal(answer.usage.completion_tokens, 567);
  await checkRow(tag, CHAT, 1234, 567, { rates: chatRates });
});

tagged('chat stream with usage', async (tag) => {
  const stream = await openai(tag).chat.completions.create({ model: CHAT, messages, stream: true, stream_options: { include_usage: true } }, exact(21, 34));
  assert.ok(await textOf(stream));
  await checkRow(tag, CHAT, 21, 34, { streaming: true, rates: chatRates });
});

tagged('chat stream without usage is measured', async (tag) => {
  assert.ok(await textOf(await openai(tag).chat.completions.create({ model: CHAT, messages, stream: true })));
  const seen = await row(tag);
  assert.deepEqual([seen.token_source, seen.verdict], ['measured', 'complete']);
  assert.ok(seen.tokens_output_low <= seen.tokens_output && seen.tokens_output <= seen.tokens_output_high);
});

tagged('tools, streamed', async (tag) => {
  const tools = [{ type: 'function', function: { name: 'get_weather', parameters } }];
  const final = await openai(tag).chat.completions.stream({ model: CHAT, messages, tools, stream_options: { include_usage: true } }, exact(50, 20)).finalChatCompletion();
  assert.equal(final.choices[0].message.tool_calls[0].function.name, 'get_weather');
  assert.match(final.choices[0].message.tool_calls[0].function.arguments, /Paris/);
  await checkRow(tag, CHAT, 50, 20, { streaming: true, rates: chatRates });
});

tagged('responses', async (tag) => {
  assert.ok((await openai(tag).responses.create({ model: CHAT, input: 'hello' }, exact(12, 8))).output_text);
  await checkRow(tag, CHAT, 12, 8, { rates: chatRates });
});

tagged('responses stream', async (tag) => {
  const types = [];
  for await (const event of await openai(tag).responses.create({ model: CHAT, input: 'hello', stream: true }, exact(12, 8))) types.push(event.type);
  assert.equal(types.at(-1), 'response.completed');
  await checkRow(tag, CHAT, 12, 8, { streaming: true, rates: chatRates });
});

tagged('embeddings', async (tag) => {
  assert.ok((await openai(tag).embeddings.create({ model: 'text-embedding-3-small', input: ['a', 'b'] }, exact(9, 0))).data[0].embedding.length > 0);
  assert.equal((await row(tag)).tokens_input, 9);
});

tagged('images', async (tag) => {
  assert.ok((await openai(tag).images.generate({ model: 'gpt-image-1', prompt: 'a cat' })).data[0].b64_json);
  assert.equal((await row(tag)).model_requested, 'gpt-image-1');
});

tagged('audio down', async (tag) => {
  const ask = { model: 'tts-1', voice: 'alloy', input: 'hello' };
  const [through, direct] = await Promise.all([tag, null].map(async (t) =>
    Buffer.from(await (await openai(t, t ? undefined : `${LECTR_MOCK}/v1`).audio.speech.create(ask)).arrayBuffer())));
  assert.ok(through.length > 10_000 && through.equals(direct));
});

tagged('audio and files up, files down', async (tag) => {
  const client = openai(tag);
  assert.ok((await client.audio.transcriptions.create({ model: 'whisper-1', file: await toFile(Buffer.alloc(500_000, 7), 'a.mp3') })).text);
  const made = await client.files.create({ file: await toFile(Buffer.alloc(3_000_000, 65), 'batch.jsonl'), purpose: 'batch' });
  assert.ok(made.bytes >= 3_000_000);
  assert.ok((await (await client.files.content(made.id)).arrayBuffer()).byteLength > 0);
  assert.equal((await client.files.delete(made.id)).deleted, true);
  await eventually('four rows', async () => (await rows(tag)).length === 4);
});

for (const [status, kind] of [[400, 'BadRequestError'], [401, 'AuthenticationError'], [429, 'RateLimitError'], [500, 'InternalServerError'], [503, 'InternalServerError']]) {
  tagged(`provider error ${status}`, async (tag) => {
    await assert.rejects(openai(tag).chat.completions.create({ model: CHAT, messages }, mode('status', status)), (error) => error.constructor.name === kind && error.status === status);
    assert.deepEqual([(await row(tag)).status, (await row(tag)).error_source], [status, 'provider']);
  });
}

tagged('retries are marked', async (tag) => {
  const client = new OpenAI({ apiKey: openaiKey, baseURL: `${LECTR_PROXY}/v1`, maxRetries: 1, defaultHeaders: lectr(tag) });
  await assert.rejects(client.chat.completions.create({ model: CHAT, messages }, mode('status', 503)), OpenAI.InternalServerError);
  await eventually('two rows', async () => (await rows(tag)).length === 2);
  assert.deepEqual((await rows(tag)).map((r) => r.client_retry).sort(), [0, 1]);
});

tagged('our own errors parse', async (tag) => {
  const base = { maxRetries: 0, defaultHeaders: { 'X-Lectr-Feature': tag } };
  await assert.rejects(new OpenAI({ apiKey: openaiKey, baseURL: `${LECTR_PROXY}/v1`, ...base }).chat.completions.create({ model: CHAT, messages }),
    (error) => error instanceof OpenAI.AuthenticationError && error.code === 'missing_lectr_key');
  await assert.rejects(new Anthropic({ apiKey: anthropicKey, baseURL: LECTR_PROXY, ...base }).messages.create({ model: CLAUDE, max_tokens: 9, messages }),
    (error) => error instanceof Anthropic.AuthenticationError && error.error.type === 'error');
});

tagged('abort mid-stream', async (tag) => {
  const departures = async () => (await (await fetch(`${LECTR_MOCK}/mock/stats`)).json()).disconnected;
  const before = (await departures()).length;
  const headers = { 'x-mock-chunks': '2000', 'x-mock-chunk-ms': '10' };
  const stream = await openai(tag).chat.completions.create({ model: CHAT, messages, stream: true }, { headers });
  let seen = 0;
  let left = 0;
  for await (const _ of stream) {
    if (++seen === 5) {
      left = Date.now();
      stream.controller.abort();
      break;
    }
  }
  await eventually('the provider is told', async () => (await departures()).length > before);
  assert.ok((await departures()).at(-1).at_ms - left < 50 * slow);
  const gone = await row(tag);
  assert.deepEqual([gone.status, gone.verdict], [499, 'client_gone']);
});

for (const coding of ['gzip', 'deflate', 'br']) {
  tagged(`compressed ${coding}`, async (tag) => {
    const { headers } = exact(77, 33);
    const answer = await openai(tag).chat.completions.create({ model: CHAT, messages }, { headers: { ...headers, 'x-mock-encoding': coding, 'accept-encoding': 'gzip, deflate, br' } });
    assert.equal(answer.usage.completion_tokens, 33);
    await checkRow(tag, CHAT, 77, 33, { rates: chatRates });
  });
}

for (const name of ['utf8', 'long-line']) {
  tagged(`stream in mode ${name}`, async (tag) => {
    const ask = { model: CHAT, messages, stream: true, stream_options: { include_usage: true } };
    const { headers } = exact(5, 6);
    const [through, direct] = await Promise.all([openai(tag), openai(tag, `${LECTR_MOCK}/v1`)].map(async (client) =>
      textOf(await client.chat.completions.create(ask, { headers: { ...headers, 'x-mock-mode': name } }))));
    assert.equal(through, direct);
    assert.ok(name === 'utf8' ? /[^\x00-\x7f]/.test(through) && !through.includes('\ufffd') : through.length > 1_000_000);
    await checkRow(tag, CHAT, 5, 6, { streaming: true, rates: chatRates });
  });
}

tagged('cut stream', async (tag) => {
  await assert.rejects(async () => textOf(await openai(tag).chat.completions.create({ model: CHAT, messages, stream: true }, mode('mode', 'cut'))));
  assert.equal((await row(tag)).verdict, 'truncated');
});

tagged('messages', async (tag) => {
  assert.ok((await anthropic(tag).messages.create({ model: CLAUDE, max_tokens: 100, messages }, exact(40, 30))).content[0].text);
  await checkRow(tag, CLAUDE, 40, 30, { provider: 'anthropic', rates: claudeRates });
});

tagged('messages stream with a tool', async (tag) => {
  const tools = [{ name: 'get_weather', input_schema: parameters }];
  const final = await anthropic(tag).messages.stream({ model: CLAUDE, max_tokens: 100, messages, tools }, exact(40, 30)).finalMessage();
  assert.deepEqual(final.content.at(-1).input, { location: 'Paris' });
  await checkRow(tag, CLAUDE, 40, 30, { streaming: true, provider: 'anthropic', rates: claudeRates });
});

tagged('overloaded', async (tag) => {
  await assert.rejects(anthropic(tag).messages.create({ model: CLAUDE, max_tokens: 100, messages }, mode('status', 529)), (error) => error.status === 529);
  assert.equal((await row(tag)).error_category, 'capacity');
});
