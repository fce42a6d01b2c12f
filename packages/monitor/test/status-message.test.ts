import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type DiscordStandIn, startDiscord } from '../../notify/test/stand-ins/discord.ts'
import { type SlackStandIn, startSlack } from '../../notify/test/stand-ins/slack.ts'
import { CHANNEL, discordConfig, giveTokens, slackConfig } from './living.ts'
import { sweep, type TestSweep } from './sweeps.ts'

/** How many status messages were posted, edited and pinned. */
type Counts = () => readonly [posted: number, edited: number, pinned: number]

interface Chat {
  readonly one: TestSweep
  readonly counts: Counts
  readonly pins: readonly string[]
  remove(id: string): void
}

async function onSlack(answer?: Parameters<typeof startSlack>[0]): Promise<Chat> {
  const slack: SlackStandIn = await startSlack(answer)
  const one = sweep('log_result loss 0.5 1', { trials: 2, monitor: slackConfig(slack) })
  const calls = (method: string): number => slack.calls(method).length
  return { one, counts: () => [calls('chat.postMessage'), calls('chat.update'), calls('pins.add')], ...slack }
}

async function onDiscord(answer?: Parameters<typeof startDiscord>[0]): Promise<Chat> {
  const discord: DiscordStandIn = await startDiscord(answer)
  const one = sweep('log_result loss 0.5 1', { trials: 2, more: discordConfig(discord) })
  const calls = (method: string, path: RegExp): number =>
    discord.requests.filter((request) => request.method === method && path.test(request.path)).length
  const counts: Counts = () => [
    calls('POST', new RegExp(`/channels/${CHANNEL}/messages$`)),
    calls('PATCH', /\/messages\/\d+$/),
    calls('PUT', /\/messages\/pins\/\d+$/),
  ]
  return { one, counts, ...discord }
}

const CHATS = [
  ['slack', onSlack],
  ['discord', onDiscord],
] as const

async function look({ one }: Chat): Promise<void> {
  giveTokens(one)
  await one.monitor({ once: 'scheduled', noAgent: true })
}

test.each(CHATS)(
  'on %s, one status message is pinned once and then edited, also by the next monitor',
  async (via, open) => {
    const chat = await open()
    await chat.one.finish()
    await look(chat)
    expect([chat.counts(), chat.pins.length]).toEqual([[1, 0, 1], 1])
    await look(chat)
    expect(chat.counts()).toEqual([1, 1, 1])
    // As in a workspace that was copied to another machine, or whose file was deleted.
    rmSync(join(chat.one.root, `.hyperherd/monitor-${via}.json`))
    await look(chat)
    expect([chat.counts(), chat.pins.length]).toEqual([[1, 2, 1], 1])
  },
)

test.each(CHATS)('on %s, a status message that someone deleted is posted and pinned again', async (_, open) => {
  const chat = await open()
  await chat.one.finish()
  await look(chat)
  chat.remove(chat.pins[0] ?? '')
  await look(chat)
  expect([chat.counts(), chat.pins.length]).toEqual([[2, 1, 2], 1])
})

test('the pinned message of another sweep in the same channel is left alone', async () => {
  const slack = await startSlack()
  const config = { trials: 2, monitor: slackConfig(slack) }
  for (const one of [sweep('log_result loss 0.5 1', config), sweep('log_result loss 0.5 1', config)]) {
    await one.finish()
    giveTokens(one)
    await one.monitor({ once: 'scheduled', noAgent: true })
  }
  expect([slack.pins.length, slack.calls('chat.update').length]).toEqual([2, 0])
})

test('a bot that may not pin messages still shows the status, and the problem is logged once', async () => {
  const chat = await onSlack(({ path }, response) => {
    if (!path.endsWith('/pins.add')) return false
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end('{"ok":false,"error":"missing_scope"}')
    return true
  })
  await chat.one.finish()
  await look(chat)
  await look(chat)
  expect(chat.counts()).toEqual([1, 1, 2])
  const log = readFileSync(join(chat.one.root, '.hyperherd/agent_log.jsonl'), 'utf8')
  expect(log.match(/slack: the status message is not pinned: Slack rejected it: missing_scope/g)).toHaveLength(2)
})
