import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runSweep } from '@hotcb/sweep/node'
import { expect, test } from 'vitest'
import { addToInbox } from '../src/node.ts'
import { pointedAt, scriptedModel } from './scripted-model.ts'
import { sweep, type TestSweep } from './sweeps.ts'

const WAIT = { timeout: 300_000 }

function triggers({ root }: TestSweep): readonly string[] {
  const path = join(root, '.hyperherd/agent_log.jsonl')
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  return lines.filter(({ event, phase }) => event === 'tick' && phase === 'begun').map(({ trigger }) => trigger)
}

test('the first tick is boot and old failures are not reported; completions, messages and the schedule trigger more', async () => {
  const model = await scriptedModel(() => ({}))
  const one = sweep('[ "$HYPERHERD_TRIAL_ID" != 0 ] || exit 3; log_result loss 1 1', {
    trials: 2,
    monitor: `${pointedAt(model)}, on_failure: notify`,
  })
  await runSweep(one.workspace, { indices: '0' })
  await one.drive()
  let skipped = 0
  const running = one.monitor({ maxTicks: 4, nowMs: () => Date.now() + skipped })
  await expect.poll(() => model.seen.length, WAIT).toBe(1)
  expect(model.seen[0]?.text).toContain('"newly_failed":[]')
  await runSweep(one.workspace, { indices: '1' })
  await one.drive()
  await expect.poll(() => triggers(one), WAIT).toEqual(['boot', 'completion'])
  addToInbox(join(one.root, '.hyperherd'), {
    timestamp: 't',
    source: 'cli',
    author: 'ada',
    text: 'hello',
    isOperator: true,
  })
  await expect.poll(() => triggers(one).length, WAIT).toBe(3)
  const finished = (): unknown => JSON.parse(readFileSync(join(one.root, '.hyperherd/monitor-state.json'), 'utf8')).tick
  await expect.poll(finished, WAIT).toBe(3)
  skipped = 1_900_000
  expect(await running).toMatchObject({ ticks: 4, why: 'stopped' })
  expect(triggers(one)).toEqual(['boot', 'completion', 'user_message', 'scheduled'])
  expect(one.lines.at(-1)).toBe('> the monitor is stopping; trials continue')
})

test('a failure triggers a tick; without an agent the model is never called, and triage still works', async () => {
  const model = await scriptedModel(() => ({}))
  const one = sweep('[ "$HYPERHERD_ATTEMPT" != 1 ] || { echo "OSError: x" >&2; exit 1; }; log_result loss 1 1', {
    trials: 1,
    monitor: pointedAt(model),
  })
  const running = one.monitor({ noAgent: true, maxTicks: 3 })
  await expect.poll(() => triggers(one).length, WAIT).toBe(1)
  await runSweep(one.workspace)
  await one.drive()
  await running
  expect(triggers(one)).toEqual(['boot', 'failure', 'completion'])
  expect(model.seen).toEqual([])
})

test('after five ticks without a usable answer, the model is not called until a person writes', async () => {
  const model = await scriptedModel(() => ({ raw: (response) => response.writeHead(500).end('{}') }))
  const one = sweep('log_result loss 1 1', { trials: 1, monitor: pointedAt(model) })
  const end = new AbortController()
  let skipped = 0
  const running = one.monitor({ signal: end.signal, nowMs: () => Date.now() + skipped })
  const hurry = setInterval(() => {
    skipped += 2_000_000
  }, 100)
  await expect.poll(() => triggers(one).length, WAIT).toBeGreaterThanOrEqual(6)
  expect(model.seen.length).toBe(5)
  const health = (): unknown => JSON.parse(readFileSync(join(one.root, '.hyperherd/monitor.json'), 'utf8')).health
  await expect.poll(health, WAIT).toBe('halted')
  clearInterval(hurry)
  addToInbox(join(one.root, '.hyperherd'), {
    timestamp: 't',
    source: 'cli',
    author: 'ada',
    text: 'still there?',
    isOperator: true,
  })
  await expect.poll(() => model.seen.length, WAIT).toBe(6)
  end.abort()
  await running
})
