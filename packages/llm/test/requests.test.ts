import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  type CompletionRequest,
  estimateInput,
  estimateTokens,
  maxTokensOf,
  readPrices,
  showUsd,
} from '../src/index.ts'
import { joinUrl } from '../src/node/endpoint.ts'
import { anthropicModel, modelHost, openAiModel } from '../src/node.ts'
import { chat, JSON_TYPE, saying, serve } from './wrong-server.ts'

const PLAIN: CompletionRequest = {
  system: 'Be short.',
  messages: [
    { role: 'user', content: 'one' },
    { role: 'assistant', content: 'two' },
  ],
  maxTokens: 7,
}
const SCHEMA = { name: 'form', schema: { type: 'object' } }
const TOOLS = [{ name: 'look', description: 'Look.', parameters: { type: 'object' } }]
const MESSAGES = [...PLAIN.messages]

const makers = { openAiModel, anthropicModel }

/** The body of the request that a model sends. */
async function bodyOf(
  make: keyof typeof makers,
  more: Partial<CompletionRequest>,
  options: { readonly temperature?: number } = {},
): Promise<unknown> {
  const server = await serve(saying('{}'))
  await makers[make]({ model: 'm', baseUrl: server.url, key: null, ...options }).complete({ ...PLAIN, ...more })
  return JSON.parse(server.seen[0]?.body ?? '')
}

test("a request to OpenAI's interface contains what the caller requested, and nothing else", async () => {
  const plain = {
    model: 'm',
    messages: [{ role: 'system', content: 'Be short.' }, ...MESSAGES],
    max_tokens: 7,
    stream: false,
  }
  expect(await bodyOf('openAiModel', {})).toEqual(plain)
  expect(await bodyOf('openAiModel', { schema: SCHEMA, tools: TOOLS }, { temperature: 0 })).toEqual({
    ...plain,
    temperature: 0,
    response_format: { type: 'json_schema', json_schema: { name: 'form', schema: { type: 'object' }, strict: true } },
    tools: [{ type: 'function', function: TOOLS[0] }],
  })
})

test.each(['openAiModel', 'anthropicModel'] as const)(
  'each call of %s opens its own connection, so none fails because the endpoint closes an idle one',
  async (make) => {
    const used = new Set<unknown>()
    const server = createServer((request, response) => {
      // An idle connection that the endpoint closes when the next request is on its way.
      if (used.has(request.socket)) request.socket.destroy()
      else
        response.end(make === 'openAiModel' ? chat('{}') : JSON.stringify({ content: [{ type: 'text', text: '{}' }] }))
      used.add(request.socket)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.address() as AddressInfo // An object, because the server listens on TCP.
    const model = makers[make]({ model: 'm', baseUrl: `http://127.0.0.1:${port}/v1`, key: null })
    for (let call = 1; call <= 3; call++) {
      expect(await model.complete(PLAIN)).toMatchObject({ ok: true, text: '{}' })
      expect(used.size).toBe(call)
    }
  },
)

test("a request to Anthropic's interface contains what the caller requested, and nothing else", async () => {
  const plain = { model: 'm', system: 'Be short.', messages: MESSAGES, max_tokens: 7 }
  const look = { name: 'look', description: 'Look.', input_schema: { type: 'object' } }
  const form = { name: 'form', description: 'The answer.', input_schema: { type: 'object' } }
  expect(await bodyOf('anthropicModel', {})).toEqual(plain)
  expect(await bodyOf('anthropicModel', { tools: TOOLS }, { temperature: 0.5 })).toEqual({
    ...plain,
    temperature: 0.5,
    tools: [look],
  })
  expect(await bodyOf('anthropicModel', { tools: TOOLS, schema: SCHEMA })).toEqual({
    ...plain,
    tools: [look, form],
    tool_choice: { type: 'tool', name: 'form' },
  })
})

test('a request is sent as JSON, asks for a JSON answer, and has no key header if there is no key', async () => {
  for (const make of [openAiModel, anthropicModel]) {
    const server = await serve(saying('{}'))
    await make({ model: 'm', baseUrl: server.url, key: null }).complete(PLAIN)
    const headers = server.seen[0]?.headers
    expect(headers).toMatchObject({ 'content-type': 'application/json', accept: 'application/json' })
    expect([headers?.authorization, headers?.['x-api-key']]).toEqual([undefined, undefined])
  }
})

test('a format that the endpoint refuses is simplified step by step', async () => {
  const formats: unknown[] = []
  const server = await serve((response, { body }) => {
    formats.push(JSON.parse(body).response_format?.type)
    response.writeHead(422, JSON_TYPE).end('{"error":"response_format is unknown"}')
  })
  const model = openAiModel({ model: 'm', baseUrl: server.url, key: null })
  const codes: unknown[] = []
  for (let i = 0; i < 3; i++) {
    const answer = await model.complete({ ...PLAIN, schema: SCHEMA })
    codes.push(answer.ok || answer.code)
  }
  expect(formats).toEqual(['json_schema', 'json_object', undefined])
  expect(codes).toEqual(['form_refused', 'form_refused', 'bad_request'])
})

test.each([
  [400, '{"error":"response_format is unknown"}', {}],
  [400, '{"error":"another reason"}', { schema: SCHEMA }],
  [404, '{"error":"response_format is unknown"}', { schema: SCHEMA }],
])(
  'a refusal that is not about the requested format leads to the same failure again: %s %s',
  async (status, text, more) => {
    const server = await serve(saying(text, status))
    const model = openAiModel({ model: 'm', baseUrl: server.url, key: null })
    for (let i = 0; i < 2; i++) {
      expect(await model.complete({ ...PLAIN, ...more })).toMatchObject({
        ok: false,
        code: status === 404 ? 'not_found' : 'bad_request',
      })
    }
  },
)

describe('the reason why an answer ended is one of five words', () => {
  test.each([
    ['stop', 'stop'],
    ['length', 'length'],
    ['tool_calls', 'tools'],
    ['function_call', 'tools'],
    ['content_filter', 'refused'],
    ['anything', 'other'],
    [null, 'other'],
  ])("OpenAI's %s is %s", async (reason, finish) => {
    const choices = [{ message: { content: 'x', refusal: '' }, finish_reason: reason }]
    const server = await serve(saying(chat('', { choices })))
    const model = openAiModel({ model: 'm', baseUrl: server.url, key: null })
    expect(await model.complete(PLAIN)).toMatchObject({ text: 'x', finish, calls: [] })
  })

  test.each([
    ['end_turn', 'stop'],
    ['stop_sequence', 'stop'],
    ['max_tokens', 'length'],
    ['tool_use', 'tools'],
    ['refusal', 'refused'],
    ['anything', 'other'],
    [undefined, 'other'],
  ])("Anthropic's %s is %s", async (reason, finish) => {
    expect(await message({ stop_reason: reason })).toMatchObject({ ok: true, finish })
  })
})

/** Returns the completion for an answer from Anthropic with these fields. */
async function message(fields: object, more: Partial<CompletionRequest> = {}): Promise<unknown> {
  const server = await serve(saying(JSON.stringify({ content: [], ...fields })))
  return anthropicModel({ model: 'asked', baseUrl: server.url, key: null }).complete({ ...PLAIN, ...more })
}

test("Anthropic's blocks become text, calls or the structured answer; other blocks are ignored", async () => {
  const content = [
    { type: 'text', text: 'one, ' },
    { type: 'text', text: 5 },
    { type: 'thinking', text: 'hm' },
    { type: 'tool_use', name: 'look', input: { a: 1 } },
    { type: 'tool_use', name: 'bare' },
    { type: 'tool_use', name: 7, input: {} },
    null,
    { type: 'text', text: 'two' },
  ]
  const calls = [
    { name: 'look', arguments: '{"a":1}' },
    { name: 'bare', arguments: '{}' },
  ]
  expect(await message({ content, model: 'x'.repeat(120), usage: { input_tokens: 3, output_tokens: -1 } })).toEqual({
    ok: true,
    text: 'one, two',
    calls,
    usage: { input: 3, output: null },
    model: 'x'.repeat(100),
    finish: 'other',
  })
  expect(await message({ content, model: 5, usage: 'none' }, { schema: { ...SCHEMA, name: 'look' } })).toMatchObject({
    text: '{"a":1}',
    calls: [calls[1]],
    usage: { input: null, output: null },
    model: 'asked',
  })
  const twice = [1, 2].map((a) => ({ type: 'tool_use', name: 'form', input: { a } }))
  expect(await message({ content: twice, stop_reason: 'tool_use' }, { schema: SCHEMA })).toMatchObject({
    ...{ text: '{"a":1}\n{"a":2}', finish: 'stop', calls: [] },
  })
})

test('an answer without a model name gets the requested name', async () => {
  const server = await serve(saying(chat('x', { model: null })))
  expect(await openAiModel({ model: 'm', baseUrl: server.url, key: null }).complete(PLAIN)).toMatchObject({
    model: 'm',
  })
  const long = await serve(saying(chat('x', { model: 'x'.repeat(120) })))
  const answer = await openAiModel({ model: 'm', baseUrl: long.url, key: null }).complete(PLAIN)
  expect(answer).toMatchObject({ model: 'x'.repeat(100) })
})

describe('each failure states in one line which host did what', () => {
  const slow = { ...JSON_TYPE, 'retry-after': 'Tue, 1 Jan 2030' }
  const big = 'x'.repeat(300)
  test.each<[string, Parameters<typeof saying>, object]>([
    [
      'a redirect',
      ['', 302, { location: 'http://127.0.0.1:1/' }],
      {
        code: 'redirect',
        status: 302,
        mayCost: false,
        message: ' returned a redirect (302), and redirects are not followed',
      },
    ],
    ['an answer that is not modified', ['', 304], { code: 'redirect', status: 304 }],
    [
      'no JSON',
      ['oops'],
      { code: 'not_json', status: 200, mayCost: true, message: 'the answer from HOST is not JSON' },
    ],
    [
      'another document',
      ['{}'],
      { code: 'no_answer', status: 200, mayCost: true, message: 'the answer from HOST is not a chat completion' },
    ],
    [
      'an error without text',
      ['{}', 500],
      { code: 'server', status: 500, mayCost: false, retryAfterMs: null, message: 'HOST returned status 500' },
    ],
    [
      'an error as text',
      ['{"error":"no\\n more"}', 503],
      { code: 'server', message: 'HOST returned status 503: no more' },
    ],
    [
      'an error as an object',
      ['{"error":{"message":"busy"}}', 408],
      { code: 'server', message: 'HOST returned status 408: busy' },
    ],
    ['a message', ['{"message":"busy"}', 403], { code: 'unauthorized', message: 'HOST returned status 403: busy' }],
    [
      'a long error',
      [`{"error":"${big}"}`, 418],
      { code: 'bad_request', message: `HOST returned status 418: ${'x'.repeat(200)}` },
    ],
    ['a list', ['[5]', 499], { code: 'bad_request', message: 'HOST returned status 499' }],
    ['a date until which to wait', ['{}', 429, slow], { code: 'rate_limited', retryAfterMs: null }],
    ['no time to wait', ['{}', 429, { ...JSON_TYPE, 'retry-after': '0' }], { retryAfterMs: 0 }],
    ['a negative time to wait', ['{}', 429, { ...JSON_TYPE, 'retry-after': '-1' }], { retryAfterMs: null }],
    ['ten minutes to wait', ['{}', 429, { ...JSON_TYPE, 'retry-after': '600' }], { retryAfterMs: 600_000 }],
  ])('%s', async (_title, answer, failure) => {
    const server = await serve(saying(...answer))
    const got = await openAiModel({ model: 'm', baseUrl: server.url, key: null }).complete(PLAIN)
    const text = 'message' in got ? got.message.replace(`\`${server.host}\``, 'HOST') : ''
    const { message: wanted = text, ...facts } = failure as { readonly message?: string }
    expect(got).toMatchObject({ ok: false, ...facts })
    expect(text).toBe(wanted.startsWith(' ') ? `HOST${wanted}` : wanted)
  })

  test('an answer may be 256 KiB long, and not a byte longer', async () => {
    const withBytes = (bytes: number) => {
      const frame = chat('').length
      return saying(chat('x'.repeat(bytes - frame)))
    }
    const complete = async (bytes: number, limits?: object) => {
      const server = await serve(withBytes(bytes))
      return openAiModel({ model: 'm', baseUrl: server.url, key: null, limits }).complete(PLAIN)
    }
    expect(await complete(256 * 1024)).toMatchObject({ ok: true })
    const long = await complete(256 * 1024 + 1)
    expect(long).toMatchObject({ code: 'too_long', status: 200, mayCost: true })
    expect(long.ok || long.message).toMatch(/^the answer from `[\d.:]+` is longer than 262144 bytes$/)
    expect(await complete(1000, { maxBytes: 999 })).toMatchObject({ code: 'too_long' })
  })

  test('an answer in Anthropic’s interface that is not a message', async () => {
    expect(await message({ content: 'x' })).toMatchObject({
      ...{ ok: false, code: 'no_answer', status: 200, mayCost: true, retryAfterMs: null },
      message: expect.stringMatching(/^the answer from `[\d.:]+` is not a message$/),
    })
  })

  test('a caller that aborts, and a connection that fails', async () => {
    const model = openAiModel({ model: 'm', baseUrl: 'http://127.0.0.1:1/v1', key: null })
    expect(await model.complete({ ...PLAIN, signal: AbortSignal.abort() })).toEqual({
      ...{ ok: false, code: 'aborted', status: null, retryAfterMs: null, mayCost: true },
      message: 'the request to `127.0.0.1:1` was cancelled',
    })
    const closed = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => closed.once('listening', resolve))
    const { port } = closed.address() as AddressInfo
    await new Promise((resolve) => closed.close(resolve))
    const gone = openAiModel({ model: 'm', baseUrl: `http://127.0.0.1:${port}/v1`, key: null })
    expect(await gone.complete(PLAIN)).toMatchObject({
      ...{ code: 'unreachable', status: null, mayCost: false },
      message: `\`127.0.0.1:${port}\` cannot be reached (ECONNREFUSED)`,
    })
  })

  test.each([
    [
      Object.assign(new TypeError('fetch failed'), { cause: { code: 'ENOTFOUND' } }),
      'unreachable',
      '`h:1` cannot be reached (ENOTFOUND)',
    ],
    [
      Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNRESET' } }),
      'cut_off',
      'the answer from `h:1` ended too early (ECONNRESET)',
    ],
    [
      Object.assign(new TypeError('fetch\nfailed'), { cause: { code: 5 } }),
      'cut_off',
      'the answer from `h:1` ended too early (fetch failed)',
    ],
    [new TypeError('x'.repeat(150)), 'cut_off', `the answer from \`h:1\` ended too early (${'x'.repeat(100)})`],
    ['thrown text', 'cut_off', 'the answer from `h:1` ended too early (thrown text)'],
  ])('%s', async (error, code, message) => {
    const failing = vi.spyOn(globalThis, 'fetch').mockRejectedValue(error)
    onTestFinished(() => failing.mockRestore())
    const got = await openAiModel({ model: 'm', baseUrl: 'http://h:1/v1', key: null }).complete(PLAIN)
    expect(got).toMatchObject({ code, message, status: null, mayCost: code === 'cut_off' })
  })
})

test("the listener on the caller's signal is removed when the request is over", async () => {
  const caller = new AbortController()
  const removed = vi.spyOn(caller.signal, 'removeEventListener')
  const server = await serve(saying(chat('x')))
  await openAiModel({ model: 'm', baseUrl: server.url, key: null }).complete({ ...PLAIN, signal: caller.signal })
  expect(removed).toHaveBeenCalledWith('abort', expect.any(Function))
})

test('the address of a model is checked, and a loopback address is recognized', () => {
  const shown = (text: string) =>
    `\`base_url\` must be an address such as https://api.openai.com/v1, got ${JSON.stringify(text)}`
  for (const wrong of ['', 'api.openai.com', 'ftp://host/v1']) {
    expect(modelHost(wrong)).toEqual({ ok: false, reason: shown(wrong) })
    expect(() => openAiModel({ model: 'm', baseUrl: wrong, key: null })).toThrow(new RangeError(shown(wrong)))
  }
  for (const secret of ['https://user@host/', 'https://:secret@host/']) {
    expect(modelHost(secret)).toEqual({ ok: false, reason: '`base_url` must not contain a user name or a password' })
  }
  const isLoopback = (url: string) => {
    const read = modelHost(url)
    return read.ok && read.value.isLoopback
  }
  expect(['http://localhost/', 'http://[::1]:80/', 'http://127.0.0.1:8/', 'http://127.9.8.7/'].map(isLoopback)).toEqual(
    [...[true, true, true, true]],
  )
  expect(
    ['https://a.localhost.b/', 'http://10.127.0.0/', 'http://x127.0.0.1.b/', 'http://[::2]/'].map(isLoopback),
  ).toEqual([...[false, false, false, false]])
  expect(openAiModel({ model: 'm', baseUrl: 'https://api.x.y/v1', key: null })).toMatchObject({
    name: 'm',
    host: 'api.x.y',
  })
  expect(anthropicModel({ model: 'm', baseUrl: 'https://api.x.y:8/v1', key: null })).toMatchObject({
    name: 'm',
    host: 'api.x.y:8',
  })
  expect(['http://h/v1', 'http://h/v1/', 'http://h/v1//'].map((url) => joinUrl(url, '/x'))).toEqual([
    ...['http://h/v1/x', 'http://h/v1/x', 'http://h/v1/x'],
  ])
})

test('the schema and the tools of a request count as part of its text', () => {
  const bytes = 'Be short.onetwo'.length
  expect(maxTokensOf(PLAIN)).toEqual({ input: bytes + 64, output: 7 })
  const more = JSON.stringify(SCHEMA).length + JSON.stringify(TOOLS).length
  expect(maxTokensOf({ ...PLAIN, schema: SCHEMA, tools: TOOLS }).input).toBe(bytes + more + 64)
  expect(estimateInput(PLAIN)).toBe(bytes / 3)
  expect([estimateTokens(''), estimateTokens('abc'), estimateTokens('abcd'), estimateTokens('ééé')]).toEqual([
    ...[0, 1, 2, 2],
  ])
})

test('prices are numbers from 0 to 100000, and the table may be missing', () => {
  expect([undefined, null].map((none) => readPrices(none))).toEqual([
    ...[
      { ok: true, value: {} },
      { ok: true, value: {} },
    ],
  ])
  expect(readPrices({ m: { input: 0, output: 100_000 } })).toMatchObject({ ok: true })
  expect(readPrices([], 'ai.prices')).toEqual({ ok: false, reason: '`ai.prices` must be a mapping of models, got []' })
  for (const price of [{ input: 1 }, { output: 1 }, { input: 1, output: 100_001 }, { input: '1', output: 1 }, null]) {
    expect(readPrices({ m: price }, 'ai.prices')).toEqual({
      ok: false,
      reason: `\`ai.prices.m\` must be like {input: 0.15, output: 0.6}, in dollars per million tokens, got ${JSON.stringify(price)}`,
    })
  }
})

test('amounts below a cent have no trailing zeros, whatever their sign', () => {
  expect([5_000_000, 10_000_000, 9_999_000, 100_000, -5_000_000, -2_000_000_000].map(showUsd)).toEqual([
    ...['$0.005', '$0.01', '$0.009999', '$0.0001', '$-0.005', '$-2.00'],
  ])
})
