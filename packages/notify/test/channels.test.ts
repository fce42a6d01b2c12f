import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { printable } from '@hotcb/protocol'
import { openSecretStore } from '@hotcb/run/node'
import { SMTPServer } from 'smtp-server'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type NotifyMessage, readNotifyConfig } from '../src/index.ts'
import type { NotifyChannel } from '../src/node/channel.ts'
import { desktopChannel } from '../src/node/channels/desktop.ts'
import { openChannels } from '../src/node/open-channels.ts'
import { verifySignature } from '../src/node.ts'
import { startDiscord } from './stand-ins/discord.ts'
import { giveJson, startHttp } from './stand-ins/http-server.ts'
import { startSlack } from './stand-ins/slack.ts'
import { startTelegram } from './stand-ins/telegram.ts'

const SECRETS = {
  BOT_TOKEN: '4242:AAbot-token',
  SIGNING: 'signing-secret',
  SLACK_TOKEN: 'xoxb-slack-token',
  SLACK_APP: 'xapp-slack-app',
  DISCORD_TOKEN: 'NzAw.discord.token',
  MAIL_PASSWORD: 'mail-password',
}

/** Every kind of markup, mention and control character that a metric name or a template could contain. */
const HOSTILE =
  '<!channel> <@U1> @everyone @here <b>x</b> & [click](http://evil.example) **bold** `code` ||hidden|| \u001b[31mred\u001b]52;c;x\u0007 \u202Eright \r\nBcc: x@evil.example'

function message(fields: Partial<NotifyMessage> = {}): NotifyMessage {
  return {
    title: 'exp-001: train_loss diverges',
    text: 'level 3.2; the best was 0.4, from step 120',
    level: 'critical',
    run: 'exp-001',
    step: 240,
    rule: 'diverged',
    phase: 'opened',
    metric: 'train_loss',
    value: 3.2,
    action: null,
    ...fields,
  }
}

async function open(yaml: string, env: Record<string, string> = SECRETS, lines: string[] = []): Promise<NotifyChannel> {
  const read = readNotifyConfig(`channels:\n  one: ${yaml}\n`, 'n.yaml')
  if (!read.ok) throw new Error(read.problems.join('\n'))
  const terminal = { line: (text: string) => void lines.push(text), bell: () => void lines.push('\u0007') }
  const { channels, problems } = await openChannels(read.config.channels, { secrets: openSecretStore(env), terminal })
  const [channel] = channels
  if (channel === undefined) throw new Error(problems.join('\n'))
  onTestFinished(() => channel.close())
  return channel
}

function send(
  channel: NotifyChannel,
  fields: Partial<NotifyMessage> = {},
  buttons: { approve: string; reject: string } | null = null,
) {
  return channel.send({ id: 'd1', message: message(fields), buttons }, AbortSignal.timeout(300_000))
}

describe('a webhook', () => {
  test('is signed, so that the receiver can verify who sent it and when', async () => {
    const http = await startHttp()
    const channel = await open(`{kind: webhook, url: "${http.url}/hook", secret: env:SIGNING}`)
    expect(await send(channel)).toEqual({ ok: true, ref: undefined })
    const [request] = http.requests
    if (request === undefined) throw new Error('nothing came')
    expect(JSON.parse(request.body)).toMatchObject({
      version: 1,
      id: 'd1',
      title: 'exp-001: train_loss diverges',
      step: 240,
    })
    const now = Number(request.headers['hotcb-timestamp'])
    const judge = (secret: string, body: string, at: number): boolean =>
      verifySignature(secret, request.headers, body, at)
    expect(judge('signing-secret', request.body, now)).toBe(true)
    expect(judge('signing-secret', request.body, now + 299)).toBe(true)
    expect(judge('signing-secret', request.body, now + 301)).toBe(false)
    expect(judge('signing-secret', `${request.body} `, now)).toBe(false)
    expect(judge('other', request.body, now)).toBe(false)
  })

  test('follows no redirect, and names only the host of an address that cannot be reached', async () => {
    const other = await startHttp()
    const http = await startHttp((_, response) => {
      response.writeHead(307, { location: `${other.url}/stolen` })
      response.end()
      return true
    })
    const channel = await open(`{kind: webhook, url: "${http.url}/hook?key=abc", secret: env:SIGNING}`)
    expect(await send(channel)).toEqual({
      ok: false,
      reason: `\`127.0.0.1:${http.port}\` responded with a redirect (307), and redirects are not followed`,
      retry: false,
    })
    await http.close()
    const result = await send(channel)
    expect(result).toEqual({
      ok: false,
      reason: `\`127.0.0.1:${http.port}\` cannot be reached (ECONNREFUSED)`,
      retry: true,
    })
    expect(other.requests).toEqual([])
  })

  test('waits as long as the server requests, and is not retried if the server refuses it', async () => {
    let status = 429
    const http = await startHttp((_, response) => giveJson(response, {}, status, { 'retry-after': '7' }))
    const channel = await open(`{kind: webhook, url: "${http.url}/", secret: env:SIGNING}`)
    expect(await send(channel)).toEqual({ ok: false, reason: 'answer 429', retry: true, retryAfter: 7 })
    status = 404
    expect(await send(channel)).toMatchObject({ ok: false, retry: false })
  })

  test('that never responds is abandoned after a time limit', async () => {
    const http = await startHttp(() => true)
    const channel = await open(`{kind: webhook, url: "${http.url}/", secret: env:SIGNING}`)
    const abort = new AbortController()
    const result = channel.send({ id: 'd', message: message(), buttons: null }, abort.signal)
    await http.until(1)
    abort.abort()
    expect(await result).toMatchObject({
      ok: false,
      reason: `\`127.0.0.1:${http.port}\` did not respond in time`,
      retry: true,
    })
  })
})

describe('Telegram', () => {
  test('shows buttons below a question, and changes the message when it is answered', async () => {
    const telegram = await startTelegram()
    const channel = await open(`{kind: telegram, token: env:BOT_TOKEN, chat: 77, api: "${telegram.url}"}`)
    const sent = await send(channel, { action: 'a1-1' }, { approve: 'hc1:yes', reject: 'hc1:no' })
    expect(sent).toEqual({ ok: true, ref: '1' })
    const [first] = telegram.sent()
    expect(telegram.requests[0]?.path).toBe('/bot4242:AAbot-token/sendMessage')
    expect(first).toMatchObject({
      chat_id: '77',
      parse_mode: 'HTML',
      link_preview_options: { is_disabled: true },
      reply_markup: {
        inline_keyboard: [
          [
            { text: 'Approve', callback_data: 'hc1:yes' },
            { text: 'Reject', callback_data: 'hc1:no' },
          ],
        ],
      },
    })
    await channel.edit?.('1', message(), 'applied at step 300', AbortSignal.timeout(300_000))
    const [edit] = telegram.calls('editMessageText')
    expect(edit).toMatchObject({ message_id: 1, text: expect.stringContaining('<i>applied at step 300</i>') })
    expect(edit).not.toHaveProperty('reply_markup')
  })

  test('is not used again until the time that it requests has passed', async () => {
    const busy = { ok: false, error_code: 429, description: 'Too Many Requests', parameters: { retry_after: 11 } }
    const telegram = await startTelegram((_, response) => giveJson(response, busy, 429))
    const channel = await open(`{kind: telegram, token: env:BOT_TOKEN, chat: 77, api: "${telegram.url}"}`)
    expect(await send(channel)).toEqual({
      ok: false,
      reason: 'answer 429: Too Many Requests',
      retry: true,
      retryAfter: 11,
    })
  })
})

describe('Slack', () => {
  test('uses a webhook without any library', async () => {
    const http = await startHttp()
    const channel = await open('{kind: slack, webhook: env:HOOK}', { HOOK: `${http.url}/services/T/B/x` })
    expect(await send(channel)).toMatchObject({ ok: true })
    expect(JSON.parse(http.requests[0]?.body ?? '')).toMatchObject({
      text: '🚨 exp-001: train_loss diverges: level 3.2; the best was 0.4, from step 120',
      unfurl_links: false,
    })
  })

  test('shows buttons, acknowledges presses over socket mode, and passes them on', async () => {
    const slack = await startSlack()
    const channel = await open(
      `{kind: slack, token: env:SLACK_TOKEN, app_token: env:SLACK_APP, channel: C1, api: "${slack.url}/api"}`,
    )
    expect(await send(channel, { action: 'a1-1' }, { approve: 'yes', reject: 'no' })).toEqual({
      ok: true,
      ref: '100.1',
    })
    const [post] = slack.calls('chat.postMessage')
    const [, , actions] = JSON.parse(String(post?.['blocks']))
    expect(actions.elements.map(({ value }: { value: string }) => value)).toEqual(['yes', 'no'])
    const pressed: unknown[] = []
    await channel.listen?.({
      onPress: async (press) => {
        pressed.push(press)
        return ''
      },
      onTrouble: (text) => void pressed.push(text),
    })
    await slack.press({ value: 'yes', channel: 'C1', user: 'U7' })
    await expect.poll(() => pressed).toEqual([{ data: 'yes', chat: 'C1', user: 'U7' }])
    await channel.edit?.('100.1', message(), 'applied', AbortSignal.timeout(300_000))
    expect(slack.calls('chat.update')[0]).toMatchObject({ ts: '100.1', channel: 'C1' })
    expect(String(slack.calls('chat.update')[0]?.['blocks'])).not.toContain('actions')
  })

  test('reports a configuration mistake immediately, and is retried if it is busy', async () => {
    let status = 200
    const refuse = { ok: false, error: 'channel_not_found' }
    const slack = await startSlack((_, response) => giveJson(response, refuse, status, { 'retry-after': '9' }))
    const channel = await open(`{kind: slack, token: env:SLACK_TOKEN, channel: C1, api: "${slack.url}/api/"}`)
    expect(await send(channel)).toEqual({ ok: false, reason: 'Slack rejected it: channel_not_found', retry: false })
    status = 429
    expect(await send(channel)).toEqual({
      ok: false,
      reason: 'Slack limits the rate of requests',
      retry: true,
      retryAfter: 9,
    })
    status = 503
    expect(await send(channel)).toMatchObject({ ok: false, retry: true })
  })
})

describe('Discord', () => {
  test('uses a webhook without any library', async () => {
    const http = await startHttp()
    const channel = await open('{kind: discord, webhook: env:HOOK}', { HOOK: `${http.url}/api/webhooks/1/x` })
    expect(await send(channel)).toMatchObject({ ok: true })
    expect(JSON.parse(http.requests[0]?.body ?? '')).toMatchObject({ allowed_mentions: { parse: [] }, flags: 4 })
  })

  test('shows buttons, and answers presses over the gateway', async () => {
    const discord = await startDiscord()
    const channel = await open(
      `{kind: discord, token: env:DISCORD_TOKEN, channel: "500000000000000001", api: "${discord.url}/api"}`,
    )
    const sent = await send(channel, { action: 'a1-1' }, { approve: 'yes', reject: 'no' })
    expect(sent).toEqual({ ok: true, ref: '800000000000000001' })
    const [post] = discord.requests
    expect(post?.headers.authorization).toBe('Bot NzAw.discord.token')
    expect(JSON.parse(post?.body ?? '').components[0].components).toMatchObject([
      { label: 'Approve', custom_id: 'yes' },
      { label: 'Reject', custom_id: 'no' },
    ])
    const pressed: unknown[] = []
    await channel.listen?.({
      onPress: async (press) => {
        pressed.push(press)
        return 'approved: @everyone'
      },
      onTrouble: (text) => void pressed.push(text),
    })
    discord.press({ customId: 'yes', channel: '500000000000000001', user: '400000000000000007' })
    await discord.until(1, ({ path }) => path.includes('/webhooks/'))
    expect(pressed).toEqual([{ data: 'yes', chat: '500000000000000001', user: '400000000000000007' }])
    const callback = discord.requests.find(({ path }) => path.includes('/callback'))
    expect(JSON.parse(callback?.body ?? '')).toMatchObject({ type: 5 })
    const reply = discord.requests.find(({ path }) => path.includes('/webhooks/'))
    expect(JSON.parse(reply?.body ?? '')).toMatchObject({ allowed_mentions: { parse: [] } })
  })

  test('is retried if it is busy or unreachable, but not if it rejected the request', async () => {
    let status = 403
    const discord = await startDiscord((_, response) =>
      giveJson(response, { message: 'Missing Access', code: 50001, retry_after: 4 }, status, { 'retry-after': '4' }),
    )
    const channel = await open(`{kind: discord, token: env:DISCORD_TOKEN, channel: "5", api: "${discord.url}/api"}`)
    expect(await send(channel)).toEqual({
      ok: false,
      reason: 'Discord responded with 403: Missing Access',
      retry: false,
    })
    status = 429
    expect(await send(channel)).toMatchObject({ ok: false, retry: true, retryAfter: expect.closeTo(4, 0) })
  })
})

describe('mail', () => {
  test('is sent as plain text, and a title cannot add a header', async () => {
    let raw = ''
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onAuth: ({ username, password }, _, done) => {
        if (username === 'me' && password === SECRETS.MAIL_PASSWORD) done(null, { user: 'me' })
        else done(new Error(`no such user, password ${password}`))
      },
      onData(stream, _, done) {
        stream.on('data', (chunk) => {
          raw += chunk
        })
        stream.on('end', () => done())
      },
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.server.address() as AddressInfo // it listens on a port
    const yaml = (password: string): string =>
      `{kind: email, host: 127.0.0.1, port: ${port}, user: me, password: env:${password}, from: hotcb@example.org, to: [ann@example.org]}`
    const channel = await open(yaml('MAIL_PASSWORD'))
    expect(await send(channel, { title: `exp\r\nBcc: evil@example.org`, text: 'val_loss 0.1' })).toEqual({ ok: true })
    expect(raw).toMatch(/^Message-ID: <d1\.exp-001@hotcb>/m)
    expect(raw).toMatch(/^Content-Type: text\/plain/m)
    expect(raw).not.toMatch(/^Bcc:/m)
    const wrong = await open(yaml('BOT_TOKEN'))
    const refused = await send(wrong)
    expect(refused).toMatchObject({
      ok: false,
      retry: false,
      reason: expect.stringContaining('`127.0.0.1` responded with 535'),
    })
  })

  test('that the server does not accept is retried', async () => {
    const http = await startHttp()
    await http.close()
    const channel = await open(
      `{kind: email, host: 127.0.0.1, port: ${http.port}, from: a@example.org, to: b@example.org}`,
    )
    expect(await send(channel)).toMatchObject({
      ok: false,
      retry: true,
      reason: expect.stringContaining('did not accept the mail'),
    })
  })
})

describe('the desktop', () => {
  test('receives the title and the text as arguments that cannot be options or markup', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'hotcb-notify-'))
    onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
    const out = join(dir, 'args')
    writeFileSync(join(dir, 'notify-send'), `#!/bin/sh\nprintf '%s\\n' "$@" > ${out}\n`, { mode: 0o755 })
    const path = process.env['PATH']
    process.env['PATH'] = `${dir}:${path}`
    onTestFinished(() => {
      process.env['PATH'] = path
    })
    expect(await send(desktopChannel('d', 'linux'), { title: '--icon=x', text: '<b>x</b> & y' })).toEqual({ ok: true })
    expect(readFileSync(out, 'utf8')).toBe(
      '--app-name=hotcb\n--urgency=critical\n--\n--icon=x\n&lt;b&gt;x&lt;/b&gt; &amp; y\n',
    )
    process.env['PATH'] = '/nowhere'
    expect(await send(desktopChannel('d', 'linux'))).toEqual({
      ok: false,
      reason: 'the program `notify-send` was not found: install it',
      retry: false,
    })
    expect(await send(desktopChannel('d', 'win32'))).toMatchObject({ ok: false, retry: false })
  })
})

describe('no text', () => {
  test('in a metric name or a template can mention, link, format or run a command', async () => {
    const http = await startHttp()
    const telegram = await startTelegram()
    const hostile = { title: HOSTILE, text: HOSTILE }
    await send(await open('{kind: slack, webhook: env:HOOK}', { HOOK: `${http.url}/slack` }), hostile)
    await send(await open('{kind: discord, webhook: env:HOOK}', { HOOK: `${http.url}/discord` }), hostile)
    await send(await open(`{kind: telegram, token: env:BOT_TOKEN, chat: 7, api: "${telegram.url}"}`), hostile)
    const [slack, discord] = http.requests.map(({ body }) => JSON.parse(body))
    const [sent] = telegram.sent()
    expect(slack.text).not.toMatch(/[<>]|@(everyone|here|U1)/)
    expect(slack.blocks.every((block: { text: { type: string } }) => block.text.type === 'plain_text')).toBe(true)
    expect(JSON.stringify(slack.blocks)).not.toMatch(/@(everyone|here)/)
    // Without the escaped characters, the only Discord markup left is our own bold title.
    expect(discord.content.replace(/\\./gs, '').replace(/^\*\*.*\*\*\n/, '')).not.toMatch(/[*_~`|<>[\]()]/)
    expect(discord.content).not.toMatch(/@(everyone|here)/)
    expect(String(sent?.['text']).replace(/<\/?b>/g, '')).not.toMatch(/[<>]/)
    expect(String(sent?.['text']).match(/<b>/g)).toHaveLength(1)
    for (const text of [slack.text, discord.content, String(sent?.['text'])])
      for (const line of text.split('\n')) expect(printable(line)).toBe(line)
  })
})

test('the error for a channel that cannot be opened names what is missing, without secrets', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-notify-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  writeFileSync(join(dir, 'open'), 'top-secret', { mode: 0o644 })
  await expect(open('{kind: slack, webhook: env:NONE}')).rejects.toThrow(
    'channel `one`: the environment variable `NONE` is not set',
  )
  await expect(open(`{kind: telegram, token: "file:${dir}/open", chat: 1}`)).rejects.toThrow(
    `channel \`one\`: \`${dir}/open\` can be read or written by others (mode 0644): make it private with \`chmod 600\``,
  )
  await expect(open('{kind: slack, webhook: env:BOT_TOKEN}')).rejects.toThrow(
    'channel `one`: the address in the secret must be an address such as `https://example.org/hook`',
  )
})
