import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startDiscord } from '../../notify/test/stand-ins/discord.ts'
import { startSlack } from '../../notify/test/stand-ins/slack.ts'
import { CHANNEL, discordConfig, giveTokens, slackConfig, WAIT, whileLiving } from './living.ts'
import { decodePng } from './png.ts'
import { sweep, type TestSweep } from './sweeps.ts'

const NASTY = '@everyone<!channel><@U1>**b**[x](https:evil.example)`c`&'

/** A sweep whose trials and metric have names that chats would take for markup. */
function nasty(more: string, monitor: string): TestSweep {
  const launcher = `log_result '${NASTY}' 1 1; log_result '${NASTY}' 2 2`
  const one = sweep(launcher, { trials: 2, more: `objective: {metric: '${NASTY}', direction: min}\n${more}`, monitor })
  const path = join(one.root, 'hyperherd.yaml')
  const values = JSON.stringify([`${NASTY}1`, `${NASTY}2`])
  writeFileSync(path, readFileSync(path, 'utf8').replace(/values: \[.*\]/, `values: ${values}`))
  return one
}

/** Markup that Discord would apply: each markup character needs a backslash before it. */
function unquoted(content: string): readonly string[] {
  return content.match(/(?<!\\)[*`[\]<>]|@(?!\u2060)/g) ?? []
}

test('names with mentions, markup and links appear as plain text in posts, pictures and files on Discord', async () => {
  const discord = await startDiscord()
  const one = nasty(discordConfig(discord), ', operators: {discord: ["1001"]}')
  await one.finish()
  await whileLiving(one, { discord }, async () => {
    discord.command({ name: 'plot', channel: CHANNEL, user: '1001' })
    discord.command({ name: 'params', words: '0', channel: CHANNEL, user: '1001' })
    discord.command({ name: 'trials', channel: CHANNEL, user: '1001' })
    const replies = (): number => discord.requests.filter(({ path }) => path.includes('webhooks')).length
    await expect.poll(replies, WAIT).toBe(3)
  })
  const bodies = discord.requests.filter(({ path }) => /webhooks|\/messages$/.test(path)).map(({ body }) => body)
  const texts = [...bodies.flatMap((body) => (body.startsWith('{') ? [JSON.parse(body)] : [])), ...discord.files]
  const contents = texts.map(({ content }) => String(content))
  expect(contents.filter((content) => content.includes('everyone')).length).toBeGreaterThanOrEqual(3)
  expect(contents.flatMap(unquoted)).toEqual([])
  expect(bodies.filter((body) => !body.includes('"parse":[]'))).toEqual([])
  const [picture] = discord.files
  expect(picture?.name).toMatch(/^curves-[A-Za-z0-9_-]+\.png$/)
  expect(decodePng(picture?.bytes ?? Buffer.alloc(0)).width).toBe(1280)
})

test('on Slack, such names also appear as plain text, and the notification has no brackets', async () => {
  const slack = await startSlack()
  const one = nasty('', slackConfig(slack))
  await one.finish()
  await whileLiving(one, { slack }, async () => {
    for (const text of ['plot', 'params 0', 'trials'])
      await slack.deliver('slash_commands', { command: '/herd', text, channel_id: 'C1', user_id: 'U1' })
    await expect.poll(() => slack.calls('chat.postEphemeral').length, WAIT).toBe(3)
    expect(slack.files.map(({ name }) => name)).toEqual([expect.stringMatching(/^curves-[A-Za-z0-9_-]+\.png$/)])
  })
  const said = ['chat.postMessage', 'chat.postEphemeral', 'chat.update'].flatMap((method) => slack.calls(method))
  const all = [...said, { text: '', blocks: slack.files[0]?.blocks }]
  expect(all.filter(({ blocks }) => String(blocks).includes('everyone')).length).toBeGreaterThanOrEqual(3)
  for (const { text, blocks } of all) {
    expect(String(text)).not.toMatch(/[<>]|@(?!\u2060)/)
    expect(String(blocks)).not.toMatch(/@(?!\u2060)|"mrkdwn"/)
  }
})

test('secrets in the names that a trial uses appear in no chat and no file', async () => {
  const slack = await startSlack()
  const one = sweep('log_result "$API_TOKEN" 1 1', { trials: 2, monitor: slackConfig(slack) })
  writeFileSync(join(one.root, '.env'), 'API_TOKEN=hunter2hunter2\n')
  giveTokens(one)
  await one.finish()
  await whileLiving(one, { slack }, async () => {
    for (const text of ['plot', 'results', 'plot hunter2hunter2'])
      await slack.deliver('slash_commands', { command: '/herd', text, channel_id: 'C1', user_id: 'U1' })
    await expect.poll(() => slack.calls('chat.postEphemeral').length, WAIT).toBe(3)
  })
  expect(slack.files.length).toBe(2)
  const everything = slack.requests.map(({ path, body }) => path + body).join('\n')
  expect(everything).not.toContain('hunter2hunter2')
  expect(JSON.stringify(slack.files.map(({ name, about }) => [name, about]))).not.toContain('hunter2')
})
