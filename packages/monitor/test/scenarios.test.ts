import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runSweep } from '@hotcb/sweep/node'
import { expect, test } from 'vitest'
import { startDiscord } from '../../notify/test/stand-ins/discord.ts'
import { startSlack } from '../../notify/test/stand-ins/slack.ts'
import { addToInbox } from '../src/node.ts'
import { CHANNEL, discordConfig, giveTokens, slackConfig, WAIT, whileLiving } from './living.ts'
import { pointedAt, scriptedModel } from './scripted-model.ts'
import { sweep, type TestSweep } from './sweeps.ts'

// The behaviour that HyperHerd's monitor tests check, and our tests for it. Where our monitor works differently, the first string
// describes the difference.
const SCENARIOS: readonly (readonly [theirs: string, file: string, title: string])[] = [
  [
    'the first trigger is boot; the inbox and the schedule trigger ticks; max ticks',
    'daemon',
    'the first tick is boot and old failures are not reported',
  ],
  [
    'a failure triggers a tick; passive mode calls no model',
    'daemon',
    'a failure triggers a tick; without an agent the model is never called',
  ],
  ['halt', 'operated', 'a sweep of 12 trials is operated to its end'],
  ['five failures in a row halt', 'daemon', 'after five ticks without a usable answer'],
  [
    'successive halving before each tick, its failure is harmless: the driver does it',
    'scenarios',
    'a driver that cannot be started',
  ],
  ['passive mode refreshes', 'scenarios', 'without a model, the status message follows the sweep'],
  ['refresh cooldown', 'scenarios', 'without a model, the status message follows the sweep'],
  ['the final message', 'scenarios', 'the last message contains the reason why the monitor stops'],
  ['the text of the heartbeat: the status message', 'scenarios', 'the status message has the totals'],
  ['the baseline is silent', 'scenarios', 'the first check reports nothing'],
  ['failure and completion are both emitted', 'scenarios', 'the first check reports nothing'],
  ['errors during a check are survived', 'scenarios', 'a sweep that is temporarily unreadable'],
  ['.env: the environment comes first', 'scenarios', "a key may be in the workspace's .env"],
  ['a variable that is missing: refused, with its name', 'scenarios', 'a missing token'],
  ['six lines of chat; heartbeats are not recorded', 'scenarios', 'the model is shown the last six lines'],
  [
    'the inbox is drained by rename: its lines are numbered',
    'monitor',
    "a person's message is answered; it stays in the inbox",
  ],
  [
    'Discord: the name of the bot is stripped, other chatter is ignored',
    'scenarios',
    "on Discord, the channel has the sweep's name",
  ],
  ['Discord: names of channels', 'scenarios', "on Discord, the channel has the sweep's name"],
  ['conflicts of heartbeats: one monitor for each workspace', 'monitor', 'only one monitor runs in a workspace'],
  ['several sweeps with one bot', 'status-message', 'the pinned message of another sweep in the same channel'],
  ['the metric of a plot', 'plots', 'the default metric'],
]

test.each(SCENARIOS)('%s: tested in %s.test.ts', (_, file, title) => {
  const text = readFileSync(new URL(`${file}.test.ts`, import.meta.url), 'utf8')
  expect(text.includes(`test('${title}`) || text.includes(`test("${title}`)).toBe(true)
})

function logOf({ root }: TestSweep): string {
  return readFileSync(join(root, '.hyperherd/agent_log.jsonl'), 'utf8')
}

function leave({ root }: TestSweep, text: string): void {
  addToInbox(join(root, '.hyperherd'), { timestamp: 't', source: 'cli', author: 'ada', text, isOperator: true })
}

test('a driver that cannot be started is noted, and the tick continues', async () => {
  const one = sweep('log_result loss 0.5 1', { trials: 2 })
  await runSweep(one.workspace)
  const port = {
    env: one.env,
    line: (text: string) => void one.lines.push(text),
    startDriver: () => {
      throw new Error('no process for you')
    },
  }
  leave(one, '/status')
  const end = await one.monitor({ once: 'scheduled', noAgent: true, port })
  expect(end.last?.failed).toBe(null)
  expect(one.lines[0]).toMatch(/^> t: 2 trials: waiting 2/)
  expect(logOf(one)).toContain('"event":"drive","tick":1,"trouble":"no process for you"')
})

test('without a model, the status message follows the sweep between two ticks, no more often than configured', async () => {
  const [often, seldom] = [await startSlack(), await startSlack()]
  for (const [slack, seconds] of [
    [often, 1],
    [seldom, 3600],
  ] as const) {
    const config = slackConfig(slack).replace('refresh_seconds: 1', `refresh_seconds: ${seconds}`)
    const one = sweep('log_result loss 0.5 1', { trials: 2, monitor: config })
    await runSweep(one.workspace, { indices: '0' })
    await one.drive()
    // A trial that is held back changes the totals, but does not trigger a tick.
    await whileLiving(one, { slack }, async () => {
      const shown = (): readonly string[] => slack.calls('chat.update').map(({ text }) => String(text))
      if (seconds === 1) await expect.poll(() => shown().length, WAIT).toBeGreaterThanOrEqual(2)
      else {
        leave(one, 'hello')
        await expect.poll(() => logOf(one).match(/"phase":"done"/g)?.length, WAIT).toBe(2)
      }
    })
    expect(logOf(one)).not.toContain('"event":"model"')
  }
  // There is one for the second tick, and none in between.
  expect(seldom.calls('chat.update').length).toBe(1)
})

test('the last message contains the reason why the monitor stops: a command, a signal, or nothing left to do', async () => {
  const one = sweep('log_result loss 0.5 1', { trials: 1 })
  await one.finish()
  leave(one, '/shutdown')
  await one.monitor({ noAgent: true })
  expect(one.lines.slice(-2)).toEqual([
    '> the monitor will stop after this tick; trials continue',
    '> the monitor was stopped; trials continue',
  ])
  const model = await scriptedModel(() => ({ calls: [['halt', { reason: 'all is done' }]] }))
  const other = sweep('log_result loss 0.5 1', { trials: 1, monitor: pointedAt(model) })
  await other.finish()
  expect(await other.monitor()).toMatchObject({ why: 'halted' })
  expect(other.lines.at(-1)).toBe('> the monitor is stopping: all is done')
})

test('the status message has the totals that are not zero, health, tick and spending', async () => {
  const slack = await startSlack()
  const one = sweep('[ "$HYPERHERD_TRIAL_ID" != 0 ] || exit 3; log_result loss 1 1', {
    trials: 3,
    monitor: `${slackConfig(slack)}, on_failure: notify`,
  })
  giveTokens(one)
  await one.finish()
  await one.monitor({ once: 'scheduled', noAgent: true })
  const [status] = slack.calls('chat.postMessage').filter(({ text }) => String(text).includes('trials:'))
  const [block] = JSON.parse(String(status?.['blocks']))
  expect(block.text.text).toMatch(
    /^t: 3 trials: failed 1, completed 2\npassive, tick 1, next in 1[78]\d\d s; no model is used\nsweep [0-9a-f]{8}$/,
  )
})

test('the first check reports nothing that happened before; later checks report all failures and completions', async () => {
  const launcher = '[ "$HYPERHERD_TRIAL_ID" != 1 ] || exit 3; log_result loss 1 1'
  const one = sweep(launcher, { trials: 3, monitor: ', on_failure: notify' })
  await runSweep(one.workspace, { indices: '0' })
  await one.drive()
  await one.monitor({ once: 'boot', noAgent: true })
  expect(one.lines).toEqual([])
  await runSweep(one.workspace, { indices: '1,2' })
  await one.drive()
  await one.monitor({ once: 'scheduled', noAgent: true })
  expect(one.lines.slice(0, 2)).toEqual([
    expect.stringMatching(/^> trial 1 \S+ failed \(exit\)$/),
    expect.stringMatching(/^> trial 2 \S+ completed$/),
  ])
})

test('a sweep that is temporarily unreadable is logged, and operated again afterwards', async () => {
  const one = sweep('log_result loss 0.5 1', { trials: 2 })
  await runSweep(one.workspace, { indices: '0' })
  await one.drive()
  const end = new AbortController()
  let isBroken = false
  const env = new Proxy(one.env, {})
  const nowMs = (): number => Date.now()
  const broken = one.workspace.journal.refresh.bind(one.workspace.journal)
  Object.assign(one.workspace.journal, {
    refresh: () => {
      if (isBroken) throw new Error('the disk is unavailable')
      return broken()
    },
  })
  const port = { env, line: (text: string) => void one.lines.push(text), startDriver: () => undefined }
  const running = one.monitor({ noAgent: true, signal: end.signal, nowMs, port })
  await expect.poll(() => logOf(one).includes('"phase":"done"'), WAIT).toBe(true)
  isBroken = true
  await expect.poll(() => logOf(one).includes('the disk is unavailable'), WAIT).toBe(true)
  isBroken = false
  await runSweep(one.workspace, { indices: '1' })
  await one.drive()
  await expect.poll(() => one.lines.join('\n'), WAIT).toMatch(/trial 1 \S+ completed/)
  end.abort()
  expect(await running).toMatchObject({ why: 'stopped' })
})

test("a key may be in the workspace's .env; the environment takes precedence, unless its value is empty", async () => {
  const model = await scriptedModel(() => ({}))
  const one = sweep('log_result loss 0.5 1', { trials: 1, monitor: `${pointedAt(model)}, key: "env:MY_KEY"` })
  await one.finish()
  writeFileSync(join(one.root, '.env'), 'MY_KEY="key-of-the-file"\n')
  for (const own of [undefined, '', 'key-of-the-environment']) {
    if (own !== undefined) one.env['MY_KEY'] = own
    await one.monitor({ once: 'scheduled' })
  }
  expect(model.seen.map(({ headers }) => headers['authorization'])).toEqual([
    'Bearer key-of-the-file',
    'Bearer key-of-the-file',
    'Bearer key-of-the-environment',
  ])
})

test('a missing token is reported by name before anything is done', async () => {
  const slack = await startSlack()
  const one = sweep('log_result loss 0.5 1', { trials: 1, monitor: slackConfig(slack) })
  await expect(one.monitor({ once: 'boot', noAgent: true })).rejects.toThrow(
    'hyperherd.yaml: monitor: the environment variable `SLACK_BOT_TOKEN` is not set',
  )
  expect(slack.requests).toEqual([])
})

test("the model is shown the last six lines of the chat, without summaries and the monitor's own posts", async () => {
  const model = await scriptedModel((_, count) => ({
    calls:
      count % 2 === 1
        ? [
            ['msg', { text: `answer ${count}` }],
            ['tick_summary', { text: `summary ${count}` }],
          ]
        : [],
  }))
  const one = sweep('log_result loss 0.5 1', { trials: 1, monitor: pointedAt(model) })
  await one.finish()
  for (const at of [1, 2, 3, 4, 5]) {
    leave(one, `question ${at}`)
    await one.monitor({ once: 'user_message' })
  }
  const text = model.seen.at(-1)?.text ?? ''
  const { chat_history: history } = JSON.parse(
    text.slice(text.indexOf('{"sweep_name"'), text.lastIndexOf('}') + 1).split('\n')[0] ?? '',
  )
  expect(history.map(({ untrusted_text: line }: { untrusted_text: string }) => line)).toEqual([
    'answer 3',
    'question 3',
    'answer 5',
    'question 4',
    'answer 7',
    'question 5',
  ])
})

test("on Discord, the channel has the sweep's name; only messages that mention the bot are read, with the bot's name removed", async () => {
  const made: unknown[] = []
  const discord = await startDiscord(({ method, path, body }, response) => {
    if (!/\/guilds\/\d+\/channels$/.test(path)) return false
    if (method === 'POST') made.push(JSON.parse(body))
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(method === 'GET' ? '[{"id":"1","name":"other"}]' : `{"id":"${CHANNEL}"}`)
    return true
  })
  const more = discordConfig(discord).replace(/channel_id: "\d+"/, 'channel_name: "My_Sweep of Nets!"')
  const one = sweep('log_result loss 0.5 1', { trials: 1, more, monitor: ', operators: {discord: ["1001"]}' })
  await one.finish()
  const inbox = join(one.root, '.hyperherd/inbox.jsonl')
  await whileLiving(one, { discord }, async () => {
    for (const [text, user] of [
      ['nothing for the bot', '1001'],
      ['<@700000000000000001> from a stranger', '2002'],
      ['<@700000000000000001> how is it?', '1001'],
    ] as const)
      discord.write({ text, user, channel: CHANNEL })
    await expect.poll(() => logOf(one).match(/"phase":"done"/g)?.length, WAIT).toBe(2)
  })
  expect(made).toEqual([{ name: 'my-sweep-of-nets', type: 0 }])
  const lines = readFileSync(inbox, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.map(({ text, author, operator }) => [text, author, operator])).toEqual([['how is it?', '1001', true]])
})
