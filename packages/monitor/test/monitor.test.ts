import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readSweepStatus } from '@hotcb/sweep/node'
import { expect, test } from 'vitest'
import { addToInbox } from '../src/node.ts'
import { pointedAt, scriptedModel } from './scripted-model.ts'
import { sweep, type TestSweep } from './sweeps.ts'

const FAILS =
  'if [ "$HYPERHERD_TRIAL_ID" = 1 ] && [ "$HYPERHERD_ATTEMPT" = 1 ]; then echo "ValueError: bad" >&2; exit 1; fi\nlog_result loss 0.5'

function logOf({ root }: TestSweep): readonly Record<string, unknown>[] {
  return readFileSync(join(root, '.hyperherd/agent_log.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}

async function states({ workspace }: TestSweep): Promise<readonly string[]> {
  return (await readSweepStatus(workspace)).trials.map(({ state, attempt }) => `${state} ${attempt}`)
}

test('without a model, a tick restarts a trial that failed with its own exception, but only once', async () => {
  const one = sweep(FAILS)
  await one.finish()
  const end = await one.monitor({ once: 'boot', noAgent: true })
  expect(end.last?.triage).toEqual(['trial 1 failed with ValueError; it is being restarted'])
  await one.drive()
  expect(await states(one)).toEqual(['completed 1', 'completed 2', 'completed 1', 'completed 1'])
  const again = await one.monitor({ once: 'scheduled', noAgent: true })
  expect(again.last?.triage).toEqual([])
  expect(again.last?.delta.completed).toEqual([1])
  const acts = logOf(one).filter(({ phase }) => phase === 'intent')
  expect(acts.map(({ event, key }) => [event, key])).toEqual([['triage', 'triage/exception:ValueError/1/1']])
})

test.each(['openai', 'anthropic'] as const)(
  'a model over %s starts a canary, and its usage is charged',
  async (provider) => {
    const model = await scriptedModel((_, count) =>
      count === 1
        ? {
            calls: [
              ['run_indices', { indices: [0], reason: 'canary' }],
              ['schedule_next', { delay_seconds: 120 }],
            ],
          }
        : { text: 'done' },
    )
    const one = sweep('log_result loss 0.5 1', { monitor: pointedAt(model, provider) })
    const end = await one.monitor({ once: 'boot' })
    expect([end.last?.failed, end.last?.calls]).toEqual([null, 2])
    await one.drive()
    expect(await states(one)).toEqual(['completed 1', 'ready 0', 'ready 0', 'ready 0'])
    expect(model.seen[0]?.text).toContain('"boot":"greenfield"')
    expect(model.seen[1]?.text).toContain('run_indices: {"done":"started trial 0"}')
    const spend = readFileSync(join(one.root, '.hyperherd/spend.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    const settled = spend.filter(({ kind }) => kind === 'settle')
    expect(settled).toHaveLength(2)
    const nano = settled.reduce((sum, one) => sum + one.nano, 0)
    expect(nano).toBe(model.used.input * 2000 + model.used.output * 10_000)
  },
)

test('no more than a canary may start before a trial has shown that the sweep works', async () => {
  const model = await scriptedModel((_, count) =>
    count === 1 ? { calls: [['run_indices', { indices: [0, 1], reason: 'all' }]] } : {},
  )
  const one = sweep('log_result loss 0.5 1', { monitor: pointedAt(model) })
  await one.monitor({ once: 'boot' })
  expect(model.seen[1]?.text).toContain('canary: start one trial')
  expect(existsSync(join(one.root, '.hyperherd/manifest.json'))).toBe(false)
})

test('a costly act is proposed, an operator approves it, and it is done once', async () => {
  const model = await scriptedModel((_, count) =>
    count === 1 ? { calls: [['run_indices', { indices: [0], force: true, reason: 'again' }]] } : {},
  )
  const one = sweep('log_result loss 0.5 1', { monitor: pointedAt(model) })
  await one.finish()
  await one.monitor({ once: 'boot' })
  expect(await states(one)).toEqual(Array(4).fill('completed 1'))
  const question = one.lines.find((line) => line.includes('run_indices'))
  expect(question).toBe('> run_indices {"indices":[0],"force":true}? again')
  const [, id] = /\/approve (\S+)/.exec(one.lines.join('\n')) ?? []
  for (const author of ['ada', 'bob'])
    addToInbox(join(one.root, '.hyperherd'), {
      timestamp: 't',
      source: 'cli',
      author,
      text: `/approve ${id}`,
      isOperator: true,
    })
  await one.monitor({ once: 'user_message', noAgent: true })
  expect(one.lines.slice(-2)).toEqual(['> started trial 0', `> proposal ${id} was approved by ada`])
  await one.drive()
  expect(await states(one)).toEqual(['completed 2', 'completed 1', 'completed 1', 'completed 1'])
})

test('an approval is too late if the trial has changed since the proposal', async () => {
  const model = await scriptedModel((_, count) =>
    count === 1 ? { calls: [['propose', { tool: 'prune_index', arguments: { index: 0 }, reason: 'bad' }]] } : {},
  )
  const one = sweep('exit 3', { trials: 1, monitor: `${pointedAt(model)}, on_failure: notify` })
  await one.finish()
  await one.monitor({ once: 'boot' })
  const [, id] = /\/approve (\S+)/.exec(one.lines.join('\n')) ?? []
  await one.finish()
  addToInbox(join(one.root, '.hyperherd'), {
    timestamp: 't',
    source: 'cli',
    author: 'ada',
    text: `/approve ${id}`,
    isOperator: true,
  })
  await one.monitor({ once: 'user_message', noAgent: true })
  expect(one.lines).toContain('> too late: trial 0 has changed from failed (attempt 1) to failed (attempt 2)')
})

test("a person's message is answered; it stays in the inbox while no model can be called", async () => {
  const model = await scriptedModel((_, count) =>
    count === 1 ? { raw: (response) => response.writeHead(500).end('{}') } : { text: 'All is well.' },
  )
  const one = sweep('log_result loss 0.5 1', { monitor: pointedAt(model) })
  await one.finish()
  addToInbox(join(one.root, '.hyperherd'), {
    timestamp: 't',
    source: 'cli',
    author: 'ada',
    text: 'how is it?',
    isOperator: true,
  })
  const first = await one.monitor({ once: 'user_message' })
  expect(first.last?.failed).toContain('returned status 500')
  const second = await one.monitor({ once: 'user_message' })
  expect(second.last?.failed).toBe(null)
  expect(model.seen.map(({ text }) => text.includes('how is it?'))).toEqual([true, true])
  expect(one.lines.at(-1)).toBe('> All is well.')
  await one.monitor({ once: 'scheduled' })
  expect(model.seen.at(-1)?.text).toContain('"inbox":[]')
})

test('only one monitor runs in a workspace; the next one continues where it stopped', async () => {
  const one = sweep('log_result loss 0.5 1')
  await one.finish()
  const end = new AbortController()
  const living = one.monitor({ noAgent: true, signal: end.signal })
  await expect.poll(() => existsSync(join(one.root, '.hyperherd/monitor-state.json'))).toBe(true)
  // Makes the sign of life that of another process on this machine.
  const sign = join(one.root, '.hyperherd/monitor.json')
  const own = readFileSync(sign, 'utf8')
  const other = spawnSync('bash', ['-c', 'echo $PPID'], { encoding: 'utf8' })
  expect(other.status).toBe(0)
  writeFileSync(sign, own.replace(/"pid":\d+/, `"pid":${process.ppid}`).replace(/"start":"[^"]*"/, '"start":null'))
  await expect(one.monitor({ once: 'boot', noAgent: true })).rejects.toThrow(
    /a monitor is already running: process \d+ on /,
  )
  writeFileSync(sign, own)
  end.abort()
  expect(await living).toMatchObject({ why: 'stopped', ticks: 1 })
  expect(existsSync(sign)).toBe(false)
  expect((await one.monitor({ once: 'boot', noAgent: true })).last?.tick).toBe(2)
})
