import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FIGURE_KINDS } from '@hotcb/sweep/node'
import { expect, test } from 'vitest'
import { startDiscord } from '../../notify/test/stand-ins/discord.ts'
import { type SlackStandIn, startSlack } from '../../notify/test/stand-ins/slack.ts'
import { findTool } from '../src/index.ts'
import { likelyMetric } from '../src/likely-metric.ts'
import { addToInbox } from '../src/node.ts'
import { readPlotWish } from '../src/plot-wish.ts'
import { CHANNEL, discordConfig, giveTokens, slackConfig, WAIT, whileLiving } from './living.ts'
import { decodePng } from './png.ts'
import { pointedAt, scriptedModel } from './scripted-model.ts'
import { sweep, type TestSweep } from './sweeps.ts'

const OBJECTIVE = 'objective: {metric: loss, direction: min}\n'
const LAUNCHER = 'for step in 1 2 3 4; do log_result loss "0.$HYPERHERD_TRIAL_ID$((9 - step))" $step; done'
const PICTURE = { width: 1280, height: 840, shades: expect.toSatisfy((shades: number) => shades > 20) }

function leave({ root }: TestSweep, text: string): void {
  const message = { timestamp: 't', source: 'cli', author: 'ada', text, isOperator: true }
  addToInbox(join(root, '.hyperherd'), message)
}

const slash = (slack: SlackStandIn, text: string, user = 'U1'): Promise<unknown> =>
  slack.deliver('slash_commands', { command: '/herd', text, channel_id: 'C1', user_id: user })

test('/plot on Slack posts a valid PNG, only for operators, and the token is not sent to the upload server', async () => {
  const slack = await startSlack()
  const one = sweep(LAUNCHER, { more: OBJECTIVE, monitor: slackConfig(slack) })
  await one.finish()
  await whileLiving(one, { slack }, async () => {
    await slash(slack, 'plot', 'U9')
    await slash(slack, 'plot loss 0,2-3 2')
    await slash(slack, 'plot loss 99')
    const told = (): readonly string[] => slack.calls('chat.postEphemeral').map(({ text }) => String(text))
    await expect.poll(() => told().length, WAIT).toBe(3)
    expect([...told()].sort()).toEqual([
      "only this sweep's operators may do this (`monitor.operators`)",
      'the answer was posted in the channel',
      'trial 99 does not exist',
    ])
  })
  const text = 'curves of loss: 3 trials, the lowest is the best, each point the mean of 2 values'
  expect(slack.files).toMatchObject([{ name: 'curves-loss.png', about: text, thread: null }])
  expect(slack.files[0]?.blocks).toContain(`"text":"${text}"`)
  expect(decodePng(slack.files[0]?.bytes ?? Buffer.alloc(0))).toEqual(PICTURE)
  const upload = slack.requests.find(({ path }) => path.startsWith('/upload/'))
  expect(upload?.headers['content-type']).toBe('application/octet-stream')
  expect(JSON.stringify(upload?.headers)).not.toContain('xoxb')
})

test('/plot on Discord posts a picture as an attachment of the message that describes it', async () => {
  const discord = await startDiscord()
  const more = `${OBJECTIVE}${discordConfig(discord)}`
  const one = sweep(LAUNCHER, { more, monitor: ', operators: {discord: ["1001"]}' })
  await one.finish()
  await whileLiving(one, { discord }, async () => {
    discord.command({ name: 'plot', channel: CHANNEL, user: '2002' })
    discord.command({ name: 'plot', words: 'curves', channel: CHANNEL, user: '1001' })
    await expect.poll(() => discord.files.length, WAIT).toBe(1)
  })
  const text = 'curves of loss: 4 trials, the lowest is the best'
  expect(discord.files).toMatchObject([
    { name: 'curves-loss.png', type: 'image/png', about: text, content: text.replace(':', '\\:') },
  ])
  expect(discord.files[0]?.path).toContain(`/channels/${CHANNEL}/messages`)
  expect(decodePng(discord.files[0]?.bytes ?? Buffer.alloc(0))).toEqual(PICTURE)
})

test('in the terminal, /plot prints the path of its picture, and a metric name cannot lead out of the directory', async () => {
  const one = sweep('log_result ../../evil 1 1; log_result ../../evil 2 2; log_result loss 1 1', { trials: 2 })
  await one.finish()
  leave(one, '/plot ../../evil')
  leave(one, '/plot')
  await one.monitor({ once: 'user_message', noAgent: true, consoleOnly: true })
  const dir = join(one.root, '.hyperherd/plots')
  expect(one.lines.slice(-2)).toEqual([
    '> curves of loss: 2 trials, the lowest is the best',
    `  ${join(dir, 'curves-loss.png')}`,
  ])
  expect(decodePng(readFileSync(join(dir, 'curves-loss.png')))).toEqual(PICTURE)
})

test('results that are longer than a message become a complete file; short ones are the answer itself', async () => {
  const [slack, discord] = [await startSlack(), await startDiscord()]
  const more = `${OBJECTIVE}${discordConfig(discord)}`
  const launcher = 'log_result final "0.1234567890$HYPERHERD_TRIAL_ID"'
  const one = sweep(launcher, { trials: 100, more, monitor: slackConfig(slack) })
  await one.finish()
  await whileLiving(one, { slack, discord }, async () => {
    discord.command({ name: 'trials', channel: CHANNEL, user: '1001' })
    discord.command({ name: 'params', words: '3', channel: CHANNEL, user: '1001' })
    await slash(slack, 'results')
    await expect.poll(() => [discord.files.length, slack.files.length], WAIT).toEqual([1, 1])
    const replies = (): string =>
      discord.requests.map(({ path, body }) => (path.includes('webhooks') ? body : '')).join()
    await expect.poll(replies, WAIT).toContain('the answer was posted in the channel')
    await expect.poll(replies, WAIT).toContain('{\\"x\\"\\\\:4}')
  })
  const results = slack.files[0]?.bytes.toString('utf8').split('\n') ?? []
  expect([slack.files[0]?.name, results.length, results[0], results.at(-1)]).toEqual([
    'results.tsv',
    101,
    'trial_id\texperiment_name\tstate\tx\tfinal',
    expect.stringMatching(/^99\t\S+\tcompleted\t100\t0\.123456789099$/),
  ])
  expect(discord.files[0]).toMatchObject({ name: 'trials.tsv', type: 'text/tab-separated-values' })
  const trials = discord.files[0]?.bytes.toString('utf8').split('\n') ?? []
  expect(trials.length).toBe(101)
  expect(trials[1]).toMatch(/^0\tcompleted\t1\t/)
})

test("the model's long text becomes a short message and a file with the full text; its plots are posted to all channels", async () => {
  const slack = await startSlack()
  const long = `${'*bold* @everyone <!channel> '.repeat(200)}end`
  const model = await scriptedModel((_, count) =>
    count === 1
      ? {
          calls: [
            ['msg', { text: long }],
            ['post_plot', { kind: 'parallel', caption: 'all of them' }],
          ],
        }
      : {},
  )
  const one = sweep(LAUNCHER, { more: OBJECTIVE, monitor: `${pointedAt(model)}${slackConfig(slack)}` })
  giveTokens(one)
  await one.finish()
  await one.monitor({ once: 'boot' })
  const [message, picture] = slack.files
  expect([message?.name, message?.bytes.toString('utf8')]).toEqual(['message.txt', long])
  const [block] = JSON.parse(message?.blocks ?? '[]')
  expect(block.text.type).toBe('plain_text')
  expect(block.text.text.length).toBeLessThanOrEqual(3000)
  expect(block.text.text).not.toMatch(/@everyone/)
  expect(picture?.name).toBe('parallel-loss.png')
  expect(picture?.blocks).toContain('all of them (parallel of loss: 4 trials')
  expect(decodePng(picture?.bytes ?? Buffer.alloc(0))).toEqual(PICTURE)
  expect(one.lines.at(-1)).toBe(`  ${join(one.root, '.hyperherd/plots/parallel-loss.png')}`)
})

test('if Slack rejects a file, its text is posted anyway and the log contains the reason', async () => {
  const slack = await startSlack(({ path }, response) => {
    if (!path.endsWith('files.getUploadURLExternal')) return false
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end('{"ok":false,"error":"missing_scope"}')
    return true
  })
  const one = sweep(LAUNCHER, { more: OBJECTIVE, monitor: slackConfig(slack) })
  giveTokens(one)
  await one.finish()
  leave(one, '/plot')
  await one.monitor({ once: 'user_message', noAgent: true })
  expect(slack.calls('chat.postMessage').map(({ text }) => text)).toContain(
    'curves of loss: 4 trials, the lowest is the best',
  )
  expect(readFileSync(join(one.root, '.hyperherd/agent_log.jsonl'), 'utf8')).toContain(
    'slack: Slack rejected it: missing_scope',
  )
})

test.each([
  ['', ['curves', null, null, 1]],
  ['loss 0,2-4 5', ['curves', 'loss', [0, 2, 3, 4], 5]],
  ['importance accuracy', ['importance', 'accuracy', null, 1]],
  ['smooth=3 7 rungs', ['rungs', null, [7], 3]],
])('/plot %s is read', (line, [kind, metric, trials, smooth]) => {
  const words = line.split(' ').filter((word) => word !== '')
  expect(readPlotWish(words, FIGURE_KINDS)).toEqual({ ok: true, value: { kind, metric, trials, smooth } })
})

test.each([
  ['loss accuracy', '"accuracy" was not expected'],
  ['3-1', '"3-1" is not a range'],
  ['1,x', '"1,x" is not a list of trials'],
  ['0-9999999', 'is not a range of at most 10000 trials'],
  ['smooth=0', 'smooth must be a whole number from 1 to 1000, got "0"'],
])('the message for /plot %s names the problem', (line, why) => {
  expect(readPlotWish(line.split(' '), FIGURE_KINDS)).toEqual({ ok: false, reason: expect.stringContaining(why) })
})

test('the default metric is the one in the plan, then test before validation before training, and a loss before a score', () => {
  const names = ['train/loss', 'lr_now', 'val/acc', 'val/loss', 'test/acc']
  expect(likelyMetric(names, '- Success metric: `val/acc` (max)')).toBe('val/acc')
  expect(likelyMetric(names, 'Success metric: gone')).toBe('test/acc')
  expect(likelyMetric(names.slice(0, 4), '')).toBe('val/loss')
  expect(likelyMetric(names.slice(0, 2), '')).toBe('lr_now')
  expect(likelyMetric(['val/loss', 'val/main_loss'], '')).toBe('val/main_loss')
  expect(likelyMetric(['b', 'a'], '')).toBe('a')
  expect(likelyMetric([], '')).toBe(null)
})

test('the model can request each kind of plot', () => {
  expect(findTool('post_plot')?.args['kind']?.words).toEqual(FIGURE_KINDS)
})
