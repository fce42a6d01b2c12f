import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buttonText } from '@hotcb/notify'
import { openSecretStore } from '@hotcb/run/node'
import { expect, onTestFinished, test } from 'vitest'
import { startDiscord } from '../../notify/test/stand-ins/discord.ts'
import { giveJson } from '../../notify/test/stand-ins/http-server.ts'
import { openChatMemory } from '../src/node/channels/chat-memory.ts'
import { discordUse } from '../src/node/channels/chat-uses.ts'
import { type DiscordParts, discordChannel } from '../src/node/channels/discord.ts'

const authenticate = (text: string): string => `${text.length}`.padEnd(12, 'k')
const [TAG, HOME, OWN] = ['01234567', '800000000000000009', '700000000000000001']
const PICTURE = { name: 'a.png', content: Uint8Array.of(1, 2, 3), about: 'A picture.' }

interface Given {
  /** Answers by method and path, such as `GET /guilds/9/channels`. */
  readonly answers?: Readonly<Record<string, object>>
  readonly config?: Partial<DiscordParts['config']>
  readonly sweep?: string
}

/** A channel on a fake Discord that answers some calls as a test defines. */
async function talking({ answers = {}, config = {}, sweep = 's' }: Given = {}) {
  const own = new Map(Object.entries(answers))
  const discord = await startDiscord(({ method, path }, response) => {
    const answer = own.get(`${method} ${path.replace('/api/v10', '')}`)
    return answer === undefined ? false : giveJson(response, answer, 'code' in answer ? 404 : 200)
  })
  const dir = mkdtempSync(join(tmpdir(), 'monitor-discord-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const token = openSecretStore({ BOT: 'discord-1' }).read({ from: 'env', name: 'BOT' })
  if (!token.ok) throw new Error(token.reason)
  const memory = openChatMemory(dir, 'discord')
  const begun: unknown[] = []
  const channel = await discordChannel({
    config: {
      ...{ token: { from: 'env', name: 'BOT' }, guild: '9', channel: HOME, channelName: null, refreshSeconds: 60 },
      ...{ api: `${discord.url}/api`, ...config },
    },
    ...{ token: token.value, tag: TAG, memory, sweep },
    place: { via: 'discord', operators: ['1001'], authenticate },
    uses: { begin: (use) => void begun.push(use), renew: () => undefined, release: () => undefined },
  })
  onTestFinished(() => channel.close())
  const called = () =>
    discord.requests.map(({ method, path, headers, body }) => [
      `${method} ${path.replace('/api/v10', '')}`,
      headers['content-type'] === 'application/json' ? JSON.parse(body) : null,
    ])
  return { discord, memory, own, begun, called, channel }
}

const said = (content: string, components: readonly object[] = []) => ({
  ...{ content, allowed_mentions: { parse: [] }, flags: 4, components },
})
const POST = `POST /channels/${HOME}/messages`

test('a post is escaped line by line, without mentions and previews', async () => {
  const { channel, called, begun } = await talking()
  await channel.post({ kind: 'message', text: '*a*\n@here' })
  await channel.post({ kind: 'message', text: '' })
  expect(channel.name).toBe('discord')
  expect(begun).toEqual([discordUse(HOME)])
  expect(called()).toEqual([
    [POST, said('\\*a\\*\n@\u2060here')],
    [POST, said(' ')],
  ])
})

test('a question has a button for each answer, and the buttons are valid only in this channel', async () => {
  const { channel, called } = await talking()
  await channel.post({ kind: 'question', text: 'stop it?', proposal: '3.1' })
  const button = (verdict: 'approve' | 'reject', label: string, style: number) => ({
    ...{ type: 2, style, label },
    custom_id: buttonText({ run: TAG, action: '3-1', verdict }, HOME, authenticate),
  })
  const components = [{ type: 1, components: [button('approve', 'Approve', 3), button('reject', 'Reject', 4)] }]
  expect(called()).toEqual([[POST, said('stop it?', components)]])
})

test('each trial has a thread that is created once, and a file is attached to its message', async () => {
  const { channel, called, memory, discord } = await talking()
  await channel.post({ kind: 'event', text: 'one', trial: 4 })
  await channel.post({ kind: 'event', text: 'two', trial: 4 })
  const thread = '800000000000000001'
  expect(memory.get('trial-4')).toBe(thread)
  expect(called()).toEqual([
    [`POST /channels/${HOME}/threads`, { name: 'trial-4', type: 11, auto_archive_duration: 1440 }],
    [`POST /channels/${thread}/messages`, said('one')],
    [`POST /channels/${thread}/messages`, said('two')],
  ])
  await channel.post({ kind: 'message', text: 'see', file: PICTURE })
  await channel.post({ kind: 'event', text: 'so', trial: 4, threadFile: PICTURE })
  const file = { name: 'a.png', about: 'A picture.', type: 'image/png', bytes: Buffer.from(PICTURE.content) }
  expect(discord.files).toEqual([
    { ...file, content: 'see', path: `/api/v10/channels/${HOME}/messages` },
    { ...file, content: 'so', path: `/api/v10/channels/${thread}/messages` },
  ])
})

test('the status is posted and pinned once, then edited, and posted again if it was deleted', async () => {
  const { channel, called, discord } = await talking()
  await channel.show?.('*2*')
  await channel.show?.('1')
  discord.remove('800000000000000001')
  await channel.show?.('0')
  const messages = `/channels/${HOME}/messages`
  expect(called()).toEqual([
    ['GET /users/@me', null],
    [`GET ${messages}/pins`, null],
    [POST, said(`\\*2\\*\nsweep ${TAG}`)],
    [`PUT ${messages}/pins/800000000000000001`, null],
    [`PATCH ${messages}/800000000000000001`, said(`1\nsweep ${TAG}`)],
    [`PATCH ${messages}/800000000000000001`, said(`0\nsweep ${TAG}`)],
    [POST, said(`0\nsweep ${TAG}`)],
    [`PUT ${messages}/pins/800000000000000002`, null],
  ])
})

test("the pinned status is found by its mark among the bot's own messages", async () => {
  const content = `old\nsweep ${TAG}`
  const items = [
    null,
    { message: null },
    { message: { id: '1', content } },
    { message: { id: '2', content, author: { id: '5' } } },
    { message: { id: '3', author: { id: OWN } } },
    { message: { id: '4', content: 'old\nsweep 89abcdef', author: { id: OWN } } },
    { message: { id: '5', content, author: { id: OWN } } },
  ]
  const pins = `GET /channels/${HOME}/messages/pins`
  const edit = `PATCH /channels/${HOME}/messages/5`
  const { channel, called, memory, own } = await talking({ answers: { [pins]: { items }, [edit]: { id: '5' } } })
  await channel.show?.('new')
  expect([memory.get('status'), memory.get('pinned')]).toEqual(['5', '5'])
  expect(called().map(([call]) => call)).toEqual(['GET /users/@me', pins, edit])
  own.set(edit, { code: 50_005, message: 'Cannot edit' })
  await expect(channel.show?.('newer')).rejects.toThrow(/^Discord responded with 404: Cannot edit$/)
  for (const answer of [{ items: 3 }, [], {}]) {
    const none = await talking({ answers: { [pins]: answer } })
    await none.channel.show?.('new')
    expect(none.memory.get('status')).toBe('800000000000000001')
  }
})

const CHANNELS = '/guilds/9/channels'

test('without a channel id, the channel with the name of the sweep is used, and created if necessary', async () => {
  const known = [null, { id: '6', name: 'other' }, { id: '7', name: 'my-big-sweep-2' }]
  const found = await talking({
    ...{ answers: { [`GET ${CHANNELS}`]: known }, config: { channel: null }, sweep: 'My_Big sweep-2!é' },
  })
  expect(found.begun).toEqual([discordUse('7')])
  expect(found.called()).toEqual([[`GET ${CHANNELS}`, null]])
  const made = await talking({
    answers: { [`GET ${CHANNELS}`]: known, [`POST ${CHANNELS}`]: { id: '8' } },
    config: { channel: null, channelName: `A${'b'.repeat(110)}` },
  })
  expect(made.begun).toEqual([discordUse('8')])
  expect(made.called()).toEqual([
    [`GET ${CHANNELS}`, null],
    [`POST ${CHANNELS}`, { name: `a${'b'.repeat(99)}`, type: 0 }],
  ])
})

test('an answer without an id is reported', async () => {
  const answers = { [`GET ${CHANNELS}`]: { no: 'list' }, [`POST ${CHANNELS}`]: { id: 8 } }
  await expect(talking({ answers, config: { channel: null } })).rejects.toThrow(/^Discord returned no id$/)
})
