import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DEFAULT_AI } from '../../src/index.ts'
import { askModel } from '../../src/node/ai/ask-model.ts'
import { openAi } from '../../src/node.ts'
import { completion, HEALTHY, openEndpoint, send } from '../stand-ins/endpoint.ts'
import { steeredRun, temporaryDirectory } from './steered-run.ts'

const CALLS = 1000
/** The input tokens that an endpoint reports for its nth call. Every seventh reports no usage, every eleventh fails. */
const inputOf = (n: number): number => 1000 + ((n * 37) % 500)
const outputOf = (n: number): number => 50 + ((n * 13) % 90)

test('after a thousand calls the amount charged is exactly the sum of their costs', async () => {
  const text = JSON.stringify(HEALTHY)
  const endpoint = await openEndpoint((_, response) => {
    const n = endpoint.seen.length
    const usage = { prompt_tokens: inputOf(n), completion_tokens: outputOf(n) }
    if (n % 11 === 0) send(response, '{}', 500)
    else send(response, completion(text, n % 7 === 0 ? { usage: null } : { usage }))
  })
  const { dir } = steeredRun()
  const state = temporaryDirectory()
  const prices = { 'gpt-4o-mini': { input: 0.15, output: 0.6 } }
  const config = { ...DEFAULT_AI, baseUrl: endpoint.url, prices }
  const setup = openAi(dir, config, { XDG_STATE_HOME: state })
  const { model, spending, price } = setup
  if (model === null) throw new Error(setup.problem ?? '')
  const request = { system: 's'.repeat(3000), messages: [{ role: 'user' as const, content: 'u' }], maxTokens: 1024 }
  const estimated = { input: Math.ceil(3001 / 3), output: Math.ceil(text.length / 3) }
  let expected = 0
  let told = 0
  for (let n = 1; n <= CALLS; n++) {
    const { spent } = await askModel({ model, spending, price, caps: config.caps }, request)
    told += spent.nano
    if (n % 11 === 0) continue
    const { input, output } = n % 7 === 0 ? estimated : { input: inputOf(n), output: outputOf(n) }
    expected += input * 150 + output * 600
  }
  expect(endpoint.seen).toHaveLength(CALLS)
  expect([told, spending.totals()]).toMatchObject([expected, { nano: expected, reserved: 0, calls: CALLS }])
  // Another process reads the same sum from the document.
  const again = openAi(dir, config, { XDG_STATE_HOME: state }).spending.totals()
  expect(again).toMatchObject({ nano: expected, nanoToday: expected })
  expect(readFileSync(join(state, 'hotcb/ai-spending.jsonl'), 'utf8').trim().split('\n')).toHaveLength(2 * CALLS)
})
