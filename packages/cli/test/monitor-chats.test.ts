import type { ChildProcess } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, expect, onTestFinished, test } from 'vitest'
import { startDiscord } from '../../notify/test/stand-ins/discord.ts'
import { giveJson } from '../../notify/test/stand-ins/http-server.ts'
import { startSlack } from '../../notify/test/stand-ins/slack.ts'
import { buildProgram, type Ended, ended, startProgram, temporaryDirectory } from './program.ts'

const CHANNEL = '800000000000000009'
const WAIT = { timeout: 300_000 }
const NOTIFY_MODULES = fileURLToPath(new URL('../../notify/node_modules', import.meta.url))

beforeAll(() => void buildProgram())

/** A user with two sweeps who has installed the clients for both chats. */
interface TwoSweeps {
  /** Starts a sweep's monitor, and returns when a chat shows its status. */
  live(name: string, isShown: () => boolean): Promise<ChildProcess>
  /** Runs one tick of a sweep's monitor. */
  once(name: string, ...flags: readonly string[]): Promise<Ended>
  workspace(name: string): string
  /** The paths of the heartbeat files in the state directory. */
  signs(): readonly string[]
}

function twoSweeps(config: (name: string) => string): TwoSweeps {
  const home = temporaryDirectory()
  const program = join(home, 'installed/hotcb.cjs')
  cpSync(dirname(buildProgram()), dirname(program), { recursive: true })
  mkdirSync(join(home, 'installed/node_modules'))
  for (const name of ['discord.js', '@slack'])
    symlinkSync(realpathSync(join(NOTIFY_MODULES, name)), join(home, 'installed/node_modules', name))
  for (const name of ['first', 'second']) {
    mkdirSync(join(home, name))
    writeFileSync(
      join(home, name, 'hyperherd.yaml'),
      `name: ${name}\ngrid: all\nlauncher: ./launch.sh\n${config(name)}parameters:\n  x: {type: discrete, values: [1, 2]}\n`,
    )
    writeFileSync(join(home, name, 'launch.sh'), '#!/bin/bash\n')
    chmodSync(join(home, name, 'launch.sh'), 0o755)
  }
  const env = {
    XDG_STATE_HOME: join(home, 'state'),
    DISCORD_BOT_TOKEN: 'discord-secret-token',
    SLACK_BOT_TOKEN: 'xoxb-secret-token',
    FIRST_APP: 'xapp-first-token',
    SECOND_APP: 'xapp-second-token',
  }
  const begin = (name: string, flags: readonly string[]): ChildProcess =>
    startProgram(program, ['sweep', 'monitor', '--no-agent', ...flags], { cwd: join(home, name), env })
  return {
    async live(name, isShown) {
      const child = begin(name, [])
      onTestFinished(() => void child.kill('SIGKILL'))
      let printed = ''
      for (const stream of [child.stdout, child.stderr])
        stream?.on('data', (piece) => {
          printed += String(piece)
        })
      // A monitor that cannot start says why.
      await expect.poll(() => isShown() || `exit code ${child.exitCode}: ${printed}`, WAIT).toBe(true)
      return child
    },
    once: (name, ...flags) => ended(begin(name, ['--once', ...flags])),
    workspace: (name) => join(home, name),
    signs() {
      const chats = join(home, 'state/hotcb/chats')
      const names = readdirSync(chats, { recursive: true, encoding: 'utf8' })
      return names.filter((name) => name.endsWith('.json')).map((name) => join(chats, name))
    },
  }
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await gone
}

test("a monitor refuses a Discord channel that another sweep's monitor uses, unless it is forced or that one has exited", async () => {
  const discord = await startDiscord(
    ({ path }, response) =>
      path.endsWith('/guilds/900000000000000001/channels') && giveJson(response, [{ id: CHANNEL, name: 'herds' }]),
  )
  // The first one finds the channel by its id, the second one by its name.
  const sweeps = twoSweeps((name) => {
    const place = name === 'first' ? `channel_id: "${CHANNEL}"` : 'channel_name: herds'
    return `discord: {guild_id: "900000000000000001", ${place}, api: "${discord.url}/api"}\n`
  })
  const first = await sweeps.live('first', () => discord.pins.length > 0)
  const posts = (): number => discord.requests.filter(({ path }) => path.endsWith('/messages')).length
  // The state after a minute: its heartbeat file counts because it is renewed.
  const [sign = ''] = sweeps.signs()
  utimesSync(sign, 1, 1)
  await expect.poll(() => statSync(sign).mtimeMs, WAIT).toBeGreaterThan(1000)
  const before = posts()
  const refused = await sweeps.once('second')
  expect(refused).toEqual({
    code: 1,
    out: '',
    err: expect.stringMatching(
      new RegExp(
        `^Error: another sweep uses the Discord channel ${CHANNEL}: process ${first.pid} on \\S+, workspace \`${sweeps.workspace('first')}\`; both would carry out every command there; give this sweep its own channel, or start with --force-discord\n$`,
      ),
    ),
  })
  expect([posts(), sweeps.signs().length]).toEqual([before, 1])
  expect((await sweeps.once('second', '--force-discord')).code).toBe(0)
  expect(posts()).toBeGreaterThan(before)
  // The forced monitor has removed its own heartbeat file, and no other.
  expect(sweeps.signs().length).toBe(1)
  await killed(first)
  expect(sweeps.signs().length).toBe(1)
  expect(await sweeps.once('second')).toMatchObject({ code: 0, err: '' })
})

test('a monitor that was killed can be restarted in its own channel', async () => {
  const discord = await startDiscord()
  const sweeps = twoSweeps(
    () => `discord: {guild_id: "900000000000000001", channel_id: "${CHANNEL}", api: "${discord.url}/api"}\n`,
  )
  await killed(await sweeps.live('first', () => discord.pins.length > 0))
  expect(await sweeps.once('first')).toMatchObject({ code: 0, err: '' })
  expect(sweeps.signs()).toEqual([])
})

test.each([
  ['channel', 'C1', 'env:SECOND_APP', 'Slack channel C1', 'give this sweep its own channel and app'],
  ['app', 'C2', 'env:FIRST_APP', 'Slack app with this app token', 'Slack delivers each command to only one of the two'],
])("a monitor refuses a Slack %s that another sweep's monitor uses", async (_, channel, app, what, why) => {
  const slack = await startSlack()
  const sweeps = twoSweeps((name) => {
    const place = name === 'first' ? 'channel: C1, app_token: env:FIRST_APP' : `channel: ${channel}, app_token: ${app}`
    return `monitor: {slack: {${place}, api: "${slack.url}/api/"}}\n`
  })
  const first = await sweeps.live('first', () => slack.pins.length > 0)
  const refused = await sweeps.once('second')
  expect(refused).toMatchObject({ code: 1, out: '' })
  expect(refused.err).toContain(`another sweep uses the ${what}: process ${first.pid} on`)
  expect(refused.err).toContain(why)
  expect(refused.err).not.toContain('xapp-')
  expect(sweeps.signs().length).toBe(2)
  const end = ended(first)
  first.kill('SIGTERM')
  expect((await end).code).toBe(0)
  expect(sweeps.signs()).toEqual([])
  expect((await sweeps.once('second')).code).toBe(0)
})
