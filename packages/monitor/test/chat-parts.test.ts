import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ChatFailure } from '@hotcb/notify/node'
import { expect, onTestFinished, test } from 'vitest'
import { openChatMemory } from '../src/node/channels/chat-memory.ts'
import { openChatUses } from '../src/node/channels/chat-uses.ts'
import { consoleChannel } from '../src/node/channels/console-channel.ts'
import { fits, fitted } from '../src/node/channels/fitted.ts'
import { type StatusPort, statusMessage } from '../src/node/channels/status-message.ts'
import { environmentScrub } from '../src/node/setup.ts'

function home(): string {
  const dir = mkdtempSync(join(tmpdir(), 'monitor-chat-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

// An escaped star has two characters.
const ROOM = { quoted: (text: string) => text.replaceAll('*', '\\*'), longest: 20 }
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

test('a short table is part of its message, and a long one becomes a file', () => {
  const table = (content: string) => fitted({ text: 'all', file: { name: 'a.tsv', content, about: 'A table.' } }, ROOM)
  expect(table('1\t2')).toEqual({ text: 'all\n1\t2', files: [] })
  expect(table('x'.repeat(16))).toEqual({ text: `all\n${'x'.repeat(16)}`, files: [] })
  expect(table('x'.repeat(17))).toEqual({
    text: 'all',
    files: [{ name: 'a.tsv', bytes: bytes('x'.repeat(17)), type: 'text/tab-separated-values', about: 'A table.' }],
  })
})

test('text that is too long is truncated with a mark, never inside an escape sequence, and the full text becomes a file', () => {
  expect(fits('*'.repeat(10), ROOM)).toBe(true)
  expect(fits('*'.repeat(11), ROOM)).toBe(false)
  const { text, files } = fitted({ text: '*'.repeat(11) }, ROOM)
  expect(text).toBe(`${'\\*'.repeat(9)}…`)
  expect(files).toEqual([
    { name: 'message.txt', bytes: bytes('*'.repeat(11)), type: 'text/plain', about: 'The full message.' },
  ])
  expect(fitted({ text: 'x'.repeat(25) }, ROOM).text).toBe(`${'x'.repeat(19)}…`)
})

test('a picture is always sent as a file', () => {
  const picture = { name: 'a.png', content: Uint8Array.of(1, 2), about: 'A picture.' }
  expect(fitted({ text: 'see *', file: picture }, ROOM)).toEqual({
    text: 'see \\*',
    files: [{ name: 'a.png', bytes: picture.content, type: 'image/png', about: 'A picture.' }],
  })
})

test('the next monitor knows the messages that a chat has posted, and ignores damaged files', () => {
  const dir = home()
  const memory = openChatMemory(dir, 'slack')
  expect(memory.get('status')).toBeNull()
  memory.set('status', 'm1')
  memory.set('trial-1', 't1')
  memory.forget('trial-1')
  memory.forget('unknown')
  const next = openChatMemory(dir, 'slack')
  expect([next.get('status'), next.get('trial-1'), openChatMemory(dir, 'discord').get('status')]).toEqual([
    'm1',
    null,
    null,
  ])
  writeFileSync(join(dir, 'monitor-slack.json'), '{"status": 3, "trial-2": "t2"}')
  const mixed = openChatMemory(dir, 'slack')
  expect([mixed.get('status'), mixed.get('trial-2')]).toEqual([null, 't2'])
  writeFileSync(join(dir, 'monitor-slack.json'), '[')
  expect(openChatMemory(dir, 'slack').get('trial-2')).toBeNull()
})

/** A chat with messages, some of which are pinned. */
function chat(more: Partial<StatusPort> = {}) {
  const messages = new Map<string, string>()
  const pins: string[] = []
  const port: StatusPort = {
    async post(text) {
      const ref = `m${messages.size + 1}`
      messages.set(ref, text)
      return ref
    },
    async edit(ref, text) {
      if (!messages.has(ref)) throw new ChatFailure('it is gone', 'gone')
      messages.set(ref, text)
    },
    pin: async (ref) => void pins.push(ref),
    pinned: async () => pins.map((ref) => ({ ref, text: messages.get(ref) ?? '' })),
    isGone: ({ code }) => code === 'gone',
    ...more,
  }
  return { messages, pins, port }
}

test('the status is one message that is pinned once and edited in place', async () => {
  const { messages, pins, port } = chat()
  const show = statusMessage(port, openChatMemory(home(), 'slack'), 'sweep a')
  await show('one')
  await show('two')
  expect([[...messages], pins]).toEqual([[['m1', 'two\nsweep a']], ['m1']])
})

test('a message that was deleted is posted and pinned again', async () => {
  const { messages, pins, port } = chat()
  const show = statusMessage(port, openChatMemory(home(), 'slack'), 'sweep a')
  await show('one')
  messages.delete('m1')
  messages.set('other', 'x')
  await show('two')
  expect([messages.get('m2'), pins]).toEqual(['two\nsweep a', ['m1', 'm2']])
})

test("if the memory is lost, the pinned message is found by the sweep's mark", async () => {
  const { messages, pins, port } = chat()
  await statusMessage(port, openChatMemory(home(), 'slack'), 'sweep b')('theirs')
  await statusMessage(port, openChatMemory(home(), 'slack'), 'sweep a')('ours')
  await statusMessage(port, openChatMemory(home(), 'slack'), 'sweep a')('again')
  expect([[...messages.values()], pins]).toEqual([
    ['theirs\nsweep b', 'again\nsweep a'],
    ['m1', 'm2'],
  ])
})

test('if the bot may not pin or list messages, the status is shown and the problem is reported once', async () => {
  const refuse = (): Promise<never> => Promise.reject(new ChatFailure('no permission', 'missing_scope'))
  const { messages, port } = chat({ pin: refuse, pinned: refuse })
  const show = statusMessage(port, openChatMemory(home(), 'slack'), 'sweep a')
  await expect(show('one')).rejects.toMatchObject({
    message: 'the status message is not pinned: no permission',
    code: 'missing_scope',
  })
  await show('two')
  expect([...messages.values()]).toEqual(['two\nsweep a'])
})

test('if an edit fails for another reason, no second message is posted', async () => {
  const { messages, port } = chat({ edit: () => Promise.reject(new ChatFailure('busy', 'rate')) })
  const show = statusMessage(port, openChatMemory(home(), 'slack'), 'sweep a')
  await show('one')
  await expect(show('two')).rejects.toThrow('busy')
  expect(messages.size).toBe(1)
})

test('the terminal shows each line, how to answer a question, and the path of a picture', async () => {
  const lines: string[] = []
  const pictures = join(home(), 'plots')
  const channel = consoleChannel((line) => lines.push(line), pictures)
  await channel.post({ kind: 'message', text: 'one\ntwo\u0007', proposal: '3.1' })
  await channel.post({ kind: 'message', text: 'table', file: { name: 'a.tsv', content: 'x\t1\ny\t2', about: '' } })
  await channel.post({ kind: 'message', text: 'plot', file: { name: 'a.png', content: Uint8Array.of(7), about: '' } })
  expect(lines.slice(0, 3)).toEqual(['> one', '  two\ufffd', '  [3.1: /approve 3.1 or /reject 3.1]'])
  expect(lines[3]).toBe('> table')
  expect(lines.slice(-2)).toEqual(['> plot', `  ${join(pictures, 'a.png')}`])
  expect([...readFileSync(join(pictures, 'a.png'))]).toEqual([7])
})

test('two sweeps cannot use the same channel unless this is forced, and a released channel is free again', () => {
  const env = { XDG_STATE_HOME: home() }
  const use = { name: 'Discord channel 8', id: 'discord channel 8', why: 'both act', remedy: 'use another' }
  const [first, second] = [home(), home()]
  const open = (root: string, isForced = false) => openChatUses({ env, root, isForced })
  const mine = open(first)
  mine.begin(use)
  expect(() => open(second).begin(use)).toThrow(
    new RegExp(
      `^another sweep uses the Discord channel 8: process ${process.pid} on .*\`${first}\`; both act; use another, or start with`,
    ),
  )
  expect(() => open(second).begin({ ...use, id: 'discord channel 9' })).not.toThrow()
  expect(() => open(second, true).begin(use)).not.toThrow()
  mine.renew()
  mine.release()
  const third = home()
  expect(() => open(third).begin(use)).toThrow(`\`${second}\``)
})

test('values of variables whose names look like secrets are removed, the longest first, and short ones are kept', () => {
  const root = home()
  writeFileSync(join(root, '.env'), 'DB_PASSWORD=file-secret-1\n')
  const scrub = environmentScrub(root, {
    API_KEY: 'abcdefgh',
    MY_TOKENS: 'abcdefgh-long',
    SHORT_KEY: 'abc',
    HOME: '/home/abcd',
    QUOTED_SECRET: 'a"b"c"d"e',
  })
  expect(scrub('abcdefgh-long abcdefgh abc /home/abcd file-secret-1')).toBe('[secret] [secret] abc /home/abcd [secret]')
  expect(scrub('a"b"c"d"e and a\\"b\\"c\\"d\\"e')).toBe('[secret] and [secret]')
})
