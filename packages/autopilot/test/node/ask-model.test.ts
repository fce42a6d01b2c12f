import type { Completion, CompletionRequest, Model, ModelFailure } from '@hotcb/llm'
import { expect, test } from 'vitest'
import { type AiConfig, DEFAULT_AI } from '../../src/index.ts'
import { type Asked, askModel } from '../../src/node/ai/ask-model.ts'
import { openAi } from '../../src/node.ts'
import { temporaryDirectory } from './steered-run.ts'

const REPLY = { diagnosis: 'healthy', reasoning: 'fine', actions: [], next_check: null }
const USAGE = { input: 100, output: 10 }

const answer = (text: string, more: Partial<Completion> = {}): Completion => ({
  ...{ ok: true, text, calls: [], usage: USAGE, model: 'm', finish: 'stop', ...more },
})
const failure = (code: ModelFailure['code'], mayCost = false): ModelFailure => ({
  ...{ ok: false, code, message: code, status: null, retryAfterMs: null, mayCost },
})

interface Played {
  readonly asked: Asked
  readonly requests: readonly CompletionRequest[]
  readonly totals: object
}

/** Queries a model that returns these answers one after the other, and then repeats the last one. */
async function play(
  answers: readonly (Completion | ModelFailure)[],
  caps: Partial<AiConfig['caps']> = {},
): Promise<Played> {
  const requests: CompletionRequest[] = []
  const model: Model = {
    ...{ name: 'm', host: 'h' },
    complete(request) {
      const given = answers[Math.min(requests.length, answers.length - 1)]
      requests.push(request)
      return given === undefined ? Promise.reject(new Error('there is no answer')) : Promise.resolve(given)
    },
  }
  const config: AiConfig = {
    ...DEFAULT_AI,
    ...{ model: 'm', baseUrl: 'http://127.0.0.1:1/v1', prices: { m: { input: 1, output: 2 } } },
    caps: { ...DEFAULT_AI.caps, ...caps },
  }
  const { spending, price } = openAi(temporaryDirectory(), config, { XDG_STATE_HOME: temporaryDirectory() })
  const request = { system: 's', messages: [{ role: 'user' as const, content: 'u' }], maxTokens: 500 }
  const asked = await askModel({ model, spending, price, caps: config.caps }, request)
  const { nano, reserved, tokens, calls } = spending.totals()
  return { asked, requests, totals: { nano, reserved, tokens, calls } }
}

const spent = (calls: number): object => ({ calls, nano: 120_000 * calls, tokens: 110 * calls })

test('a valid answer is returned as the reply, with its cost', async () => {
  const { asked, requests, totals } = await play([answer(JSON.stringify(REPLY))])
  expect(asked).toEqual({
    ...{ kind: 'reply', spent: spent(1) },
    reply: { diagnosis: 'healthy', reasoning: 'fine', actions: [], nextCheck: null },
  })
  expect([requests.length, totals]).toEqual([1, { ...spent(1), reserved: 0 }])
})

test('a model that refuses to answer is not queried again', async () => {
  const { asked, requests } = await play([answer('', { finish: 'refused' })])
  expect(asked).toEqual({ kind: 'unusable', why: 'the model refused to answer', spent: spent(1) })
  expect(requests).toHaveLength(1)
})

test('a truncated answer is requested once more, with twice as many tokens', async () => {
  const cut = answer('{"diag', { finish: 'length' })
  const { asked, requests } = await play([cut])
  expect(asked).toEqual({
    ...{ kind: 'unusable', why: 'the answer is longer than twice `max_tokens`', spent: spent(2) },
  })
  expect(requests.map(({ maxTokens, messages }) => [maxTokens, messages.length])).toEqual([
    [500, 1],
    [1000, 1],
  ])
  const second = await play([cut, answer(JSON.stringify(REPLY))])
  expect(second.asked).toMatchObject({ kind: 'reply', spent: spent(2) })
})

test('an invalid answer is sent back once, with the reason', async () => {
  const { asked, requests } = await play([answer('no'), answer('{}')])
  expect(asked).toMatchObject({
    kind: 'unusable',
    why: expect.stringMatching(/^`diagnosis` must be one of/),
    spent: spent(2),
  })
  const [, repair] = requests
  expect(repair).toMatchObject({ system: 's', maxTokens: 500 })
  const again = 'Answer again with the JSON object only.'
  expect(repair?.messages).toEqual([
    { role: 'user', content: 'u' },
    { role: 'assistant', content: 'no' },
    { role: 'user', content: `That answer is not valid: the answer is not JSON. ${again}` },
  ])
  const quoted = async (text: string): Promise<unknown> =>
    (await play([answer(text)])).requests[1]?.messages[1]?.content
  expect([await quoted(''), await quoted('x'.repeat(3000))]).toEqual(['(empty)', 'x'.repeat(2000)])
  // A corrected answer may still be truncated once.
  const both = await play([answer('no'), answer('{', { finish: 'length' }), answer(JSON.stringify(REPLY))])
  expect([both.asked.kind, both.requests.map(({ maxTokens }) => maxTokens)]).toEqual(['reply', [500, 500, 1000]])
})

test('the next call leaves out a rejected field, at most five times', async () => {
  const refused = failure('form_refused')
  const { asked, requests, totals } = await play([refused])
  expect(asked).toEqual({ kind: 'failure', failure: refused, spent: { calls: 6, nano: 0, tokens: 0 } })
  expect([requests.length, totals]).toEqual([6, { nano: 0, reserved: 0, tokens: 0, calls: 6 }])
  const five = Array(5).fill(refused)
  expect((await play([...five, answer(JSON.stringify(REPLY))])).asked.kind).toBe('reply')
  expect((await play([...five, answer('no')])).asked).toMatchObject({ kind: 'unusable', why: 'the answer is not JSON' })
  expect((await play([...five, answer('{', { finish: 'length' })])).asked).toMatchObject({
    ...{ kind: 'unusable', why: 'the answer is longer than twice `max_tokens`' },
  })
})

test('any other failure ends a query, and if it may have cost something, its reservation remains', async () => {
  const free = await play([failure('timeout')])
  expect(free.asked).toEqual({ kind: 'failure', failure: failure('timeout'), spent: { calls: 1, nano: 0, tokens: 0 } })
  expect(free.totals).toEqual({ nano: 0, reserved: 0, tokens: 0, calls: 1 })
  const costly = await play([failure('timeout', true)])
  const { nano = 0, tokens = 0 } = costly.asked.spent
  expect(tokens).toBeGreaterThan(500)
  expect(nano).toBe(1000 * (tokens - 500) + 2000 * 500)
  expect(costly.totals).toEqual({ nano, reserved: nano, tokens, calls: 1 })
})

test('a call that the budget does not allow is not sent', async () => {
  const none = await play([answer('no')], { calls: 0 })
  const why = 'the calls for this run are used up (`ai.budget.calls`)'
  expect([none.asked, none.requests]).toEqual([
    { kind: 'no-budget', why, cap: 'calls', spent: { calls: 0, nano: 0, tokens: 0 } },
    [],
  ])
  const one = await play([answer('no')], { calls: 1 })
  expect([one.asked, one.requests.length]).toEqual([{ kind: 'no-budget', why, cap: 'calls', spent: spent(1) }, 1])
  const tokens = await play([answer('no')], { tokens: 500 })
  expect(tokens.asked).toMatchObject({ kind: 'no-budget', cap: 'tokens' })
  const money = await play([answer('no')], { nano: 1_000_000 as never })
  expect(money.asked).toMatchObject({ kind: 'no-budget', cap: 'nano' })
})
