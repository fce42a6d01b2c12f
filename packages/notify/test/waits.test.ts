import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openSecretStore, type Secret } from '@hotcb/run/node'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { telegramChannel } from '../src/node/channels/telegram.ts'
import { openFleet } from '../src/node/fleet.ts'
import { temporaryDirectory } from './directory.ts'
import { runWithTrainer, writeState } from './run-with-trainer.ts'
import { logOf } from './watching.ts'

// How long the notifiers on a machine wait, measured with a fake clock.

beforeEach(
  () =>
    void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance'] }),
)
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

function token(): Secret {
  const read = openSecretStore({ TOKEN: '42:AAtoken' }).read({ from: 'env', name: 'TOKEN' })
  if (!read.ok) throw new Error('must be set')
  return read.value
}

describe('Telegram that does not answer', () => {
  /** The API's answers, in order; the last one is repeated. */
  function setUp(...answers: readonly (() => Promise<Response>)[]) {
    const asked: number[] = []
    vi.stubGlobal('fetch', () => {
      asked.push(performance.now())
      return (answers[asked.length - 1] ?? answers.at(-1))?.()
    })
    const channel = telegramChannel({ name: 't', kind: 'telegram', token: { from: 'env', name: 'TOKEN' }, chat: '7', api: 'https://api.example.org' }, token()) // biome-ignore format: one channel
    const heard: string[] = []
    const listen = () => channel.listen?.({ onPress: async () => '', onTrouble: (text) => void heard.push(text) })
    /** The pauses between requests, in seconds. */
    const pauses = () => asked.slice(1).map((at, i) => (at - (asked[i] ?? 0)) / 1000)
    return { channel, heard, listen, pauses, asked }
  }
  const refuse = (description: string) => async () => Response.json({ ok: false, description })
  const nothing = async () => Response.json({ ok: true, result: [] })

  test('is polled again after a second, then after twice as long each time, up to a minute', async () => {
    const { channel, heard, listen, pauses } = setUp(refuse('away'))
    await listen?.()
    await vi.advanceTimersByTimeAsync(300_000)
    expect(pauses()).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60])
    expect(heard).toEqual(['answers from Telegram cannot be read: away'])
    await channel.close()
  })

  test('is polled after a second again once it has answered, and a problem is reported once until then', async () => {
    const { channel, heard, listen, pauses } = setUp(
      refuse('a'),
      refuse('a'),
      refuse('b'),
      nothing,
      refuse('b'),
      refuse('a'),
    )
    await listen?.()
    await vi.advanceTimersByTimeAsync(8500)
    expect(pauses()).toEqual([1, 2, 4, 0, 1])
    expect(heard.map((text) => text.at(-1))).toEqual(['a', 'b', 'b', 'a'])
    await channel.close()
  })

  test('is not polled any more after the channel is closed, even during a pause', async () => {
    const { channel, listen, asked } = setUp(refuse('away'))
    await listen?.()
    await vi.advanceTimersByTimeAsync(5000)
    const before = asked.length
    await channel.close()
    expect(vi.getTimerCount()).toBe(0)
    await vi.advanceTimersByTimeAsync(100_000)
    expect(asked).toHaveLength(before)
  })
})

describe('a fleet', () => {
  const lines: string[] = []
  const troubles: string[] = []
  beforeEach(() => {
    lines.length = 0
    troubles.length = 0
  })
  const ports = (more: Record<string, string> = {}) => ({
    env: { XDG_CONFIG_HOME: temporaryDirectory(), XDG_STATE_HOME: temporaryDirectory(), ...more },
    terminal: { line: (text: string) => void lines.push(text), bell: () => undefined },
    approvals: null,
    onTrouble: (text: string) => void troubles.push(text),
  })
  const config = (dir: string, rules = '{on: paused}', name = 'here'): string => {
    mkdirSync(dir, { recursive: true })
    writeFileSync(join(dir, 'hotcb.notify.yaml'), `channels:\n  ${name}: {kind: terminal}\nrules: [${rules}]\n`, {
      mode: 0o600,
    })
    return join(dir, 'hotcb.notify.yaml')
  }
  /** Lets promises for files and timers settle. */
  const settle = async (ms: number) => {
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
    await vi.advanceTimersByTimeAsync(ms)
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve))
  }

  test('searches for runs immediately, and every five seconds until it is closed', async () => {
    const looks: number[] = []
    const findDirs = (): readonly string[] => {
      looks.push(performance.now() / 1000)
      return []
    }
    const fleet = openFleet({ ports: ports(), findDirs })
    const [start = 0] = looks
    await vi.advanceTimersByTimeAsync(4999)
    expect(looks).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(10_001)
    expect(looks.map((at) => at - start)).toEqual([0, 5, 10, 15])
    await fleet.close()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('searches less often if a search takes long: searches use at most a fiftieth of the time', async () => {
    let looks = 0
    const fleet = openFleet({
      ports: ports(),
      findDirs: () => {
        looks++
        vi.setSystemTime(Date.now() + 400)
        vi.advanceTimersByTime(400)
        return []
      },
    })
    await vi.advanceTimersByTimeAsync(19_999)
    expect(looks).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(looks).toBe(2)
    await fleet.close()
  })

  test('reports events in a run that started later, and none in a run without a configuration', async () => {
    const [later, none] = [runWithTrainer(), runWithTrainer()]
    config(later)
    let found: readonly string[] = []
    const fleet = openFleet({ ports: ports(), findDirs: () => found })
    found = [later, none]
    await settle(5000)
    for (const dir of found) writeState(dir, { paused: true })
    await settle(1000)
    expect(lines).toEqual(['exp: paused: the run is paused at step 40'])
    expect(() => logOf(none)).toThrow('ENOENT')
    await fleet.close()
    expect(logOf(later).at(-1)?.['kind']).toBe('end')
    expect(troubles).toEqual([])
  })

  test("watches a run with the user's configuration until the run has its own, and then only with that", async () => {
    const dir = runWithTrainer()
    const shared = ports()
    const user = join(shared.env.XDG_CONFIG_HOME, 'hotcb')
    mkdirSync(user)
    writeFileSync(join(user, 'notify.yaml'), 'channels:\n  all: {kind: terminal}\nrules: [{on: paused}]\n', {
      mode: 0o600,
    })
    const fleet = openFleet({ ports: shared, findDirs: () => [dir] })
    await settle(5000)
    writeState(dir, { paused: true })
    await settle(1000)
    expect(lines).toHaveLength(1)
    config(dir, '{on: frozen}')
    await settle(5000)
    await settle(5000)
    writeState(dir, {
      freeze: { mode: 'prod', recipe_path: null, adjust_path: null, policy: 'strict', step_offset: 0 },
    })
    await settle(1000)
    expect(lines.slice(1)).toEqual(['exp: frozen: the run is frozen: prod'])
    await fleet.close()
  })

  test('uses one configuration for all runs if one is passed, and reports its problems once', async () => {
    const dirs = [runWithTrainer(), runWithTrainer()]
    const path = config(join(temporaryDirectory(), 'all'))
    const fleet = openFleet({ ports: ports(), findDirs: () => dirs, config: path })
    await settle(5000)
    for (const dir of dirs) writeState(dir, { paused: true })
    await settle(1000)
    expect(lines).toHaveLength(2)
    await fleet.close()
    const missing = openFleet({ ports: ports(), findDirs: () => dirs, config: `${path}.none` })
    await settle(20_000)
    expect(troubles).toEqual([`the file \`${path}.none\` does not exist`])
    await missing.close()
    const yaml = join(temporaryDirectory(), 'hook.yaml')
    writeFileSync(yaml, 'channels:\n  hook: {kind: webhook, url: "https://h/", secret: env:NONE}\n', { mode: 0o600 })
    const shut = openFleet({ ports: ports(), findDirs: () => dirs, config: yaml })
    await settle(20_000)
    expect(troubles.slice(1)).toEqual([expect.stringMatching(/^.*hook\.yaml: channel `hook`: the environment variable `NONE` is not set/)]) // biome-ignore format: short
    await shut.close()
  })

  test('that always records alerts does not check a run again if its trainer has not written its state for a minute', async () => {
    const dir = runWithTrainer()
    const state = join(dir, 'hotcb.state.json')
    utimesSync(state, 1000, 1000)
    let looks = 0
    const findDirs = (): readonly string[] => {
      // Each search finds another mistake in the run, which is reported unless the run is skipped.
      writeFileSync(join(dir, 'hotcb.notify.yaml'), `rules: ${++looks}\n`, { mode: 0o600 })
      return [dir]
    }
    const fleet = openFleet({ ports: ports(), findDirs, alertsAlways: true })
    await settle(5000 * 20)
    const reported = troubles.length
    expect(reported).toBeGreaterThanOrEqual(12)
    expect(reported).toBeLessThanOrEqual(14)
    utimesSync(state, 2000, 2000)
    await settle(5000)
    expect(troubles).toHaveLength(reported + 1)
    await fleet.close()
    // A fleet that only sends messages reads each configuration every time.
    const other = openFleet({ ports: ports(), findDirs })
    await settle(5000 * 20)
    expect(troubles.length - reported - 1).toBe(21)
    await other.close()
  })
})
