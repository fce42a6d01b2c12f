import { once } from 'node:events'
import { createServer } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import type { Completion, CompletionRequest, ModelFailure } from '../src/index.ts'
import { anthropicModel, modelHost, openAiModel } from '../src/node.ts'
import { chat, JSON_TYPE, pour, saying, serve, type TestServer } from './wrong-server.ts'

const REQUEST: CompletionRequest = {
  system: 'Answer in JSON.',
  messages: [{ role: 'user', content: 'the private prompt' }],
  schema: { name: 'answer', schema: { type: 'object', properties: { a: { type: 'number' } } } },
  maxTokens: 100,
}
// For the tests in which the endpoint never finishes; all other tests use the default limits.
const SHORT = { firstByteMs: 300, wholeMs: 900 }

function ask(
  { url }: TestServer,
  more: Partial<CompletionRequest> = {},
  limits?: typeof SHORT,
): Promise<Completion | ModelFailure> {
  const model = openAiModel({ model: 'stand-in', baseUrl: url, key: () => 'sk-test-key', limits })
  return model.complete({ ...REQUEST, ...more })
}

test('a completion request has the key in a single header, and its result contains the tokens that were used', async () => {
  const server = await serve(saying(chat('{"a":1}')))
  expect(await ask(server)).toEqual({
    ok: true,
    text: '{"a":1}',
    calls: [],
    usage: { input: 120, output: 30 },
    model: 'stand-in-1',
    finish: 'stop',
  })
  const [request] = server.seen
  expect(request?.url).toBe('/v1/chat/completions')
  expect(request?.headers.authorization).toBe('Bearer sk-test-key')
  expect(JSON.parse(request?.body ?? '')).toMatchObject({
    model: 'stand-in',
    max_tokens: 100,
    messages: [
      { role: 'system', content: 'Answer in JSON.' },
      { role: 'user', content: 'the private prompt' },
    ],
    response_format: { type: 'json_schema', json_schema: { name: 'answer', strict: true } },
  })
})

test('a local endpoint is called without a key', async () => {
  const server = await serve(saying(chat('hello')))
  const model = openAiModel({ model: 'm', baseUrl: `${server.url}/`, key: null })
  expect(await model.complete(REQUEST)).toMatchObject({ ok: true, text: 'hello' })
  expect(server.seen.map(({ url, headers }) => [url, headers.authorization])).toEqual([
    ['/v1/chat/completions', undefined],
  ])
})

const WRONG: readonly [what: string, answer: Parameters<typeof serve>[0], failure: Partial<ModelFailure>][] = [
  ['is silent', () => undefined, { code: 'timeout', mayCost: true }],
  [
    'sends headers and nothing else',
    (response) => response.writeHead(200, JSON_TYPE).flushHeaders(),
    { code: 'timeout', mayCost: true },
  ],
  [
    'drips forever',
    (response) => {
      response.writeHead(200, JSON_TYPE)
      const drip = setInterval(() => (response.destroyed ? clearInterval(drip) : response.write(' ')), 20)
    },
    { code: 'timeout', mayCost: true },
  ],
  [
    'cuts its answer off',
    (response) => {
      response.writeHead(200, { ...JSON_TYPE, 'content-length': '1000' })
      response.write('{"choices":', () => response.destroy())
    },
    { code: 'cut_off', mayCost: true },
  ],
  ['closes the connection', (response) => response.destroy(), { code: 'cut_off', mayCost: true }],
  [
    'sends an endless answer',
    (response) => pour(response.writeHead(200, JSON_TYPE), '"x" '.repeat(4096)),
    { code: 'too_long', mayCost: true },
  ],
  [
    'answers with 64 MB',
    (response) => pour(response.writeHead(200, JSON_TYPE), ' '.repeat(1 << 20), 64),
    { code: 'too_long', mayCost: true },
  ],
  [
    'answers with a gzip bomb',
    (response) =>
      response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(8 << 20, ' '))),
    { code: 'too_long', mayCost: true },
  ],
  [
    'answers with HTML and status 200',
    saying('<html>Sign in</html>', 200, { 'content-type': 'text/html' }),
    { code: 'not_json', mayCost: true },
  ],
  ['answers with an empty body', saying(''), { code: 'not_json' }],
  ['answers with other JSON', saying('{"status":"ok"}'), { code: 'no_answer', mayCost: true }],
  ['answers with a list', saying('[1,2]'), { code: 'no_answer' }],
  ['answers without choices', saying('{"choices":[]}'), { code: 'no_answer' }],
  ['answers with JSON 9,000 levels deep', saying(`${'['.repeat(9000)}${']'.repeat(9000)}`), { code: 'not_json' }],
  [
    'answers 429 and asks to wait',
    saying('{"error":{"message":"slow\\ndown"}}', 429, { ...JSON_TYPE, 'retry-after': '7' }),
    { code: 'rate_limited', retryAfterMs: 7000, mayCost: false, status: 429 },
  ],
  [
    'answers 429 and asks to wait for a year',
    saying('{}', 429, { ...JSON_TYPE, 'retry-after': '31536000' }),
    { code: 'rate_limited', retryAfterMs: 600_000 },
  ],
  ['answers 500', saying('<html>', 500), { code: 'server', status: 500, mayCost: false }],
  ['answers 401', saying('{"error":"bad key"}', 401), { code: 'unauthorized', status: 401 }],
  ['answers 402', saying('{}', 402), { code: 'no_credit' }],
  ['answers 404', saying('{}', 404), { code: 'not_found' }],
  ['answers 400', saying('{"error":{"message":"no such model"}}', 400), { code: 'bad_request' }],
]

for (const [what, answer, failure] of WRONG) {
  test(`an endpoint that ${what} leads to one failure, in time, after one request`, async () => {
    const server = await serve(answer)
    const isEndless = failure.code === 'timeout'
    const got = await ask(server, {}, isEndless ? SHORT : undefined)
    expect(got).toMatchObject({ ok: false, ...failure })
    // On a busy machine the time limit may be reached before the request arrives.
    if (!isEndless) expect(server.seen).toHaveLength(1)
    expect(server.seen.length).toBeLessThan(2)
    expect(JSON.stringify(got)).not.toMatch(/sk-test-key|private prompt|\\n/)
  })
}

for (const status of [301, 302, 303, 307, 308]) {
  test(`a redirect (${status}) to another host is not followed: neither the key nor the prompt is sent there`, async () => {
    const other = await serve(saying(chat('from elsewhere')))
    const server = await serve(saying('', status, { location: `${other.url}/chat/completions` }))
    expect(await ask(server)).toMatchObject({ ok: false, code: 'redirect', status })
    expect(other.seen).toEqual([])
  })
}

test('an endpoint that cannot be reached costs nothing', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  server.close()
  await once(server, 'close')
  const model = openAiModel({ model: 'm', baseUrl: `http://127.0.0.1:${port}/v1`, key: null })
  expect(await model.complete(REQUEST)).toMatchObject({ ok: false, code: 'unreachable', mayCost: false })
})

test('a call that its caller aborts ends immediately', async () => {
  const stop = new AbortController()
  const server = await serve(() => stop.abort())
  expect(await ask(server, { signal: stop.signal })).toMatchObject({ ok: false, code: 'aborted' })
  expect(await ask(server, { signal: AbortSignal.abort() })).toMatchObject({ ok: false, code: 'aborted' })
  expect(server.seen).toHaveLength(1)
})

test('if an endpoint refuses a format, the next request asks for a simpler one', async () => {
  const server = await serve((response, { body }) => {
    const format = JSON.parse(body).response_format?.type
    const isGood = format === undefined
    const refusal = JSON.stringify({ error: { message: `response_format ${format} is not supported` } })
    response.writeHead(isGood ? 200 : 400, JSON_TYPE).end(isGood ? chat('{}') : refusal)
  })
  const model = openAiModel({ model: 'm', baseUrl: server.url, key: null })
  const codes: unknown[] = []
  for (let i = 0; i < 3; i++) {
    const got = await model.complete(REQUEST)
    codes.push(got.ok || got.code)
  }
  expect(codes).toEqual(['form_refused', 'form_refused', true])
})

test('if a model refuses `max_tokens`, later requests have `max_completion_tokens`', async () => {
  const refusal =
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
  const server = await serve((response, { body }) => {
    const isGood = JSON.parse(body).max_tokens === undefined
    response.writeHead(isGood ? 200 : 400, JSON_TYPE)
    response.end(isGood ? chat('{}') : JSON.stringify({ error: { message: refusal } }))
  })
  const model = openAiModel({ model: 'm', baseUrl: server.url, key: null })
  expect(await model.complete(REQUEST)).toMatchObject({ ok: false, code: 'form_refused', mayCost: false })
  for (let i = 0; i < 2; i++) expect(await model.complete(REQUEST)).toMatchObject({ ok: true })
  expect(server.seen.map(({ body }) => JSON.parse(body).max_completion_tokens)).toEqual([undefined, 100, 100])
})

test('invalid token counts are ignored', async () => {
  for (const usage of [undefined, null, { prompt_tokens: -1, completion_tokens: 1.5 }, { prompt_tokens: '12' }]) {
    const server = await serve(saying(chat('x', { usage })))
    expect(await ask(server)).toMatchObject({ ok: true, usage: { input: null, output: null } })
  }
})

test('an answer that was cut off, filtered or refused is marked as such, and requested calls are returned as text', async () => {
  const choice = (finish: string, message: object): string =>
    chat('', { choices: [{ message: { content: 'x', ...message }, finish_reason: finish }] })
  const calls = [{ function: { name: 'look', arguments: '{"a":1}' } }, { function: 5 }, null]
  const cases: readonly [string, object][] = [
    [choice('length', {}), { finish: 'length' }],
    [choice('content_filter', {}), { finish: 'refused' }],
    [choice('stop', { refusal: 'I cannot' }), { finish: 'refused' }],
    [choice('tool_calls', { tool_calls: calls }), { finish: 'tools', calls: [{ name: 'look', arguments: '{"a":1}' }] }],
  ]
  for (const [text, wanted] of cases) expect(await ask(await serve(saying(text)))).toMatchObject(wanted)
})

test("Anthropic's interface returns the same completion: the schema of the answer is sent as a tool", async () => {
  const server = await serve(
    saying(
      JSON.stringify({
        model: 'claude-x',
        content: [
          { type: 'text', text: 'Let me see.' },
          { type: 'tool_use', name: 'answer', input: { a: 1 } },
        ],
        stop_reason: 'tool_use',
        usage: { input_tokens: 11, output_tokens: 5 },
      }),
    ),
  )
  const model = anthropicModel({ model: 'claude-x', baseUrl: server.url, key: () => 'sk-ant-key' })
  expect(await model.complete(REQUEST)).toEqual({
    ok: true,
    text: '{"a":1}',
    calls: [],
    usage: { input: 11, output: 5 },
    model: 'claude-x',
    finish: 'stop',
  })
  const [request] = server.seen
  expect([request?.url, request?.headers['x-api-key'], request?.headers['anthropic-version']]).toEqual([
    '/v1/messages',
    'sk-ant-key',
    '2023-06-01',
  ])
  expect(JSON.parse(request?.body ?? '')).toMatchObject({
    system: 'Answer in JSON.',
    tool_choice: { type: 'tool', name: 'answer' },
  })
})

test("a wrong answer from Anthropic's interface is a failure too", async () => {
  for (const [text, status, code] of [
    ['{"type":"error","error":{"message":"Overloaded"}}', 529, 'server'],
    ['{"content":"x"}', 200, 'no_answer'],
  ] as const) {
    const server = await serve(saying(text, status))
    const model = anthropicModel({ model: 'm', baseUrl: server.url, key: null })
    expect(await model.complete(REQUEST)).toMatchObject({ ok: false, code })
  }
})

test('a malformed address is refused, and the message shows a valid one', () => {
  for (const url of ['', 'api.openai.com', 'file:///etc/passwd', 'https://user:secret@host/v1']) {
    const read = modelHost(url)
    expect(read.ok || read.reason).toMatch(/^`base_url` must (be an address such as https:|not contain a user name)/)
  }
  expect(modelHost('http://localhost:11434/v1')).toEqual({
    ok: true,
    value: { host: 'localhost:11434', isLoopback: true },
  })
  expect(modelHost('http://127.0.0.1.evil.example/v1')).toMatchObject({ value: { isLoopback: false } })
})
