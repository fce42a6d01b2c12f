import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SweepError } from '@hotcb/sweep/node'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import type { ChatConfig, DiscordConfig, SlackConfig } from '../src/config-chat.ts'
import type { Channel } from '../src/node/channels/channel.ts'
import { type ChannelsOptions, openChannels } from '../src/node/channels/open-channels.ts'

// The chats themselves are tested with servers. Here they record what they receive, and fail if `fails` contains their name.
const fake = vi.hoisted(() => ({ calls: [] as unknown[], fails: new Set<string>(), opens: null as Error | null }))
function channel(name: string): Channel {
  const call = (what: string) => async (value?: unknown) => {
    fake.calls.push([name, what, value])
    if (fake.fails.has(name)) throw new Error(`no ${what} with discord-secret`)
  }
  return { name, post: call('post'), show: call('show'), listen: call('listen'), close: call('close') }
}
/** The options of a chat that the tests look at. */
interface Given extends Readonly<Record<'config' | 'place' | 'sweep', unknown>> {
  readonly token: { reveal(): string }
  readonly appToken: { reveal(): string }
}
vi.mock('../src/node/channels/discord.ts', () => ({
  discordChannel: async ({ config, token, place, sweep }: Given) => {
    if (fake.opens !== null) throw fake.opens
    fake.calls.push(['discord', config, token.reveal(), place, sweep])
    return channel('discord')
  },
}))
vi.mock('../src/node/channels/slack.ts', () => ({
  slackChannel: async ({ config, token, appToken, place }: Given) => {
    fake.calls.push(['slack', config, token.reveal(), appToken.reveal(), place])
    return channel('slack')
  },
}))

beforeEach(() => {
  fake.calls = []
  fake.fails.clear()
  fake.opens = null
})

const env = (name: string) => ({ from: 'env', name }) as const
const DISCORD: DiscordConfig = {
  ...{ token: env('D_TOKEN'), guild: 'g', channel: 'c', channelName: null, refreshSeconds: 30, api: 'https://d' },
}
const SLACK: SlackConfig = {
  ...{ token: env('S_TOKEN'), appToken: env('A_TOKEN'), channel: 'C1', refreshSeconds: 20, api: 'https://s' },
}
const OPERATORS = { discord: ['7'], slack: ['U1'] }
const NO_CHAT: ChatConfig = { operators: OPERATORS, discord: null, slack: null }
const BOTH: ChatConfig = { operators: OPERATORS, discord: DISCORD, slack: SLACK }

function home(): string {
  const dir = mkdtempSync(join(tmpdir(), 'channels-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

async function open(chat: ChatConfig, more: Partial<ChannelsOptions> = {}, variables: object = {}) {
  const [root, lines] = [home(), [] as string[]]
  const clock = { ms: 1000 }
  const options: ChannelsOptions = {
    port: {
      env: {
        ...{ XDG_STATE_HOME: root, D_TOKEN: 'discord-secret', S_TOKEN: 'slack-secret', A_TOKEN: 'app-secret' },
        ...variables,
      },
      startDriver: () => undefined,
      line: (text) => void lines.push(text),
    },
    ...{ consoleOnly: false, forceChat: false, root, state: join(root, 'state'), sweep: 'one', nowMs: () => clock.ms },
    ...more,
  }
  const channels = await openChannels(chat, options)
  onTestFinished(() => channels.close())
  return { channels, lines, clock, options }
}

const of = (what: string) => fake.calls.filter((call) => Array.isArray(call) && call[1] === what)

test('without chats, posts go to the terminal, and there is no status', async () => {
  const { channels, lines, clock } = await open(NO_CHAT)
  expect(await channels.post({ kind: 'message', text: 'hello' })).toEqual([])
  expect([lines, channels.hasThreads]).toEqual([['> hello'], false])
  expect(await channels.show('status')).toEqual([])
  clock.ms = Number.MAX_SAFE_INTEGER
  expect(await channels.refresh(() => expect.unreachable())).toEqual([])
  expect(lines).toHaveLength(1)
})

test('each chat receives its settings, its token and its operators', async () => {
  const { channels } = await open(BOTH)
  expect(channels.hasThreads).toBe(true)
  expect(fake.calls).toEqual([
    [
      'discord',
      DISCORD,
      'discord-secret',
      { via: 'discord', operators: ['7'], authenticate: expect.anything() },
      'one',
    ],
    [
      ...['slack', SLACK, 'slack-secret', 'app-secret'],
      { via: 'slack', channel: 'C1', operators: ['U1'], authenticate: expect.anything() },
    ],
  ])
})

test('in a terminal only, no chat is opened', async () => {
  const { channels } = await open(BOTH, { consoleOnly: true }, { D_TOKEN: undefined })
  expect([fake.calls, channels.hasThreads]).toEqual([[], false])
})

test('a chat that fails does not keep a post from the others, and its problem does not contain a token', async () => {
  const { channels, lines } = await open(BOTH)
  fake.fails.add('discord')
  const post = { kind: 'message', text: 'hello' } as const
  expect(await channels.post(post)).toEqual(['discord: no post with [secret]'])
  expect(of('post')).toEqual([
    ['discord', 'post', post],
    ['slack', 'post', post],
  ])
  expect(lines).toEqual(['> hello'])
  await channels.listen({} as never)
  expect(lines).toEqual(['> hello', 'no commands from discord: no listen with [secret]'])
  expect(channels.scrub('a slack-secret')).toBe('a [secret]')
  // A problem of the status is reported once, because the status is shown often.
  expect(await channels.show('a')).toEqual(['discord: no show with [secret]'])
  expect(await channels.show('b')).toEqual([])
  expect(of('show')).toHaveLength(4)
})

test('the status is shown again after the shorter interval of the chats', async () => {
  const { channels, clock } = await open(BOTH)
  const shown: number[] = []
  const refresh = async (ms: number): Promise<void> => {
    clock.ms = ms
    await channels.refresh(() => `${shown.push(ms)}`)
  }
  await refresh(1000)
  for (const ms of [20_999, 21_000, 40_999, 41_000]) await refresh(ms)
  expect(shown).toEqual([1000, 21_000, 41_000])
  await channels.show('now')
  await refresh(41_001)
  expect(shown).toHaveLength(3)
})

test('an interval of 0 seconds turns the status of a chat off', async () => {
  const off = { ...DISCORD, refreshSeconds: 0 }
  const { channels, clock } = await open({ ...BOTH, discord: off, slack: null })
  await channels.show('now')
  clock.ms = Number.MAX_SAFE_INTEGER
  expect(await channels.refresh(() => expect.unreachable())).toEqual([])
  const both = await open({ ...BOTH, discord: off, slack: { ...SLACK, channel: 'C2' } })
  await both.channels.refresh(() => 'a')
  both.clock.ms += 20_000
  await both.channels.refresh(() => 'b')
  expect(of('show').map((call) => (call as unknown[])[2])).toEqual(['now', 'a', 'a', 'b', 'b'])
})

test('a missing token is a problem of the config', async () => {
  await expect(open(BOTH, {}, { D_TOKEN: '' })).rejects.toMatchObject({
    code: 'config',
    message: expect.stringMatching(/^hyperherd\.yaml: monitor: .*D_TOKEN/),
  })
})

test('a chat that cannot be opened is a problem of the config, without its token; a claim remains a claim', async () => {
  fake.opens = new Error('refused discord-secret')
  await expect(open(BOTH)).rejects.toMatchObject({
    code: 'config',
    message: 'hyperherd.yaml: monitor: refused [secret]',
  })
  fake.opens = new SweepError('claimed', 'in use')
  await expect(open(BOTH)).rejects.toBe(fake.opens)
})

test('a Slack channel is used by one sweep, until its monitor closes', async () => {
  const state = home()
  const slackOnly = { ...BOTH, discord: null }
  const first = await open(slackOnly, {}, { XDG_STATE_HOME: state })
  await expect(open(slackOnly, {}, { XDG_STATE_HOME: state })).rejects.toMatchObject({ code: 'claimed' })
  await open(slackOnly, { forceChat: true }, { XDG_STATE_HOME: state }).then(({ channels }) => channels.close())
  first.channels.renew()
  await first.channels.close()
  expect(of('close')).toHaveLength(2)
  await open(slackOnly, {}, { XDG_STATE_HOME: state })
})
