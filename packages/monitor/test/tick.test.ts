import { writeFileSync } from 'node:fs'
import type { Completion, ModelFailure } from '@hotcb/llm'
import { expect, test } from 'vitest'
import { readMonitorConfig } from '../src/config.ts'
import { openActor } from '../src/node/actor.ts'
import { addToInbox, monitorPaths, objectsIn, readChat } from '../src/node/monitor-files.ts'
import type { MonitorParts } from '../src/node/monitor-parts.ts'
import { readOutlook } from '../src/node/outlook.ts'
import type { Post } from '../src/node/post.ts'
import { sha256Of } from '../src/node/run-tool.ts'
import { spendText, tick } from '../src/node/tick.ts'
import { FIRST_RECORD, readTickRecord, type TickRecord, writeTickRecord } from '../src/node/tick-record.ts'
import { sweep, type TestSweep } from './sweeps.ts'

type Reply = Completion | ModelFailure

const said = (text: string, calls: Completion['calls'] = []): Completion => ({
  ...{ ok: true, text, calls, usage: { input: 10, output: 5 }, model: 'm', finish: 'stop' },
})
const call = (name: string, given: object) => ({ name, arguments: JSON.stringify(given) })
const DOWN: Reply = {
  ...{ ok: false, code: 'server', message: 'it is down (hunter2)', status: 503, retryAfterMs: null, mayCost: false },
}
const NOW = 5000
const NOTHING = { failed: [], completed: [], pruned: [], started: [] }
const CAPS = { nano: null, nanoPerDay: null, tokens: null, calls: null, actions: null, minutes: null }

/** A monitor of a sweep, without a model or with a model that returns these replies one after another. */
function monitored(one: TestSweep, replies: readonly Reply[] | null = null, before: Partial<TickRecord> = {}) {
  const { workspace, root, env } = one
  const paths = monitorPaths(root, root)
  writeTickRecord(paths, { ...FIRST_RECORD, ...before })
  const read = readMonitorConfig('monitor: {on_failure: notify}\n')
  if (!read.ok) throw new Error('the config is wrong')
  const posts: Post[] = []
  const asked: string[] = []
  const scrub = (text: string) => text.replaceAll('hunter2', '[secret]')
  const complete = async ({ messages }: { messages: readonly { content: string }[] }) => {
    asked.push(String(messages[0]?.content))
    return replies?.[asked.length - 1] ?? said('')
  }
  const spending = {
    ...{ reserve: () => ({ kind: 'reserved', id: 'r' }), settle: () => undefined },
    totals: () => ({ nano: 20_000_000, calls: 7 }),
  }
  const setup = replies && {
    model: { name: 'm', host: 'h', complete },
    price: { input: 1, output: 1 },
    caps: CAPS,
    spending,
  }
  const nowMs = () => NOW * 1000
  const parts = {
    ...{ workspace, paths, config: read.config, setup, nowMs, scrub, hasThreads: false },
    ...{ port: { env, startDriver: () => undefined, line: () => undefined }, signal: new AbortController().signal },
    actor: openActor({ workspace, paths, nowMs, scrub, check: () => undefined, onActed: () => undefined }),
    post: async (post: Post) => void posts.push(post),
  } as unknown as MonitorParts // A tick uses no other parts.
  const write = (text: string, isOperator = true) =>
    addToInbox(root, { timestamp: 't', source: 'cli', author: 'ada', text, isOperator })
  const logged = () => objectsIn(paths.log).map(({ timestamp: _, ...line }) => line)
  return { parts, paths, posts, asked, write, logged, record: () => readTickRecord(paths), workspace }
}

const READY = { '0': 'ready 0', '1': 'ready 0' }

test('a tick without a model and without changes writes its record and its log, and returns its report', async () => {
  const { parts, record, logged, posts, workspace } = monitored(sweep('true', { trials: 2 }))
  expect(await tick(parts, 'boot')).toEqual({
    ...{ tick: 1, trigger: 'boot', delta: NOTHING, triage: [], calls: null, failed: null, halted: null },
    ...{ nextAt: NOW + 1800, outlook: await readOutlook(workspace, NOW), inbox: 0 },
  })
  expect(record()).toEqual({ ...FIRST_RECORD, tick: 1, at: NOW, stamps: READY, nextAt: NOW + 1800 })
  expect(logged()).toEqual([
    { event: 'tick', tick: 1, phase: 'begun', trigger: 'boot' },
    { event: 'tick', tick: 1, phase: 'done', next_at: NOW + 1800 },
  ])
  expect(posts).toEqual([])
})

test('scheduled ticks without a message are counted, and a message resets the count', async () => {
  const after = async (trigger: 'boot' | 'scheduled', message?: string) => {
    const { parts, record, write } = monitored(sweep('true', { trials: 1 }), null, { silent: 3, failures: 2 })
    if (message !== undefined) write(message)
    await tick(parts, trigger)
    const { silent, failures, inbox } = record()
    return { silent, failures, inbox }
  }
  expect(await after('scheduled')).toEqual({ silent: 4, failures: 2, inbox: 0 })
  expect(await after('boot')).toEqual({ silent: 3, failures: 2, inbox: 0 })
  // Without a model, a message waits in the inbox, and a command does not.
  expect(await after('scheduled', 'hello')).toEqual({ silent: 0, failures: 2, inbox: 0 })
  expect(await after('scheduled', '/plan')).toEqual({ silent: 4, failures: 2, inbox: 1 })
})

test("an operator's command is carried out once, and the same text from other people is a message for the model", async () => {
  const { parts, posts, write, logged, record, asked } = monitored(sweep('true', { trials: 1 }), [])
  write('/plan')
  write('/plan', false)
  await tick(parts, 'user_message')
  expect(posts).toEqual([{ kind: 'message', text: 'the model has not written a plan yet' }])
  const command = { event: 'command', tick: 1, inbox: 0, by: 'ada', text: '/plan' }
  expect(logged().filter(({ event }) => event === 'command')).toEqual([command])
  expect(record().inbox).toBe(2)
  const { inbox } = JSON.parse(asked[0]?.split('\n')[1] ?? '')
  expect(inbox).toEqual([
    { timestamp: 't', source: 'cli', operator: false, untrusted_author: 'ada', untrusted_text: '/plan' },
  ])
  // A tick that was killed before it wrote its record is repeated.
  writeTickRecord(parts.paths, { ...record(), inbox: 0 })
  await tick(parts, 'user_message')
  expect(posts).toHaveLength(1)
})

test("the model's text answers a message, and both are added to the chat", async () => {
  const { parts, posts, write, record, paths } = monitored(sweep('true', { trials: 1 }), [said('fine, hunter2')], {
    failures: 2,
  })
  write('how is it, hunter2?')
  expect(await tick(parts, 'user_message')).toMatchObject({ calls: 1, failed: null, inbox: 1 })
  expect(posts).toEqual([{ kind: 'message', text: 'fine, [secret]' }])
  const time = '1970-01-01T01:23:20.000Z'
  expect(readChat(paths)).toEqual([
    { timestamp: 't', role: 'user', author: 'ada', via: 'cli', text: 'how is it, [secret]?' },
    { timestamp: time, role: 'agent', author: 'agent', via: 'monitor', text: 'fine, [secret]' },
  ])
  const { inbox, failures, nextAt } = record()
  expect({ inbox, failures, nextAt }).toEqual({ inbox: 1, failures: 0, nextAt: NOW + 1800 })
})

test("the model's text is not posted if there was no message, if it is empty, or if the model has already answered", async () => {
  const posted = async (replies: readonly Reply[], message?: string) => {
    const { parts, posts, write } = monitored(sweep('true', { trials: 1 }), replies)
    if (message !== undefined) write(message)
    await tick(parts, 'scheduled')
    return posts.map(({ text }) => text)
  }
  expect(await posted([said('quiet')])).toEqual([])
  expect(await posted([said(' \n')], 'hello')).toEqual([])
  expect(await posted([said('', [call('msg', { text: 'yes' })]), said('I answered')], 'hello')).toEqual(['yes'])
  expect(await posted([said('x'.repeat(4001))], 'hello')).toEqual(['x'.repeat(4000)])
})

test('if a model fails, this is reported, the model is called again in a minute, and messages wait', async () => {
  const { parts, posts, write, record, logged } = monitored(sweep('true', { trials: 1 }), [DOWN], { failures: 1 })
  write('hello')
  expect(await tick(parts, 'user_message')).toMatchObject({
    calls: 1,
    failed: 'it is down (hunter2)',
    nextAt: NOW + 60,
  })
  expect(posts).toEqual([{ kind: 'event', text: 'the model is currently unavailable: it is down ([secret])' }])
  const { inbox, failures, nextAt } = record()
  expect({ inbox, failures, nextAt }).toEqual({ inbox: 0, failures: 2, nextAt: NOW + 60 })
  expect(logged().filter(({ event }) => String(event).startsWith('model'))).toEqual([
    { event: 'model', tick: 1, model: 'm', kind: 'failure', failed: 'server', usd: 0 },
    { event: 'model_failed', tick: 1, why: 'it is down ([secret])' },
  ])
})

test('a model may schedule the next tick, stop the monitor, and record that it has read PROMPT.md', async () => {
  const sha256 = sha256Of('be careful')
  const { parts, record, logged, paths, asked } = monitored(sweep('true', { trials: 1 }), [
    said('', [
      ...[call('schedule_next', { delay_seconds: 120 }), call('halt', { reason: 'over' })],
      call('mark_user_prompt_read', { sha256 }),
    ]),
  ])
  writeFileSync(paths.prompt, 'be careful')
  expect(await tick(parts, 'boot')).toMatchObject({ nextAt: NOW + 120, halted: 'over', calls: 2 })
  expect(record()).toEqual({
    ...FIRST_RECORD,
    ...{ tick: 1, at: NOW, stamps: { '0': 'ready 0' }, promptSha256: sha256, nextAt: NOW + 120, halted: 'over' },
  })
  expect(logged().at(-1)).toEqual({ event: 'tick', tick: 1, phase: 'done', next_at: NOW + 120, halted: 'over' })
  await tick(parts, 'scheduled')
  writeFileSync(paths.prompt, 'be bold')
  await tick(parts, 'scheduled')
  const states = asked.map((text) => JSON.parse(text.split('\n')[1] ?? ''))
  expect(states.map(({ tick: number, user_prompt: prompt }) => [number, prompt])).toEqual([
    [1, { status: 'new', sha256, untrusted_text: 'be careful' }],
    [1, { status: 'new', sha256, untrusted_text: 'be careful' }],
    [2, { status: 'unchanged', sha256, untrusted_text: null }],
    [3, { status: 'changed', sha256: sha256Of('be bold'), untrusted_text: 'be bold' }],
  ])
  expect(states[0]).toMatchObject({ spend: '$0.02 of no limit, 7 calls', ticks_without_an_answer: 0 })
})

test('a trial that failed since the last tick is reported and triaged, and the next tick is in five minutes', async () => {
  const one = sweep('exit 3', { trials: 1 })
  await one.finish()
  const { parts, posts, record } = monitored(one, null, { stamps: { '0': 'running 1' } })
  const name = one.workspace.journal.fold.trials.get(0)?.trial.name
  const text = 'trial 0 failed with exit code 3; it will not be restarted'
  const report = await tick(parts, 'failure')
  expect(report).toMatchObject({ delta: { ...NOTHING, failed: [0] }, triage: [text], nextAt: NOW + 300 })
  expect(posts).toEqual([
    { kind: 'event', text: `trial 0 ${name} failed (exit)`, trial: 0 },
    { kind: 'triage', text },
  ])
  expect(record().stamps).toEqual({ '0': 'failed 1' })
  // A decision is made only once, whatever the record contains.
  writeTickRecord(parts.paths, { ...FIRST_RECORD, stamps: { '0': 'running 1' } })
  expect((await tick(parts, 'failure')).triage).toEqual([])
  expect(posts.map(({ kind }) => kind)).toEqual(['event', 'triage', 'event'])
})

test('spending is reported with its limit', () => {
  const told = (nano: number | null) => {
    const { parts } = monitored(sweep('true', { trials: 1 }), [])
    return spendText(parts.setup && { ...parts.setup, caps: { ...parts.setup.caps, nano } })
  }
  expect([spendText(null), told(null), told(5e9)]).toEqual([
    'no model is used',
    '$0.02 of no limit, 7 calls',
    '$0.02 of $5.00, 7 calls',
  ])
})
