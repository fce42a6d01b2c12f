import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { configured, ENV, startReceiver, yamlFor } from './notify-receiver.ts'
import { buildProgram, type Ended, hotcb, start, temporaryDirectory } from './program.ts'
import { buildTrainer, removeTrainer, startTrainer } from './trainer.ts'

beforeAll(async () => {
  buildProgram()
  await buildTrainer()
})
afterAll(removeTrainer)

function notify(dir: string, ...words: readonly string[]): Promise<Ended> {
  return hotcb(['--dir', dir, 'notify', ...words], { env: { ...ENV, XDG_STATE_HOME: dir } })
}

describe('hotcb notify', () => {
  test('run watches a run exclusively and logs the messages that it sent', async () => {
    const receiver = await startReceiver()
    const dir = configured(yamlFor(receiver))
    await startTrainer(dir)
    const child = start(['--dir', dir, 'notify', 'run'], { env: { ...ENV, XDG_STATE_HOME: dir } })
    onTestFinished(() => void child.kill('SIGKILL'))
    const ended = new Promise((resolve) => child.once('exit', resolve))
    await new Promise((resolve) => child.stderr?.once('data', resolve))
    const second = await notify(dir, 'run')
    expect([second.code, second.err]).toEqual([
      1,
      expect.stringMatching(/is held by notifier \(process \d+.*--take-over/s),
    ])
    await hotcb(['--dir', dir, 'pause'])
    await vi.waitFor(() => expect(receiver.bodies).toHaveLength(1), 300_000)
    expect(receiver.bodies[0]).toMatchObject({ rule: 'paused', title: 'exp-001: paused', phase: 'opened' })
    child.kill('SIGINT')
    expect(await ended).toBe(130)
    const log = await notify(dir, 'log')
    expect(
      log.out
        .trimEnd()
        .split('\n')
        .map((line) => line.replace(/^\S+ \S+ +/, '')),
    ).toEqual(['hook  sent  exp-001: paused', 'here  sent  exp-001: paused'])
    const json = await notify(dir, 'log', '--json')
    expect(JSON.parse(json.out.split('\n')[0] ?? '')).toMatchObject({
      channel: 'hook',
      state: 'sent',
      tries: 1,
      message: { rule: 'paused' },
    })
  })

  test('run --root watches each run with a live trainer, by its own configuration', async () => {
    const receiver = await startReceiver()
    const root = temporaryDirectory()
    const [one, two, dead] = ['one', 'two', 'dead'].map((name) => {
      const dir = join(root, name)
      mkdirSync(dir)
      writeFileSync(join(dir, 'hotcb.notify.yaml'), yamlFor(receiver, `  - {on: paused, id: ${name}}\n`), {
        mode: 0o600,
      })
      writeFileSync(join(dir, 'hotcb.yaml'), 'version: 1\n')
      return dir
    })
    if (one === undefined || two === undefined || dead === undefined) throw new Error('three directories')
    await Promise.all([startTrainer(one), startTrainer(two)])
    const child = start(['notify', 'run', '--root', root], { env: { ...ENV, XDG_STATE_HOME: root } })
    onTestFinished(() => void child.kill('SIGKILL'))
    // Each run has been read for the first time.
    const logOf = (dir: string): string => readFileSync(join(dir, 'hotcb.notify.jsonl'), 'utf8')
    await vi.waitFor(() => expect([one, two].every((dir) => logOf(dir).includes('"seen"'))).toBe(true), 300_000)
    await Promise.all([hotcb(['--dir', one, 'pause']), hotcb(['--dir', two, 'pause'])])
    await vi.waitFor(() => expect(receiver.bodies.map(({ rule }) => rule).sort()).toEqual(['one', 'two']), 300_000)
    expect(existsSync(join(dead, 'hotcb.notify.jsonl'))).toBe(false)
  })
})
