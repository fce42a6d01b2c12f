import type { AddressInfo } from 'node:net'
import { openSecretStore } from '@hotcb/run/node'
import { SMTPServer } from 'smtp-server'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type NotifyMessage, readNotifyConfig } from '../src/index.ts'
import type { NotifyChannel } from '../src/node/channel.ts'
import { openChannels } from '../src/node/open-channels.ts'
import { startDiscord } from './stand-ins/discord.ts'
import { giveJson } from './stand-ins/http-server.ts'

const MESSAGE: NotifyMessage = {
  ...{ title: 'exp: waits', text: 'a1 waits', level: 'info', run: 'exp 1/a', step: 5, rule: 'waiting_approval' },
  ...{ phase: 'opened', metric: null, value: null, action: 'a1' },
}
const BUTTONS = { approve: 'yes', reject: 'no' }
const now = () => AbortSignal.timeout(300_000)

async function open(yaml: string): Promise<NotifyChannel> {
  const read = readNotifyConfig(`channels:\n  one: ${yaml}\n`, 'n.yaml')
  if (!read.ok) throw new Error(read.problems.join('\n'))
  const terminal = { line: () => undefined, bell: () => undefined }
  const secrets = openSecretStore({ TOKEN: 'NzAw.discord.token' })
  const { channels, problems } = await openChannels(read.config.channels, { secrets, terminal })
  const [channel] = channels
  if (channel === undefined) throw new Error(problems.join('\n'))
  onTestFinished(() => channel.close())
  return channel
}

describe('a Discord bot', () => {
  const bot = (url: string) => open(`{kind: discord, token: env:TOKEN, channel: "5", api: "${url}/api"}`)

  test('shows how to answer if there are no buttons, and removes the buttons when it shows the outcome', async () => {
    const discord = await startDiscord()
    const channel = await bot(discord.url)
    await channel.send({ id: 'd', message: MESSAGE, buttons: null }, now())
    await channel.send({ id: 'd', message: MESSAGE, buttons: BUTTONS }, now())
    const [plain, question] = discord.requests.map(({ body }) => JSON.parse(body))
    expect(plain.content).toContain('hotcb autopilot approve a1')
    expect(question.content).not.toContain('hotcb autopilot approve')
    expect([plain.components ?? [], question.components[0].components.length]).toEqual([[], 2])
    expect(await channel.edit?.('800000000000000002', MESSAGE, 'applied', now())).toMatchObject({ ok: true })
    const edited = discord.requests.at(-1)
    expect([edited?.method, edited?.path]).toEqual(['PATCH', '/api/v10/channels/5/messages/800000000000000002'])
    expect(JSON.parse(edited?.body ?? '')).toMatchObject({
      content: expect.stringMatching(/a1 waits — applied$/),
      components: [],
    })
    expect([channel.name, channel.kind, channel.chat, channel.target]).toEqual([
      'one',
      'discord',
      '5',
      `127.0.0.1:${discord.port}`,
    ])
  })

  test.each([
    [400, { message: 'Bad' }, { ok: false, reason: 'Discord responded with 400: Bad', retry: false }],
    [499, {}, { ok: false, reason: 'Discord responded with 499', retry: false }],
    [
      500,
      { message: 'away' },
      { ok: false, reason: expect.stringMatching(/^Discord responded with 500/), retry: true },
    ],
  ])('is refused with %d', async (status, body, result) => {
    const discord = await startDiscord((_, response) => giveJson(response, body, status))
    const channel = await bot(discord.url)
    expect(await channel.send({ id: 'd', message: MESSAGE, buttons: null }, now())).toMatchObject(result)
  })

  test('that cannot be reached is retried', async () => {
    const discord = await startDiscord()
    const channel = await bot(discord.url)
    await discord.close()
    expect(await channel.send({ id: 'd', message: MESSAGE, buttons: null }, now())).toMatchObject({
      ...{ ok: false, reason: expect.stringMatching(/^Discord cannot be reached/), retry: true },
    })
  })

  test('reports that a reply to a button was not accepted', async () => {
    const discord = await startDiscord((request, response) =>
      request.path.includes('/callback')
        ? giveJson(response, { message: 'Unknown interaction', code: 10_062 }, 404)
        : false,
    )
    const channel = await bot(discord.url)
    const heard: string[] = []
    await channel.listen?.({
      onPress: async () => 'never',
      onTrouble: (text) => void heard.push(text),
    })
    discord.press({ customId: 'yes', channel: '5', user: '7' })
    await expect
      .poll(() => heard)
      .toEqual(['Discord did not accept the reply to a button; check the log to see whether the answer was recorded'])
  })
})

describe('mail', () => {
  async function mail(refuse: (address: string) => Error | null, to = '[ann@example.org, bob@example.org]') {
    const seen = { raw: '' }
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['STARTTLS'],
      onRcptTo: ({ address }, _, done) => done(refuse(address)),
      onData(stream, _, done) {
        stream.on('data', (chunk) => {
          seen.raw += chunk
        })
        stream.on('end', () => done())
      },
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const { port } = server.server.address() as AddressInfo // it listens on a port
    const channel = await open(`{kind: email, host: 127.0.0.1, port: ${port}, from: hotcb@example.org, to: ${to}}`)
    const send = () => channel.send({ id: 'd1', message: MESSAGE, buttons: BUTTONS }, now())
    return { seen, channel, send, port }
  }
  const refusal = (code: number) => Object.assign(new Error('not here'), { responseCode: code })

  test('describes how to answer because it has no buttons, and has an id without special characters', async () => {
    const { seen, channel, send, port } = await mail(() => null)
    expect(await send()).toEqual({ ok: true })
    expect(seen.raw.replace(/=\r\n/g, '')).toContain('hotcb autopilot approve a1')
    expect(seen.raw).toMatch(/^Message-ID: <d1\.exp_1_a@hotcb>/m)
    expect(seen.raw).toMatch(/^To: ann@example\.org, bob@example\.org\r$/m)
    expect([channel.name, channel.kind, channel.chat, channel.target]).toEqual([
      'one',
      'email',
      null,
      `127.0.0.1:${port}`,
    ])
  })

  test.each([
    [
      'one of two recipients is unknown',
      (address: string) => (address.startsWith('bob') ? refusal(550) : null),
      { ok: false, reason: '`127.0.0.1` rejected 1 of 2', retry: false },
    ],
    [
      'all recipients are unknown',
      () => refusal(550),
      { ok: false, reason: expect.stringMatching(/^`127\.0\.0\.1` responded with 550: .*not here/), retry: false },
    ],
  ])('is not retried if %s', async (_name, refuse, result) => {
    const { send } = await mail(refuse)
    expect(await send()).toEqual(result)
  })
})
