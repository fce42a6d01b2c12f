import { openSecretStore } from '@hotcb/run/node'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type NotifyMessage, readNotifyConfig } from '../src/index.ts'
import type { NotifyChannel } from '../src/node/channel.ts'
import { loadClient, MissingClient } from '../src/node/channels/optional-client.ts'
import { openDiscordChat } from '../src/node/chat/discord-chat.ts'
import { openSlackChat } from '../src/node/chat/slack-chat.ts'
import { failureOf, HttpFailure, post, resultOf } from '../src/node/http.ts'
import { openChannels } from '../src/node/open-channels.ts'
import { startDiscord } from './stand-ins/discord.ts'
import { giveJson, startHttp } from './stand-ins/http-server.ts'
import { startSlack } from './stand-ins/slack.ts'
import { startTelegram } from './stand-ins/telegram.ts'

const store = openSecretStore({ TOKEN: '42:AAtoken', APP: 'xapp-1' })
const secret = (name: string) => {
  const found = store.read({ from: 'env', name })
  if (!found.ok) throw new Error('must be set')
  return found.value
}

async function open(yaml: string): Promise<NotifyChannel> {
  const read = readNotifyConfig(`channels:\n  one: ${yaml}\n`, 'n.yaml')
  if (!read.ok) throw new Error(read.problems.join('\n'))
  const terminal = { line: () => undefined, bell: () => undefined }
  const { channels, problems } = await openChannels(read.config.channels, { secrets: store, terminal })
  const [channel] = channels
  if (channel === undefined) throw new Error(problems.join('\n'))
  onTestFinished(() => channel.close())
  return channel
}

const MESSAGE: NotifyMessage = {
  ...{ title: 'exp: <waits>', text: 'why & how', level: 'critical', run: 'exp', step: 5, rule: 'waiting_approval' },
  ...{ phase: 'opened', metric: null, value: null, action: 'a1' },
}
const now = () => AbortSignal.timeout(300_000)

describe('Telegram', () => {
  const channel = (url: string) => open(`{kind: telegram, token: env:TOKEN, chat: 77, api: "${url}/"}`)

  test('passes on each press once, and shows the answer to the person', async () => {
    const telegram = await startTelegram()
    const one = await channel(telegram.url)
    const heard: unknown[] = []
    await one.listen?.({
      onPress: async (press) => {
        heard.push(press)
        return 'a'.repeat(300)
      },
      onTrouble: (text) => void heard.push(text),
    })
    telegram.press({ data: 'yes', chat: 77, user: 7 })
    await telegram.until(1, ({ path }) => path.endsWith('/answerCallbackQuery'))
    telegram.press({ data: 'no', chat: 78, user: 8 })
    await telegram.until(2, ({ path }) => path.endsWith('/answerCallbackQuery'))
    expect(heard).toEqual([
      { data: 'yes', chat: '77', user: '7' },
      { data: 'no', chat: '78', user: '8' },
    ])
    expect(telegram.calls('answerCallbackQuery')[0]).toEqual({
      ...{ callback_query_id: 'q100', text: 'a'.repeat(190), show_alert: true },
    })
    await telegram.until(3, ({ path }) => path.endsWith('/getUpdates'))
    const offsets = telegram.calls('getUpdates').map(({ offset }) => offset)
    expect([...new Set(offsets)].slice(0, 2)).toEqual([0, 101])
    expect(telegram.calls('getUpdates')[0]).toEqual({ offset: 0, timeout: 25, allowed_updates: ['callback_query'] })
  })

  test.each<[string, number, unknown, string]>([
    ['refuses', 200, { ok: false, description: 'Unauthorized' }, 'Unauthorized'],
    ['refuses without a reason', 200, { ok: false }, 'the request was rejected'],
    [
      'is read by another program',
      409,
      { ok: false, description: 'Conflict' },
      'another program is already reading the answers to this bot',
    ],
    ['is something else', 200, [1], 'not a Telegram response'],
    ['redirects', 302, {}, 'responded with a redirect (302), and redirects are not followed'],
  ])('that %s is reported once', async (_name, status, body, reason) => {
    const telegram = await startTelegram((request, response) =>
      request.path.endsWith('/getUpdates') ? giveJson(response, body as object, status) : false,
    )
    const one = await channel(telegram.url)
    const heard: string[] = []
    await one.listen?.({ onPress: async () => '', onTrouble: (text) => void heard.push(text) })
    await expect.poll(() => heard.length).toBe(1)
    expect(heard[0]).toMatch(/^answers from Telegram cannot be read: /)
    expect(heard[0]).toContain(reason)
    await one.close()
    expect(heard).toHaveLength(1)
  })

  test('skips updates that are not presses, and reads a press without a chat or a person', async () => {
    const updates = [
      5,
      { update_id: 7 },
      { update_id: 8, callback_query: { id: 'q8', data: 5 } },
      { callback_query: { id: 'q9', data: 'bare' } },
      {
        update_id: 10,
        callback_query: { id: 'q10', data: 'odd', message: { chat: { id: true } }, from: { id: 'ann' } },
      },
    ]
    let given = false
    const telegram = await startTelegram((request, response) => {
      if (!request.path.endsWith('/getUpdates') || given) return false
      given = true
      return giveJson(response, { ok: true, result: updates })
    })
    const one = await channel(telegram.url)
    const heard: unknown[] = []
    await one.listen?.({
      onPress: async (press) => {
        heard.push(press)
        return 'ok'
      },
      onTrouble: (text) => void heard.push(text),
    })
    await telegram.until(2, ({ path }) => path.endsWith('/getUpdates'))
    expect(heard).toEqual([
      { data: 'bare', chat: '', user: '' },
      { data: 'odd', chat: '', user: 'ann' },
    ])
    expect(telegram.calls('getUpdates')[1]).toMatchObject({ offset: 11 })
  })

  test("returns a result that depends on Telegram's response to a message", async () => {
    let body: unknown = { ok: true, result: { message_id: 5 } }
    const telegram = await startTelegram((_, response) => giveJson(response, body as object))
    const one = await channel(telegram.url)
    const send = () => one.send({ id: 'd', message: MESSAGE, buttons: null }, now())
    expect(await send()).toEqual({ ok: true, ref: '5' })
    body = { ok: true, result: { message_id: 'x' } }
    expect(await send()).toEqual({ ok: true, ref: undefined })
    body = { ok: true, result: true }
    expect(await send()).toEqual({ ok: true, ref: undefined })
    body = { ok: false, description: 'chat not found' }
    expect(await send()).toEqual({ ok: false, reason: 'answer 200: chat not found', retry: false })
    const [first] = telegram.sent()
    expect(first?.['text']).toMatch(/^<b>.*exp: &lt;waits&gt;<\/b>\nwhy &amp; how/)
    expect(first).not.toHaveProperty('reply_markup')
    expect([one.name, one.kind, one.chat, one.target]).toEqual(['one', 'telegram', '77', `127.0.0.1:${telegram.port}`])
    await one.edit?.('5', MESSAGE, 'done <x>', now())
    expect(telegram.calls('editMessageText')[0]).toEqual({
      ...{
        chat_id: '77',
        message_id: 5,
        parse_mode: 'HTML',
        text: expect.stringMatching(/<\/b>\nwhy &amp; how\n<i>done &lt;x&gt;<\/i>$/),
      },
    })
  })
})

describe('a conversation in Slack', () => {
  async function chat(answer?: Parameters<typeof startSlack>[0]) {
    const slack = await startSlack(answer)
    const one = await openSlackChat(`${slack.url}/api`, secret('TOKEN'), secret('APP'))
    onTestFinished(() => one.close())
    return { slack, one }
  }

  test('passes on presses, commands and mentions, and acknowledges all of them', async () => {
    const { slack, one } = await chat()
    const heard: unknown[] = []
    await one.listen({
      onPress: (event) => void heard.push(['press', event]),
      onCommand: (event) => {
        heard.push(['command', event])
        return 'as you wish'
      },
      onMention: (event) => void heard.push(['mention', event]),
      onTrouble: (text) => void heard.push(['trouble', text]),
    })
    await slack.press({ value: 'yes', channel: 'C1', user: 'U7' })
    const command = { text: 'status', channel_id: 'C1', user_id: 'U8' }
    expect(await slack.deliver('slash_commands', command)).toEqual({ text: 'as you wish' })
    expect(await slack.deliver('slash_commands', { ...command, text: 5 })).toEqual({ text: 'this cannot be read' })
    for (const gap of ['channel_id', 'user_id'])
      expect(await slack.deliver('slash_commands', { ...command, [gap]: 5 })).toEqual({ text: 'this cannot be read' })
    const event = { type: 'app_mention', text: '<@U0BOT>  how is <@U1> it ', channel: 'C1', user: 'U9' }
    await slack.deliver('events_api', { event })
    await slack.deliver('events_api', { event: { ...event, user: 5 } })
    for (const odd of [
      { type: 'view_submission' },
      { type: 'block_actions', user: { id: 'U7' }, channel: { id: 'C1' }, actions: [] },
      { type: 'block_actions', user: { id: 'U7' }, channel: { id: 'C1' }, actions: 'x' },
      { type: 'block_actions', channel: { id: 'C1' }, actions: [{ value: 'yes' }] },
      { type: 'block_actions', user: { id: 'U7' }, actions: [{ value: 'yes' }] },
    ])
      await slack.deliver('interactive', odd)
    expect(heard).toEqual([
      ['press', { text: 'yes', channel: 'C1', user: 'U7' }],
      ['command', { text: 'status', channel: 'C1', user: 'U8' }],
      ['mention', { text: 'how is  it', channel: 'C1', user: 'U9' }],
    ])
  })

  test("calls methods with its token, and reports Slack's reason for a refusal", async () => {
    let refusal: { body: object; status: number } | null = null
    const { slack, one } = await chat((_, response) =>
      refusal === null ? false : giveJson(response, refusal.body, refusal.status, { 'retry-after': '9' }),
    )
    expect(await one.call('chat.postMessage', { channel: 'C1', text: 'hi' })).toMatchObject({ ok: true, ts: '100.1' })
    expect(slack.requests[0]?.headers['authorization']).toBe('Bearer 42:AAtoken')
    expect(slack.requests[0]?.path).toBe('/api/chat.postMessage')
    const fails = async () => await one.call('auth.test', {}).catch((error: unknown) => error)
    refusal = { body: { ok: false, error: 'invalid_auth' }, status: 200 }
    expect(await fails()).toMatchObject({
      name: 'ChatFailure',
      message: 'Slack rejected it: invalid_auth',
      code: 'invalid_auth',
    })
    refusal = { body: {}, status: 429 }
    expect(await fails()).toMatchObject({ message: 'Slack limits the rate: retry in 9 s', code: null })
    await slack.close()
    expect(await fails()).toMatchObject({ message: expect.stringMatching(/^Slack cannot be reached \(/), code: null })
  })

  test('uploads files without its token, and posts them in one message', async () => {
    const { slack, one } = await chat()
    const file = (name: string) =>
      ({ name, bytes: new TextEncoder().encode(name), type: 'text/plain', about: 'x'.repeat(1200) }) as const
    await one.upload([file('a.txt'), file('b.txt')], { channel_id: 'C1', thread_ts: '100.1' })
    expect(slack.files.map(({ name, about, bytes, thread }) => [name, about.length, String(bytes), thread])).toEqual([
      ['a.txt', 1000, 'a.txt', '100.1'],
      ['b.txt', 1000, 'b.txt', '100.1'],
    ])
    const [shared] = slack.calls('files.completeUploadExternal')
    expect(JSON.parse(String(shared?.['files']))).toEqual([
      { id: 'F1', title: 'a.txt' },
      { id: 'F2', title: 'b.txt' },
    ])
    const sent = slack.requests.find(({ path }) => path === '/upload/F1')
    expect([sent?.headers['authorization'], sent?.headers['content-type']]).toEqual([
      undefined,
      'application/octet-stream',
    ])
  })

  test.each<[string, object, string]>([
    ['no address', { ok: true, file_id: 'F1' }, 'Slack did not return a usable upload address for the file'],
    [
      'no id',
      { ok: true, upload_url: 'https://127.0.0.1:1/x' },
      'Slack did not return a usable upload address for the file',
    ],
    [
      'no URL',
      { ok: true, upload_url: 'x', file_id: 'F1' },
      'Slack did not return a usable upload address for the file',
    ],
    [
      'an unencrypted address on another host',
      { ok: true, upload_url: 'http://127.0.0.1:1/x', file_id: 'F1' },
      'Slack did not return a usable upload address for the file',
    ],
    [
      'an address that cannot be reached',
      { ok: true, upload_url: 'https://127.0.0.1:1/x', file_id: 'F1' },
      'Slack did not accept the file: its server cannot be reached',
    ],
    [
      'an address that refuses it',
      { ok: true, upload_url: '/upload/F9', file_id: 'F1' },
      'Slack did not accept the file: status 400',
    ],
  ])('does not send a file to %s', async (_name, place, problem) => {
    const { slack, one } = await chat((request, response) => {
      if (!request.path.endsWith('/files.getUploadURLExternal')) return false
      const { upload_url: url } = place as { upload_url?: string }
      return giveJson(response, {
        ...place,
        ...(url?.startsWith('/') === true && { upload_url: `http://${request.headers.host}${url}` }),
      })
    })
    const file = { name: 'a', bytes: new Uint8Array(3), type: 'text/plain', about: '' } as const
    await expect(one.upload([file], {})).rejects.toThrow(problem)
    expect(slack.files).toEqual([])
  })

  test('receives events that were sent while its connection was lost', async () => {
    const { slack, one } = await chat()
    const presses: string[] = []
    await one.listen({
      onPress: ({ text }) => void presses.push(text),
      onCommand: () => '',
      onMention: () => undefined,
      onTrouble: () => undefined,
    })
    slack.drop()
    await slack.press({ value: 'yes', channel: 'C1', user: 'U7' })
    expect(presses).toEqual(['yes'])
  })
})

describe('a conversation in Discord', () => {
  test('registers commands, passes on the events in its channel, and answers', async () => {
    const discord = await startDiscord()
    const one = await openDiscordChat(`${discord.url}/api`, secret('TOKEN'))
    onTestFinished(() => one.close())
    const ours = '500000000000000001'
    const heard: unknown[] = []
    const commands = [
      { name: 'status', about: 'x'.repeat(150), words: '' },
      { name: 'ask', about: 'ask', words: 'the question' },
    ]
    await one.listen('900000000000000001', commands, {
      isOurs: (channel) => channel === ours,
      onPress: async (event) => {
        heard.push(['press', event])
        return 'y'.repeat(2500)
      },
      onCommand: async (event) => {
        heard.push(['command', event])
        return ''
      },
      onMention: (event) => void heard.push(['mention', event]),
      onTrouble: (text) => void heard.push(['trouble', text]),
    })
    const registered = discord.requests.find(({ method, path }) => method === 'PUT' && path.endsWith('/commands'))
    expect(registered?.path).toBe('/api/v10/applications/700000000000000002/guilds/900000000000000001/commands')
    expect(JSON.parse(registered?.body ?? '')).toEqual([
      { name: 'status', description: 'x'.repeat(100), options: [] },
      {
        name: 'ask',
        description: 'ask',
        options: [{ type: 3, name: 'words', description: 'the question', required: false }],
      },
    ])
    const user = '400000000000000007'
    const replies = () =>
      discord.requests.filter(({ path }) => path.includes('/webhooks/')).map(({ body }) => JSON.parse(body))
    discord.press({ customId: 'other', channel: '500000000000000002', user })
    discord.press({ customId: 'yes', channel: ours, user })
    await discord.until(1, ({ path }) => path.includes('/webhooks/'))
    discord.command({ name: 'ask', words: 'why', channel: ours, user })
    await discord.until(2, ({ path }) => path.includes('/webhooks/'))
    discord.write({ text: 'nobody', channel: ours, user })
    discord.write({ text: '<@700000000000000001> how is it', channel: ours, user })
    await expect.poll(() => heard.length).toBe(3)
    expect(heard).toEqual([
      ['press', { text: 'yes', channel: ours, user }],
      ['command', { text: 'ask why', channel: ours, user }],
      ['mention', { text: 'how is it', channel: ours, user }],
    ])
    expect(replies()).toMatchObject([
      { content: 'y'.repeat(1900), allowed_mentions: { parse: [] } },
      { content: '-', allowed_mentions: { parse: [] } },
    ])
  })

  test('receives events that were sent while its connection was lost', async () => {
    const discord = await startDiscord()
    const one = await openDiscordChat(`${discord.url}/api`, secret('TOKEN'))
    onTestFinished(() => one.close())
    const presses: string[] = []
    await one.listen('900000000000000001', [], {
      isOurs: () => true,
      onPress: async ({ text }) => {
        presses.push(text)
        return 'done'
      },
      onCommand: async () => '',
      onMention: () => undefined,
      onTrouble: () => undefined,
    })
    discord.drop()
    discord.press({ customId: 'yes', channel: '500000000000000001', user: '400000000000000007' })
    await discord.until(1, ({ path }) => path.includes('/webhooks/'))
    expect(presses).toEqual(['yes'])
  })

  test('calls the API, with files in one request, and reports why a request was rejected', async () => {
    let refusal: { body: object; status: number } | null = null
    const discord = await startDiscord((_, response) =>
      refusal === null ? false : giveJson(response, refusal.body, refusal.status),
    )
    const one = await openDiscordChat(`${discord.url}/api`, secret('TOKEN'))
    onTestFinished(() => one.close())
    expect(await one.call('GET', '/users/@me')).toMatchObject({ username: 'hotcb' })
    expect(await one.call('POST', '/channels/5/messages', { content: 'hi' })).toMatchObject({
      id: '800000000000000001',
    })
    expect(await one.call('PATCH', '/channels/5/messages/800000000000000001', { content: 'ho' })).toMatchObject({
      id: '800000000000000001',
    })
    await one.call('PUT', '/channels/5/messages/pins/800000000000000001')
    expect(discord.pins).toEqual(['800000000000000001'])
    expect(discord.requests.map(({ method }) => method)).toEqual(['GET', 'POST', 'PATCH', 'PUT'])
    const file = {
      name: 'a.txt',
      bytes: new TextEncoder().encode('abc'),
      type: 'text/plain',
      about: 'x'.repeat(2000),
    } as const
    await one.call('POST', '/channels/5/messages', { content: 'with' }, [file])
    expect(discord.files).toMatchObject([
      { name: 'a.txt', type: expect.stringMatching(/^text\/plain/), content: 'with' },
    ])
    expect(discord.files[0]?.about).toHaveLength(1024)
    const fails = async () => await one.call('GET', '/users/@me').catch((error: unknown) => error)
    refusal = { body: { message: 'Missing Access', code: 50_001 }, status: 403 }
    expect(await fails()).toMatchObject({
      name: 'ChatFailure',
      message: 'Discord responded with 403: Missing Access',
      code: '50001',
    })
    await discord.close()
    expect(await fails()).toMatchObject({ message: 'Discord cannot be reached', code: null })
  })
})

describe('a client that is not installed', () => {
  test('is named in the error, with the command that installs it; other errors are passed on', async () => {
    const missing = loadClient(['a', '@b/c'], () => Promise.reject(new Error("Cannot find package '@b/c'")))
    await expect(missing).rejects.toThrow(
      new MissingClient('this channel needs `a` and `@b/c`: install it with `npm i a @b/c`'),
    )
    await expect(loadClient(['zzz'], () => Promise.reject(new Error('out of memory')))).rejects.toThrow('out of memory')
    expect(await loadClient(['a'], async () => 5)).toBe(5)
  })
})

describe('an answer over HTTP', () => {
  test.each([
    [200, undefined, { ok: true, ref: 'r' }],
    [299, undefined, { ok: true, ref: 'r' }],
    [199, undefined, { ok: false, reason: 'answer 199', retry: false }],
    [300, undefined, { ok: false, reason: 'answer 300', retry: false }],
    [200, 'no', { ok: false, reason: 'answer 200: no', retry: false }],
    [408, undefined, { ok: false, reason: 'answer 408', retry: true }],
    [429, 'busy', { ok: false, reason: 'answer 429: busy', retry: true }],
    [499, undefined, { ok: false, reason: 'answer 499', retry: false }],
    [500, undefined, { ok: false, reason: 'answer 500', retry: true }],
  ])('%d %s', (status, said, result) => {
    expect(resultOf({ status, json: null, retryAfter: undefined }, said, 'r')).toEqual(result)
  })

  test('contains the time to wait, in its body or in a header', async () => {
    let [body, header]: [object, string] = [{}, '']
    const http = await startHttp((_, response) =>
      giveJson(response, body, 429, header === '' ? {} : { 'retry-after': header }),
    )
    const wait = async (nextBody: object, nextHeader = '') => {
      body = nextBody
      header = nextHeader
      return (await post(`${http.url}/`, { body: '{}', signal: now() })).retryAfter
    }
    expect(await wait({ parameters: { retry_after: 11 } }, '7')).toBe(11)
    expect(await wait({ retry_after: 12 }, '7')).toBe(12)
    expect(await wait({ parameters: 5 }, '7')).toBe(7)
    expect(await wait({ retry_after: '12' }, '7')).toBe(7)
    expect(await wait([1], '0.5')).toBe(0.5)
    expect([await wait({}), await wait({}, '0'), await wait({}, '-1'), await wait({}, 'soon')]).toEqual([...Array(4)])
    expect(http.requests[0]).toMatchObject({ method: 'POST', headers: { 'content-type': 'application/json' } })
  })

  test('is read up to 256 KiB', async () => {
    const http = await startHttp((_, response) => {
      response.end(`"${'x'.repeat(300 * 1024)}"`)
      return true
    })
    expect((await post(`${http.url}/`, { body: '{}', signal: now() })).json).toBeUndefined()
  })

  test('that is missing is retried, unless it was a redirect', () => {
    expect(failureOf(new HttpFailure('`h` cannot be reached'))).toEqual({
      ok: false,
      reason: '`h` cannot be reached',
      retry: true,
    })
    expect(failureOf(new HttpFailure('`h` responded with a redirect (302)'))).toMatchObject({ retry: false })
    expect(failureOf(new Error('odd redirect'))).toEqual({ ok: false, reason: 'odd redirect', retry: true })
  })
})
