import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DEFAULT_AI } from '../../src/index.ts'
import { asks, HEALTHY, openEndpoint } from '../stand-ins/endpoint.ts'
import { type AdvisedRun, advisedRun } from './advised-run.ts'

/** The log lines about queries, without the fields that every line has. */
function linesOf({ steered }: AdvisedRun): unknown {
  return [...steered.run.records('autopilot')]
    .map(({ value }) => value)
    .filter(({ kind, action_id: id }) => kind === 'call' || kind === 'reply' || id.endsWith('-ai'))
    .map(({ action_id: id, kind, step, reason, source, data }) => ({ id, kind, step, reason, source, data }))
}

const memoryOf = ({ steered }: AdvisedRun): unknown =>
  JSON.parse(readFileSync(join(steered.dir, 'hotcb.ai.state.json'), 'utf8'))

const SPENT = { calls: 1, nano_usd: 0, tokens: 1100 }

test('the log has each query and its answer, with names instead of ids', async () => {
  const actions = [
    { action: 'set_control', target: 'c1', value: 0.06 },
    { action: 'enable_callback', target: 'zz' },
  ]
  const endpoint = await openEndpoint({ ...asks(...actions), next_check: 30 }, HEALTHY)
  const run = advisedRun({ ai: { baseUrl: endpoint.url } })
  await run.pass()
  const data = { model: DEFAULT_AI.model, host: endpoint.host }
  expect(linesOf(run)).toEqual([
    { id: 'a1-c1', kind: 'call', step: 60, reason: 'first', source: 'ai', data },
    {
      ...{ id: 'a1-c1', kind: 'reply', step: 60, reason: 'the loss is stuck', source: 'ai' },
      data: {
        ...{ spent: SPENT, diagnosis: 'too_high', next_check: 30, model: DEFAULT_AI.model },
        actions: [
          { action: 'set_control', name: 'lr', value: 0.06, result: 'done as a1-1', id: 'a1-1' },
          {
            ...{ action: 'enable_callback', name: 'zz', value: null, id: null },
            result: 'refused: enable_callback: `zz` is not a callback of this prompt',
          },
        ],
      },
    },
  ])
  expect(memoryOf(run)).toEqual({
    ...{ key_metric: null, key_metric_mode: 'min', watch_metrics: [], watch_metrics_raw: [], run_number: 1 },
    ...{ max_runs: 3, run_history: [], carried_context: '', next_check_step: 90, cadence_override: null },
  })
})

test('after an answer without a next check none is planned, and each query has its own id', async () => {
  const endpoint = await openEndpoint(HEALTHY)
  const run = advisedRun({ ai: { baseUrl: endpoint.url } })
  await run.pass()
  await run.pass()
  expect(run.decisions().map(({ id, why, step }) => [id, why, step])).toEqual([
    ['a1-c1', 'first', 60],
    ['a1-c2', 'cadence', 120],
  ])
  expect(memoryOf(run)).toMatchObject({ next_check_step: null })
})

test('raw metrics that the model requested are in the next prompt, and only there', async () => {
  const raw = asks({ action: 'request_raw_metrics', target: 'm2' })
  const endpoint = await openEndpoint(raw, HEALTHY)
  const run = advisedRun({ ai: { baseUrl: endpoint.url } })
  for (let i = 0; i < 3; i++) await run.pass(60, { other: 7 })
  const shown = endpoint.seen.map(({ body }) => /m2 \d+:7 /.test(JSON.stringify(body['messages'])))
  expect(shown).toEqual([false, true, false])
})

test('a condition that became true is in the next prompt, and only there', async () => {
  const endpoint = await openEndpoint(HEALTHY)
  const run = advisedRun({
    ai: { baseUrl: endpoint.url },
    rules: 'version: 2\nrules:\n  - {id: high, when: "loss > 5", action: {do: notify}, cooldown: 0, settle: 0}\n',
  })
  await run.pass()
  await run.pass(15, { loss: 9 })
  await run.pass(60)
  expect(run.decisions().map(({ why }) => why)).toEqual(['first', 'condition', 'cadence'])
  const shown = endpoint.seen.map(({ body }) => JSON.stringify(body['messages']).includes('high: loss > 5 is true'))
  expect(shown).toEqual([false, true, false])
})

test('after a permanent failure, only rules are used for the rest of the run, reported once', async () => {
  const endpoint = await openEndpoint((_, response) => {
    response.writeHead(401)
    response.end('{}')
  })
  const run = advisedRun({ ai: { baseUrl: endpoint.url } })
  for (let i = 0; i < 12; i++) await run.pass()
  expect([endpoint.seen.length, run.notes.length]).toEqual([1, 1])
  const why = run.decisions()[0]?.error
  expect(run.notes).toEqual([`the autopilot uses only its rules, without a model: ${why}`])
  expect(linesOf(run)).toMatchObject([
    { id: 'a1-c1', kind: 'call' },
    {
      id: 'a1-c1',
      kind: 'reply',
      reason: why,
      data: { failed: 'unauthorized', spent: { calls: 1, nano_usd: 0, tokens: 0 } },
    },
    { id: 'a1-ai', kind: 'alert', step: null, reason: run.notes[0], source: 'ai', data: null },
  ])
})

test('if the budget does not allow a call, nothing is sent, and only rules are used', async () => {
  const endpoint = await openEndpoint(HEALTHY)
  const run = advisedRun({ ai: { baseUrl: endpoint.url, caps: { ...DEFAULT_AI.caps, calls: 0 } } })
  await run.pass()
  expect([endpoint.seen, run.notes]).toEqual([
    [],
    ['the autopilot uses only its rules, without a model: the calls for this run are used up (`ai.budget.calls`)'],
  ])
  expect(linesOf(run)).toMatchObject([
    { kind: 'call' },
    { kind: 'reply', data: { failed: 'no-budget', spent: { calls: 0, nano_usd: 0, tokens: 0 } } },
    { kind: 'alert' },
  ])
})
