import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buttonText } from '@hotcb/notify'
import { openSecretStore } from '@hotcb/run/node'
import { expect, onTestFinished, test } from 'vitest'
import { giveJson } from '../../notify/test/stand-ins/http-server.ts'
import { startSlack } from '../../notify/test/stand-ins/slack.ts'
import { openChatMemory } from '../src/node/channels/chat-memory.ts'
import { slackChannel } from '../src/node/channels/slack.ts'

const authenticate = (text: string): string => `${text.length}`.padEnd(12, 'k')
const TAG = '01234567'
const PICTURE = { name: 'a.png', content: Uint8Array.of(1, 2, 3), about: 'A picture.' }

type Answers = Readonly<Record<string, object>>

/** A channel on a fake Slack that answers some methods as a test defines. */
async function talking(given: Answers = {}) {
  const answers = new Map(Object.entries(given))
  const slack = await startSlack(({ path }, response) => {
    const answer = answers.get(path.split('/').at(-1) ?? '')
    return answer === undefined ? false : giveJson(response, answer)
  })
  const dir = mkdtempSync(join(tmpdir(), 'monitor-slack-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const secrets = openSecretStore({ BOT: 'xoxb-1', APP: 'xapp-1' })
  const secret = (name: string) => {
    const read = secrets.read({ from: 'env', name })
    if (!read.ok) throw new Error(read.reason)
    return read.value
  }
  const place = { from: 'env', name: 'BOT' } as const
  const config = { token: place, appToken: place, channel: 'C1', refreshSeconds: 60, api: `${slack.url}/api/` }
  const memory = openChatMemory(dir, 'slack')
  const parts = {
    ...{ config, token: secret('BOT'), appToken: secret('APP'), tag: TAG, memory },
    place: { via: 'slack', channel: 'C1', operators: ['U1'], authenticate },
  }
  const posted = () =>
    slack
      .calls('chat.postMessage')
      .map(
        ({ blocks, ...more }): Readonly<Record<string, unknown>> => ({ ...more, blocks: JSON.parse(String(blocks)) }),
      )
  const called = () => slack.requests.map(({ path }) => path.split('/').at(-1))
  return { slack, memory, answers, posted, called, channel: await slackChannel(parts) }
}

const section = (text: string) => ({ type: 'section', text: { type: 'plain_text', text, emoji: false } })
const said = (text: string, shown: string, more: object = {}) => ({
  ...{ channel: 'C1', text, blocks: [section(shown)], unfurl_links: 'false', unfurl_media: 'false' },
  ...more,
})

test('a post is plain text without mentions and previews, and its copy for notifications is escaped', async () => {
  const { channel, posted } = await talking()
  await channel.post({ kind: 'message', text: 'a < b\n@here' })
  await channel.post({ kind: 'message', text: '' })
  expect(channel.name).toBe('slack')
  expect(posted()).toEqual([said('a &lt; b @\u2060here', 'a < b\n@\u2060here'), said('', ' ')])
})

test('a question has a button for each answer, and the buttons are valid only in this channel', async () => {
  const { channel, posted } = await talking()
  await channel.post({ kind: 'question', text: 'stop it?', proposal: '3.1' })
  const button = (verdict: 'approve' | 'reject', text: string, style: string) => ({
    ...{ type: 'button', text: { type: 'plain_text', text }, style, action_id: verdict },
    value: buttonText({ run: TAG, action: '3-1', verdict }, 'C1', authenticate),
  })
  const elements = [button('approve', 'Approve', 'primary'), button('reject', 'Reject', 'danger')]
  expect(posted()).toEqual([
    said('stop it?', 'stop it?', { blocks: [section('stop it?'), { type: 'actions', elements }] }),
  ])
})

test('the first post about a trial starts a thread, and later posts and their files are added to it', async () => {
  const { channel, posted, memory, slack } = await talking()
  await channel.post({ kind: 'event', text: 'one', trial: 4, file: PICTURE })
  await channel.post({ kind: 'event', text: 'two', trial: 4 })
  await channel.post({ kind: 'event', text: 'three', trial: 4, threadFile: PICTURE })
  await channel.post({ kind: 'event', text: 'other', trial: 5 })
  expect([memory.get('trial-4'), memory.get('trial-5')]).toEqual(['100.1', '100.3'])
  expect(posted()).toEqual([said('one', 'one'), said('two', 'two', { thread_ts: '100.1' }), said('other', 'other')])
  const shared = { name: 'a.png', about: 'A picture.', bytes: Buffer.from(PICTURE.content), thread: '100.1' }
  expect(slack.files).toEqual([
    { ...shared, blocks: '' },
    { ...shared, blocks: JSON.stringify([section('three')]) },
  ])
})

test('a file is posted together with its text, or after the buttons if the post is a question', async () => {
  const { channel, posted, slack } = await talking()
  await channel.post({ kind: 'message', text: 'see', file: PICTURE })
  expect(posted()).toEqual([])
  await channel.post({ kind: 'question', text: 'stop?', proposal: '3.1', file: PICTURE })
  expect(posted().map(({ text }) => text)).toEqual(['stop?'])
  const shared = { name: 'a.png', about: 'A picture.', bytes: Buffer.from(PICTURE.content), thread: null }
  expect(slack.files).toEqual([
    { ...shared, blocks: JSON.stringify([section('see')]) },
    { ...shared, blocks: '' },
  ])
  expect(slack.calls('files.completeUploadExternal').map((one) => one['channel_id'])).toEqual(['C1', 'C1'])
})

test('if Slack rejects a file, its text is posted once, in the thread', async () => {
  const { channel, posted, memory } = await talking({
    'files.getUploadURLExternal': { ok: false, error: 'missing_scope' },
  })
  const rejected = /^Slack rejected it: missing_scope$/
  memory.set('trial-4', '7.7')
  await expect(channel.post({ kind: 'message', text: 'see', file: PICTURE })).rejects.toThrow(rejected)
  await expect(channel.post({ kind: 'event', text: 'four', trial: 4, file: PICTURE })).rejects.toThrow(rejected)
  await expect(channel.post({ kind: 'question', text: 'q', proposal: '1.1', file: PICTURE })).rejects.toThrow(rejected)
  expect(posted().map(({ text, thread_ts: thread }) => [text, thread])).toEqual([
    ['see', undefined],
    ['four', '7.7'],
    ['q', undefined],
  ])
})

test.each([{ ok: true }, { ok: true, ts: '' }])(
  'without a reference in the answer %j, no thread is remembered',
  async (answer) => {
    const { channel, memory } = await talking({ 'chat.postMessage': answer })
    await channel.post({ kind: 'event', text: 'one', trial: 4 })
    expect(memory.get('trial-4')).toBeNull()
    await expect(channel.show?.('ready 2')).rejects.toThrow(/^Slack returned no message timestamp$/)
  },
)

test('the status is posted and pinned once, then edited, and posted again if it was deleted', async () => {
  const { channel, slack, posted, called } = await talking()
  await channel.show?.('ready <2>')
  await channel.show?.('ready 1')
  slack.remove('100.1')
  await channel.show?.('ready 0')
  expect(posted()).toEqual([
    said(`ready &lt;2&gt; sweep ${TAG}`, `ready <2>\nsweep ${TAG}`),
    said(`ready 0 sweep ${TAG}`, `ready 0\nsweep ${TAG}`),
  ])
  expect(slack.calls('chat.update')[0]).toEqual({
    ...{ channel: 'C1', ts: '100.1', text: `ready 1 sweep ${TAG}`, unfurl_links: 'false', unfurl_media: 'false' },
    blocks: JSON.stringify([section(`ready 1\nsweep ${TAG}`)]),
  })
  expect(called()).toEqual([
    ...['auth.test', 'pins.list', 'chat.postMessage', 'pins.add', 'chat.update', 'chat.update'],
    ...['chat.postMessage', 'pins.add'],
  ])
  expect(slack.calls('pins.add')).toEqual([
    { channel: 'C1', timestamp: '100.1' },
    { channel: 'C1', timestamp: '100.2' },
  ])
  expect(slack.calls('pins.list')).toEqual([{ channel: 'C1' }])
})

test('if a message is already pinned, that is not an error; other refusals are reported', async () => {
  const { channel, answers, memory } = await talking({ 'pins.add': { ok: false, error: 'already_pinned' } })
  await channel.show?.('one')
  expect(memory.get('pinned')).toBe('100.1')
  memory.forget('status')
  answers.set('pins.add', { ok: false, error: 'missing_scope' })
  await expect(channel.show?.('two')).rejects.toThrow(
    /^the status message is not pinned: Slack rejected it: missing_scope$/,
  )
  answers.set('chat.update', { ok: false, error: 'cant_update_message' })
  await expect(channel.show?.('three')).rejects.toThrow(/^Slack rejected it: cant_update_message$/)
})

test("the pinned status is found by its mark among the bot's own messages", async () => {
  const text = `old\nsweep ${TAG}`
  const pinned = [
    null,
    { type: 'file' },
    { message: null },
    { message: { ts: 1, user: 'U0BOT', text } },
    { message: { ts: '5.1', user: 'U9', text } },
    { message: { ts: '5.2', user: 'U0BOT' } },
    { message: { ts: '5.3', user: 'U0BOT', text: 'old\nsweep 89abcdef' } },
    { message: { ts: '5.4', user: 'U0BOT', text } },
  ]
  const { channel, memory, called } = await talking({
    'pins.list': { ok: true, items: pinned },
    'chat.update': { ok: true, ts: '5.4' },
  })
  await channel.show?.('new')
  expect([memory.get('status'), memory.get('pinned')]).toEqual(['5.4', '5.4'])
  expect(called()).toEqual(['auth.test', 'pins.list', 'chat.update'])
  const none = await talking({ 'pins.list': { ok: true, items: 'none' } })
  await none.channel.show?.('new')
  expect(none.memory.get('status')).toBe('100.1')
})
