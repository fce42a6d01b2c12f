import { openSecretStore } from '@hotcb/run/node'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type NotifyMessage, readNotifyConfig } from '../src/index.ts'
import type { NotifyChannel, Pressed } from '../src/node/channel.ts'
import { openChannels } from '../src/node/open-channels.ts'
import { startDiscord } from './stand-ins/discord.ts'
import { giveJson } from './stand-ins/http-server.ts'
import { startSlack } from './stand-ins/slack.ts'

const MESSAGE: NotifyMessage = {
  ...{ title: 'exp: waits', text: 'a1 waits', level: 'info', run: 'exp', step: 5, rule: 'waiting_approval' },
  ...{ phase: 'opened', metric: null, value: null, action: 'a1' },
}
const now = () => AbortSignal.timeout(300_000)

async function open(yaml: string): Promise<NotifyChannel> {
  const read = readNotifyConfig(`channels:\n  one: ${yaml}\n`, 'n.yaml')
  if (!read.ok) throw new Error(read.problems.join('\n'))
  const terminal = { line: () => undefined, bell: () => undefined }
  const secrets = openSecretStore({ TOKEN: 'xoxb.some.token', APP: 'xapp-1' })
  const { channels, problems } = await openChannels(read.config.channels, { secrets, terminal })
  const [channel] = channels
  if (channel === undefined) throw new Error(problems.join('\n'))
  onTestFinished(() => channel.close())
  return channel
}

async function listening(channel: NotifyChannel) {
  const presses: Pressed[] = []
  const troubles: string[] = []
  await channel.listen?.({
    onPress: async (press) => {
      presses.push(press)
      return 'noted'
    },
    onTrouble: (text) => void troubles.push(text),
  })
  return { presses, troubles }
}

describe('a Slack app', () => {
  const app = (url: string) =>
    open(`{kind: slack, token: env:TOKEN, app_token: env:APP, channel: C1, api: "${url}/api"}`)

  test.each([
    ['internal_error', true],
    ['fatal_error', true],
    ['service_unavailable', true],
    ['request_timeout', true],
    ['ratelimited', true],
    ['team_added_to_org', true],
    ['invalid_auth', false],
    ['not_in_channel', false],
  ])('that answers `%s` is retried: %s', async (error, retry) => {
    const slack = await startSlack((_, response) => giveJson(response, { ok: false, error }))
    const channel = await app(slack.url)
    const result = { ok: false, reason: `Slack rejected it: ${error}`, retry }
    expect(await channel.send({ id: 'd', message: MESSAGE, buttons: null }, now())).toEqual(result)
    expect(await channel.edit?.('100.1', MESSAGE, 'done', now())).toEqual(result)
  })

  test('that cannot be reached is retried, and the reason contains the known status', async () => {
    const slack = await startSlack((_, response) => giveJson(response, {}, 502))
    const channel = await app(slack.url)
    const send = () => channel.send({ id: 'd', message: MESSAGE, buttons: null }, now())
    expect(await send()).toEqual({ ok: false, reason: 'Slack cannot be reached (status 502)', retry: true })
    await slack.close()
    expect(await send()).toEqual({
      ok: false,
      reason: expect.stringMatching(/^Slack cannot be reached \(\w+\)$/),
      retry: true,
    })
  })

  test('passes on only presses of buttons with a value, with the channel and the person if they are known', async () => {
    const slack = await startSlack()
    const channel = await app(slack.url)
    expect([channel.name, channel.kind, channel.chat, channel.target]).toEqual([
      'one',
      'slack',
      'C1',
      `127.0.0.1:${slack.port}`,
    ])
    const { presses } = await listening(channel)
    const press = { type: 'block_actions', user: { id: 'U1' }, channel: { id: 'C1' }, actions: [{ value: 'yes' }] }
    const odd = [
      { ...press, type: 'view_submission' },
      { ...press, user: 'U1' },
      { ...press, actions: [] },
      { ...press, actions: 'yes' },
      { ...press, actions: [{ value: 5 }] },
    ]
    for (const body of odd) await slack.deliver('interactive', body)
    expect(presses).toEqual([])
    await slack.deliver('interactive', press)
    await slack.deliver('interactive', { ...press, channel: 'C1' })
    await slack.deliver('interactive', { ...press, channel: { id: 5 }, user: { id: 6 } })
    await expect
      .poll(() => presses)
      .toEqual([
        { data: 'yes', chat: 'C1', user: 'U1' },
        { data: 'yes', chat: '', user: 'U1' },
        { data: 'yes', chat: '', user: '' },
      ])
  })

  test('without an app token receives no answers', async () => {
    const slack = await startSlack()
    const channel = await open(`{kind: slack, token: env:TOKEN, channel: C1, api: "${slack.url}/api/"}`)
    await listening(channel)
    expect(channel.chat).toBe(null)
    expect(await channel.send({ id: 'd', message: MESSAGE, buttons: null }, now())).toEqual({ ok: true, ref: '100.1' })
    expect(slack.requests.map(({ path }) => path)).toEqual(['/api/chat.postMessage'])
    const [sent] = slack.calls('chat.postMessage')
    expect(sent).toMatchObject({ channel: 'C1', text: expect.stringContaining('hotcb autopilot approve a1') })
  })

  test('changes a message to its outcome, without buttons', async () => {
    const slack = await startSlack()
    const channel = await app(slack.url)
    const buttons = { approve: 'yes', reject: 'no' }
    expect(await channel.send({ id: 'd', message: MESSAGE, buttons }, now())).toEqual({ ok: true, ref: '100.1' })
    expect(await channel.edit?.('100.1', MESSAGE, 'applied at step 9', now())).toEqual({ ok: true, ref: '100.1' })
    const [edit] = slack.calls('chat.update')
    expect([edit?.['channel'], edit?.['ts']]).toEqual(['C1', '100.1'])
    expect(edit?.['blocks']).toContain('applied at step 9')
    expect(edit?.['blocks']).not.toContain('"actions"')
  })
})

describe('a Discord bot', () => {
  test('whose answer has no id has sent a message, which cannot be changed later', async () => {
    const discord = await startDiscord((request, response) =>
      request.method === 'POST' ? giveJson(response, { id: 5 }) : false,
    )
    const channel = await open(`{kind: discord, token: env:TOKEN, channel: "5", api: "${discord.url}/api"}`)
    expect(await channel.send({ id: 'd', message: MESSAGE, buttons: null }, now())).toEqual({
      ok: true,
      ref: undefined,
    })
  })

  test('shows the answer only to the person who pressed the button', async () => {
    const discord = await startDiscord()
    const channel = await open(`{kind: discord, token: env:TOKEN, channel: "5", api: "${discord.url}/api"}`)
    const { presses, troubles } = await listening(channel)
    discord.press({ customId: 'yes', channel: '5', user: '7' })
    const [reply] = await discord.until(1, ({ path }) => path.includes('/webhooks/'))
    expect(JSON.parse(reply?.body ?? '')).toMatchObject({ content: 'noted', allowed_mentions: { parse: [] } })
    const callback = discord.requests.find(({ path }) => path.includes('/callback'))
    expect(JSON.parse(callback?.body ?? '')).toMatchObject({ type: 5, data: { flags: 64 } })
    expect([presses, troubles]).toEqual([[{ data: 'yes', chat: '5', user: '7' }], []])
  })
})
