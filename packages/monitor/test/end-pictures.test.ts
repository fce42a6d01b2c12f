import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runSweep } from '@hotcb/sweep/node'
import { expect, test } from 'vitest'
import { startDiscord } from '../../notify/test/stand-ins/discord.ts'
import { startSlack } from '../../notify/test/stand-ins/slack.ts'
import { CHANNEL, discordConfig, slackConfig, WAIT, whileLiving } from './living.ts'
import { decodePng } from './png.ts'
import { sweep } from './sweeps.ts'

// Trial 0 has a curve, trial 1 has one and fails, and trial 2 reports only one value.
const LAUNCHER = `[ "$HYPERHERD_TRIAL_ID" != 2 ] || { log_result '*loss*' 1 1; exit 0; }
for step in 1 2 3 4; do log_result '*loss*' "0.$((9 - step))" $step; done
[ "$HYPERHERD_TRIAL_ID" != 1 ] || exit 3`
const PICTURE = { width: 1280, height: 840, shades: expect.toSatisfy((shades: number) => shades > 20) }

test('when a trial ends, its curve is posted once to its thread, and not to the channel or the terminal', async () => {
  const [slack, discord] = [await startSlack(), await startDiscord()]
  const more = `objective: {metric: "*loss*", direction: min}\n${discordConfig(discord)}`
  const one = sweep(LAUNCHER, { trials: 3, more, monitor: `, on_failure: notify${slackConfig(slack)}` })
  await whileLiving(one, { slack, discord }, async () => {
    await runSweep(one.workspace)
    await one.drive()
    await expect.poll(() => one.lines.join('\n'), WAIT).toMatch(/(> trial \d .* (completed|failed)[\s\S]*){3}/)
    await expect.poll(() => [slack.files.length, discord.files.length], WAIT).toEqual([2, 2])
  })
  for (const file of [...slack.files, ...discord.files]) {
    expect(file.name).toBe('curves-loss.png')
    expect(file.about).toMatch(/^The curve of \*loss\* in trial [01]\.$/)
    expect(decodePng(file.bytes)).toEqual(PICTURE)
  }
  expect(slack.files.map(({ thread }) => thread)).not.toContain(null)
  expect(new Set(slack.files.map(({ thread }) => thread)).size).toBe(2)
  for (const { path } of discord.files) expect(path).not.toContain(`/channels/${CHANNEL}/`)
  expect(existsSync(join(one.root, '.hyperherd/plots'))).toBe(false)
})

test('/stats shows only operators the table of herd stats, for all trials or for one', async () => {
  const slack = await startSlack()
  const one = sweep('log_result loss 1 1', { trials: 2, monitor: slackConfig(slack) })
  await one.finish()
  await whileLiving(one, { slack }, async () => {
    const told = (): readonly string[] =>
      slack.calls('chat.postEphemeral').map(({ blocks }) => JSON.parse(String(blocks))[0].text.text)
    for (const [at, [text, user]] of [
      ['stats', 'U9'],
      ['stats', 'U1'],
      ['stats 1', 'U1'],
      ['stats 7', 'U1'],
      ['stats <!channel>', 'U1'],
    ].entries()) {
      await slack.deliver('slash_commands', { command: '/herd', text, channel_id: 'C1', user_id: user })
      await expect.poll(() => told().length, WAIT).toBe(at + 1)
    }
    // Slack's plain text has no tabs.
    const head = 'idx state elapsed max_rss ave_rss req_mem name'
    const row = (i: number): unknown => expect.stringMatching(new RegExp(`^${i} - [0-9:]+ - - - \\S+$`))
    const [refused, all, single, unknown, markup] = told()
    expect(refused).toBe("only this sweep's operators may do this (`monitor.operators`)")
    expect(all?.split('\n')).toEqual(['Time and memory of 2 trials.', head, row(0), row(1)])
    expect(single?.split('\n')).toEqual(['Time and memory of 1 trials.', head, row(1)])
    expect(unknown).toContain('7')
    expect(markup).toContain('which trial?')
    const escaped = slack.calls('chat.postEphemeral').map(({ text }) => String(text))
    expect(escaped.join()).not.toContain('<!channel>')
  })
})
