import { readSweepStatus } from '@hotcb/sweep/node'
import { expect, test } from 'vitest'
import { startDiscord } from '../../notify/test/stand-ins/discord.ts'
import type { StandIn } from '../../notify/test/stand-ins/http-server.ts'
import { startSlack } from '../../notify/test/stand-ins/slack.ts'
import { pointedAt, scriptedModel } from './scripted-model.ts'
import { sweep, type TestSweep } from './sweeps.ts'

const MARKUP = '<!channel> **all** @everyone'

/** A model that asks to rerun a completed trial, and posts text with markup. */
async function asking(): ReturnType<typeof scriptedModel> {
  return scriptedModel(({ text }, count) => {
    if (text.includes('Results.')) return {}
    if (count > 1) return {}
    return {
      calls: [
        ['run_indices', { indices: [0], force: true, reason: 'again' }],
        ['msg_thread', { index: 1, text: MARKUP }],
      ],
    }
  })
}

function bodies({ requests }: StandIn, path: RegExp): readonly string[] {
  return requests.filter(({ path: one }) => path.test(one)).map(({ body }) => body)
}

async function attempts({ workspace }: TestSweep): Promise<readonly number[]> {
  return (await readSweepStatus(workspace)).trials.map(({ attempt }) => attempt)
}

test('on Slack, only an operator can approve with a button and send commands; markup is escaped and the token is not leaked', async () => {
  const model = await asking()
  const slack = await startSlack()
  const chat = `, operators: {slack: [U1]}, slack: {channel: C1, api: "${slack.url}/api/", refresh_seconds: 1}`
  const one = sweep('log_result loss 0.5 1', { trials: 2, monitor: `${pointedAt(model)}${chat}` })
  Object.assign(one.env, { SLACK_BOT_TOKEN: 'xoxb-secret-token', SLACK_APP_TOKEN: 'xapp-secret-token' })
  await one.finish()
  const end = new AbortController()
  const running = one.monitor({ signal: end.signal })
  const posted = (): readonly Record<string, unknown>[] => slack.calls('chat.postMessage')
  await expect.poll(() => posted().some(({ blocks }) => String(blocks).includes('Approve'))).toBe(true)
  const question = posted().find(({ blocks }) => String(blocks).includes('Approve'))
  const [, value = ''] = /"value":"(hc1:[^"]+:a:[^"]+)"/.exec(String(question?.['blocks'])) ?? []
  await slack.press({ value, channel: 'C1', user: 'U9' })
  await slack.press({ value, channel: 'C2', user: 'U1' })
  await slack.press({ value, channel: 'C1', user: 'U1' })
  await slack.press({ value, channel: 'C1', user: 'U1' })
  const told = (): readonly string[] => slack.calls('chat.postEphemeral').map(({ text }) => String(text))
  await expect.poll(() => told().length).toBe(4)
  expect([...told()].sort()).toEqual([
    "only this sweep's operators may do this (`monitor.operators`)",
    "only this sweep's operators may do this (`monitor.operators`)",
    expect.stringContaining('was approved by slack:U1'),
    'started trial 0',
  ])
  expect(
    await slack.deliver('slash_commands', { command: '/herd', text: 'status', channel_id: 'C1', user_id: 'U1' }),
  ).toEqual({ text: 'one moment' })
  await expect.poll(() => told().some((text) => text.includes('2 trials'))).toBe(true)
  await slack.deliver('events_api', {
    event: { type: 'app_mention', text: '<@B1> how is it?', channel: 'C1', user: 'U1' },
  })
  await expect.poll(() => model.seen.at(-1)?.text ?? '').toContain('how is it?')
  await expect.poll(() => slack.calls('chat.update').length).toBeGreaterThan(0)
  end.abort()
  await running
  await one.drive()
  expect(await attempts(one)).toEqual([2, 1])
  const thread = posted().find(({ text }) => String(text).includes('all'))
  expect(String(thread?.['text'])).not.toContain('<!channel>')
  const requests = slack.requests.map(({ body }) => body).join('\n')
  expect(requests).not.toMatch(/xoxb-secret|xapp-secret/)
})

test('on Discord, slash commands are registered, trials have threads, and an operator approves with a button', async () => {
  const model = await asking()
  const discord = await startDiscord()
  const more = `discord: {guild_id: "900000000000000001", channel_id: "800000000000000009", api: "${discord.url}/api", dashboard_refresh_seconds: 1}\n`
  const one = sweep('log_result loss 0.5 1', {
    trials: 2,
    more,
    monitor: `${pointedAt(model)}, operators: {discord: ["1001"]}`,
  })
  Object.assign(one.env, { DISCORD_BOT_TOKEN: 'discord-secret-token' })
  await one.finish()
  const end = new AbortController()
  const running = one.monitor({ signal: end.signal })
  const messages = (): readonly string[] => bodies(discord, /\/channels\/800000000000000009\/messages$/)
  await expect.poll(() => messages().some((body) => body.includes('custom_id'))).toBe(true)
  const [, customId = ''] = /"custom_id":"(hc1:[^"]+:a:[^"]+)"/.exec(messages().join('\n')) ?? []
  // Commands and threads are sent in their own requests, which may arrive after the first message.
  await expect.poll(() => bodies(discord, /\/commands$/)[0]).toContain('"name":"stop"')
  await expect.poll(() => bodies(discord, /\/threads$/).join('\n')).toContain('"name":"trial-1"')
  discord.press({ customId, channel: '800000000000000009', user: '2002' })
  discord.press({ customId, channel: '800000000000000009', user: '1001' })
  discord.command({ name: 'stop', words: '1', channel: '800000000000000009', user: '1001' })
  const replies = (): string => bodies(discord, /webhooks/).join('\n')
  await expect.poll(replies).toContain('operators may do this')
  await expect.poll(replies).toContain('started trial 0')
  await expect.poll(replies).toContain('trial 1 is completed')
  end.abort()
  await running
  await one.drive()
  expect(await attempts(one)).toEqual([2, 1])
  const all = discord.requests.map(({ body }) => body).join('\n')
  expect(all).not.toContain('discord-secret-token')
  expect(all).not.toContain('**all**')
})
