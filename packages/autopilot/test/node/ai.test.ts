import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runFiles } from '@hotcb/protocol'
import { expect, test, vi } from 'vitest'
import { DEFAULT_AI, DEFAULT_LIMITS, readAutopilotConfig } from '../../src/index.ts'
import { openAi } from '../../src/node.ts'
import { asks, completion, HEALTHY, openEndpoint, send } from '../stand-ins/endpoint.ts'
import { advisedRun } from './advised-run.ts'
import { steeredRun, temporaryDirectory } from './steered-run.ts'

const PRICES = { 'gpt-4o-mini': { input: 0.15, output: 0.6 } }

test('in ai_auto a request within the limits becomes a command, and the log has query, answer, cost, action and effect', async () => {
  const endpoint = await openEndpoint(asks({ action: 'set_lr', value: 0.075 }), HEALTHY)
  const run = advisedRun({ ai: { baseUrl: endpoint.url, prices: PRICES } })
  await run.pass()
  expect([run.commands(), run.steered.rate()]).toEqual([['ai set_params applied'], 0.075])
  for (let i = 0; i < 3; i++) await run.pass()
  const [decision] = run.decisions()
  // 1,000 tokens at 0.15 and 100 at 0.60 dollars a million.
  expect(decision).toMatchObject({ id: 'a1-c1', why: 'first', nanoUsd: 210_000, tokens: 1100, calls: 1 })
  expect(decision).toMatchObject({ diagnosis: 'too_high', reasoning: 'the loss is stuck', error: null })
  expect(decision?.actions).toMatchObject([
    {
      action: 'set_lr',
      value: 0.075,
      result: 'done as a1-1',
      story: { state: 'applied', outcome: expect.any(String) },
    },
  ])
})

test('in ai_suggest a request is only proposed, and nothing else is requested while the proposal is open', async () => {
  const endpoint = await openEndpoint(asks({ action: 'set_lr', value: 0.06 }))
  const run = advisedRun({ mode: 'ai_suggest', ai: { baseUrl: endpoint.url } })
  await run.pass()
  await run.pass()
  expect([run.steered.rate(), endpoint.seen.length]).toEqual([0.05, 1])
  expect(run.actions()).toMatchObject([{ rule: 'ai', source: 'ai', state: 'open' }])
})

test("a change beyond the limits needs a person's approval, even in ai_auto", async () => {
  const endpoint = await openEndpoint(asks({ action: 'set_lr', value: 0.4 }))
  const run = advisedRun({ ai: { baseUrl: endpoint.url } })
  await run.pass()
  expect([run.steered.rate(), run.actions()]).toMatchObject([0.05, [{ state: 'open', because: /x2/ }]])
})

test('a refused action leaves the other one of the same answer', async () => {
  const endpoint = await openEndpoint(
    asks({ action: 'set_lr', value: 1e9 }, { action: 'add_watch_metric', target: 'm1' }),
    HEALTHY,
  )
  const run = advisedRun({ ai: { baseUrl: endpoint.url } })
  await run.pass()
  expect(run.decisions()[0]?.actions.map(({ name, result }) => [name, result])).toEqual([
    [null, expect.stringContaining('out of bounds')],
    ['loss', 'done; it changes only what the model sees'],
  ])
  expect(run.commands()).toEqual([])
})

test('a truncated answer is requested once more, with twice the tokens', async () => {
  const cut = completion('{"diagnosis": "hea', {
    choices: [{ index: 0, finish_reason: 'length', message: { content: '{"diagnosis": "hea' } }],
  })
  const endpoint = await openEndpoint((_, response) => send(response, cut), HEALTHY)
  const run = advisedRun({ ai: { baseUrl: endpoint.url } })
  await run.pass()
  expect(endpoint.seen.map(({ body }) => body['max_tokens'])).toEqual([1024, 2048])
  expect(run.decisions()).toMatchObject([{ diagnosis: 'healthy', calls: 2, tokens: 2200 }])
})

test('an invalid answer is sent back once with the reason; a second one means no action', async () => {
  const bad = asks({ action: 'delete_everything' })
  const endpoint = await openEndpoint(bad, asks({ action: 'set_lr', value: 0.06 }), bad)
  const run = advisedRun({ ai: { baseUrl: endpoint.url } })
  await run.pass()
  expect([endpoint.seen.length, run.steered.rate()]).toEqual([2, 0.06])
  expect(JSON.stringify(endpoint.seen[1]?.body['messages'])).toContain('unknown action')
  for (let i = 0; i < 3; i++) await run.pass()
  expect([run.steered.rate(), run.decisions().at(-1)?.error]).toEqual([0.06, expect.stringMatching(/unknown action/)])
})

test.each([
  ['and the documents of the run show it', true, [], 'refused: lr has changed since the question'],
  ['and the documents do not show it yet', false, ['ai set_params failed'], 'done as a1-1'],
])(
  'a control that changed while the model was answering, %s, is not changed by its answer',
  async (_, isShown, commands, result) => {
    const endpoint = await openEndpoint((_request, response) => {
      const documents = [runFiles.state, runFiles.actuators].map((name) => join(run.steered.dir, name))
      const before = documents.map((path) => readFileSync(path))
      run.steered.run.send([{ module: 'opt', op: 'set_params', params: { lr: 0.03 } }], { source: 'cli' })
      run.steered.step()
      if (isShown) run.steered.restart()
      // On a busy machine, the kernel may have written them at once.
      else for (const [i, path] of documents.entries()) writeFileSync(path, before[i] ?? '')
      send(response, completion(JSON.stringify(asks({ action: 'set_lr', value: 0.06 }))))
    })
    const run = advisedRun({ ai: { baseUrl: endpoint.url } })
    await run.pass()
    expect([run.steered.rate(), run.commands()]).toEqual([0.03, commands])
    expect(run.decisions()[0]?.actions[0]?.result).toBe(result)
  },
)

test('what a model watches and has learned is in its memory file, and in the next prompt', async () => {
  const endpoint = await openEndpoint(
    asks({ action: 'set_key_metric', target: 'm2' }, { action: 'request_raw_metrics', target: 'm2' }),
    HEALTHY,
  )
  const run = advisedRun({ ai: { baseUrl: endpoint.url }, beliefs: ['lr: up was kept 3 times'] })
  await run.pass(60, { val_acc: 0.5 })
  await run.pass(60, { val_acc: 0.5 })
  const memory = JSON.parse(readFileSync(join(run.steered.dir, 'hotcb.ai.state.json'), 'utf8'))
  expect(memory).toMatchObject({ key_metric: 'val_acc', watch_metrics: [], run_number: 1 })
  const [first, second] = endpoint.seen.map(({ body }) => JSON.stringify(body['messages']))
  expect(first).toContain('lr: up was kept 3 times')
  expect(second).toMatch(/m1 \\\\?"val_acc/)
})

test('declare_rerun keeps the lessons and asks to stop the run; the last run of a series is refused', async () => {
  const lost = asks({ action: 'declare_rerun', text: 'dead units', learnings: ['start at 0.01', 'warm up'] })
  const endpoint = await openEndpoint(lost)
  const run = advisedRun({ ai: { baseUrl: endpoint.url } })
  await run.pass()
  expect(run.actions()).toMatchObject([
    { state: 'open', command: { op: 'stop' }, because: /`rerun` is asked for|`stop`/ },
  ])
  const memory = JSON.parse(readFileSync(join(run.steered.dir, 'hotcb.ai.state.json'), 'utf8'))
  expect(memory.run_history).toMatchObject([
    { ai_verdict: 'dead units', carried_learnings: ['start at 0.01', 'warm up'] },
  ])
  const last = advisedRun({ ai: { baseUrl: endpoint.url, maxRuns: 1 } })
  await last.pass()
  expect([last.actions(), last.decisions()[0]?.actions[0]?.result]).toEqual([
    [],
    expect.stringMatching(/^refused: this is run 1 of 1/),
  ])
})

test('finalize_recipe exports the changes to its own file, and does not change the recipe that a person exported', async () => {
  const endpoint = await openEndpoint(
    asks({ action: 'set_lr', value: 0.06 }),
    asks({ action: 'finalize_recipe', text: 'x' }),
  )
  const run = advisedRun({ ai: { baseUrl: endpoint.url } })
  const own = join(run.steered.dir, 'hotcb.recipe.jsonl')
  writeFileSync(own, 'mine\n')
  await run.pass()
  await run.pass()
  expect(readFileSync(join(run.steered.dir, 'hotcb.recipe.a1-c2.jsonl'), 'utf8')).toMatch(/"lr":0\.06/)
  expect(readFileSync(own, 'utf8')).toBe('mine\n')
})

test('after three failures only rules are used, reported once; after an answer the model is used again', async () => {
  let isDown = true
  const endpoint = await openEndpoint((_, response) => {
    if (isDown) send(response, 'no', 500)
    else send(response, completion(JSON.stringify(asks({ action: 'set_lr', value: 0.06 }))))
  })
  const run = advisedRun({ ai: { baseUrl: endpoint.url } })
  for (let i = 0; i < 4; i++) await run.pass()
  expect(run.notes).toEqual([expect.stringMatching(/^the autopilot uses only its rules, without a model: `127/)])
  isDown = false
  for (let i = 0; i < 10; i++) await run.pass()
  expect([run.steered.rate(), run.notes.length]).toEqual([0.06, 2])
})

test('a query keeps its reservation if its autopilot was killed, and the next autopilot repeats it with another id', async () => {
  let isSilent = true
  const endpoint = await openEndpoint((_, response) => {
    if (!isSilent) send(response, completion(JSON.stringify(HEALTHY)))
  })
  const first = advisedRun({ ai: { baseUrl: endpoint.url, prices: PRICES } })
  const asking = first.pass()
  await vi.waitUntil(() => endpoint.seen.length === 1, { timeout: 300_000, interval: 5 })
  first.agent.close()
  await asking
  isSilent = false
  const { steered, state } = first
  const second = advisedRun({ ai: { baseUrl: endpoint.url, prices: PRICES }, steered, state, from: 60 })
  await second.pass()
  expect(second.decisions()).toMatchObject([
    { id: 'a1-c1', isAnswered: false, nanoUsd: null },
    { id: 'a2-c1', isAnswered: true, nanoUsd: 210_000 },
  ])
  const [reserved] = second.spending()
  expect(second.spending().map(({ kind }) => kind)).toEqual(['reserve', 'reserve', 'settle'])
  const setup = openAi(steered.dir, DEFAULT_AI, { XDG_STATE_HOME: state })
  expect(setup.spending.totals()).toMatchObject({
    nano: Number(reserved?.['nano']) + 210_000,
    reserved: reserved?.['nano'],
  })
})

test('a request that needs approval for another reason is only proposed, even if the limits allow it in ai_auto', async () => {
  const endpoint = await openEndpoint(asks({ action: 'declare_rerun', text: 'lost', learnings: [] }))
  // The limits allow stopping here, but another run would follow, which needs approval.
  const limits = { ...DEFAULT_LIMITS, words: { ...DEFAULT_LIMITS.words, stop: 'auto' as const } }
  const run = advisedRun({ ai: { baseUrl: endpoint.url }, limits })
  await run.pass()
  expect(run.actions()).toMatchObject([{ state: 'open', because: /needs approval because `rerun` needs approval$/ }])
  const allowed = { ...limits, words: { ...limits.words, rerun: 'auto' as const } }
  const other = advisedRun({ ai: { baseUrl: endpoint.url }, limits: allowed })
  await other.pass()
  expect(other.commands()).toEqual(['ai stop applied'])
})

const HALVE = `version: 2\nrules:\n  - {id: halve, when: "loss > 5", action: {set: {lr: x0.5}}, cooldown: 10, settle: 0, confidence: high}\n`

test('while a model is in use a rule only reports; when the budget is used up rules act again, reported once', async () => {
  const endpoint = await openEndpoint(HEALTHY)
  const run = advisedRun({ rules: HALVE, ai: { baseUrl: endpoint.url, caps: { ...DEFAULT_AI.caps, calls: 1 } } })
  await run.pass()
  await run.pass(1, { loss: 9 })
  expect([run.steered.rate(), run.actions().at(-1)?.because]).toEqual([
    0.05,
    expect.stringMatching(/a model is in use, so rules only report$/),
  ])
  await run.pass()
  await run.pass(1, { loss: 9 })
  expect(run.steered.rate()).toBeLessThan(0.05)
  expect([endpoint.seen.length, run.notes]).toEqual([1, [expect.stringMatching(/calls for this run are used up/)]])
})

test('without a key for another machine nothing is sent, and only rules are used', async () => {
  const run = advisedRun({ ai: { baseUrl: 'https://models.invalid/v1' } })
  await run.pass()
  expect([run.decisions(), run.notes]).toEqual([
    [],
    [expect.stringContaining('an API key for `models.invalid` is missing')],
  ])
})

const KEY = 'sk-marker-0123456789abcdef'
const MY_KEY = { from: 'env', name: 'MY_KEY' } as const

test('the key is sent only to its own host, in a header: no file, note or prompt contains it, and no other host receives it', async () => {
  const other = await openEndpoint(HEALTHY)
  const endpoint = await openEndpoint(
    (request, response) =>
      send(response, completion(JSON.stringify({ ...HEALTHY, reasoning: `you sent ${request.authorization}` }))),
    (request, response) => send(response, { error: { message: `wrong key ${request.authorization}` } }, 401),
  )
  const run = advisedRun({ ai: { baseUrl: endpoint.url, key: MY_KEY }, env: { MY_KEY: KEY } })
  for (let i = 0; i < 3; i++) await run.pass()
  expect(endpoint.seen.map(({ authorization }) => authorization)).toEqual([`Bearer ${KEY}`, `Bearer ${KEY}`])
  expect(run.everything() + endpoint.seen.map(({ body }) => JSON.stringify(body)).join()).not.toContain(KEY)
  // Someone who writes another address into the config does not get the key.
  const moved = advisedRun({ ai: { baseUrl: other.url, key: MY_KEY }, env: { MY_KEY: KEY }, state: run.state })
  await moved.pass()
  expect([other.seen, moved.notes]).toEqual([[], [expect.stringContaining(`first used with \`${endpoint.host}\``)]])
})

test('the key in `HOTCB_AI_KEY` is not sent to an endpoint on this machine, and not bound to it', async () => {
  const endpoint = await openEndpoint(HEALTHY)
  const run = advisedRun({ ai: { baseUrl: endpoint.url }, env: { HOTCB_AI_KEY: KEY } })
  await run.pass()
  expect(endpoint.seen.map(({ authorization }) => authorization)).toEqual([undefined])
  expect(existsSync(join(run.state, 'hotcb', 'ai-keys.jsonl'))).toBe(false)
})

test('a key is not sent over http to another machine', () => {
  const config = { ...DEFAULT_AI, baseUrl: 'http://models.invalid/v1' }
  const env = { HOTCB_AI_KEY: KEY, XDG_STATE_HOME: temporaryDirectory() }
  expect(openAi(steeredRun().dir, config, env)).toMatchObject({
    model: null,
    problem: expect.stringMatching(/^the key is not sent over http:\/\/ to `models\.invalid`/),
  })
  expect(existsSync(join(env.XDG_STATE_HOME, 'hotcb', 'ai-keys.jsonl'))).toBe(false)
})

test('a model without a price needs a limit of tokens, unless it is on this machine', () => {
  const { dir } = steeredRun()
  const open = (text: string): unknown => {
    const config = readAutopilotConfig(text)
    if (!config.ok) throw new Error(config.reason)
    return openAi(dir, config.value.ai, { XDG_STATE_HOME: temporaryDirectory() }).problem
  }
  const far = 'base_url: "https://models.invalid/v1", model: strange'
  expect(() => open(`ai: {${far}}`)).toThrow(/^no price is known for the model `strange`; add it to `ai\.prices`/)
  expect(open(`ai: {${far}, budget: {tokens: 1000}}`)).toMatch(/^an API key for `models\.invalid` is missing/)
  expect(open('ai: {base_url: "http://127.0.0.1:1/v1", model: strange}')).toBeNull()
})
