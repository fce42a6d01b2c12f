import { chmodSync, chownSync, readdirSync, utimesSync } from 'node:fs'
import { join } from 'node:path'
import type { StateDocument } from '@hotcb/protocol'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { stateDocument, writeRun } from './answerer.ts'
import { hotcb, temporaryDirectory } from './program.ts'
import { buildTrainer, removeTrainer, startTrainer } from './trainer.ts'

beforeAll(buildTrainer)
afterAll(removeTrainer)

/** The state document of a trainer on another host. */
function elsewhere(rest: Partial<StateDocument> = {}): StateDocument {
  const kernel = { ...stateDocument().kernel, host: 'elsewhere', start: null }
  return stateDocument({ kernel, ...rest })
}

function age(dir: string, seconds: number): void {
  const then = Date.now() / 1000 - seconds
  utimesSync(join(dir, 'hotcb.state.json'), then, then)
}

async function statusOf(dir: string, as: { uid?: number } = {}): Promise<{ text: string; trainer: object }> {
  const { out: text } = await hotcb(['--dir', dir, 'status'], as)
  const { out: json } = await hotcb(['--dir', dir, 'status', '--json'], as)
  return { text, trainer: JSON.parse(json).trainer }
}

describe('the status of a trainer on this machine depends on its process', () => {
  test('a suspended one is alive, a killed one is not, whatever the age of its state document', async () => {
    const dir = temporaryDirectory()
    const trainer = await startTrainer(dir)
    trainer.kill('SIGSTOP')
    age(dir, 3600)
    const stopped = await statusOf(dir)
    expect(stopped.text).toContain('alive ')
    expect(stopped.trainer).toMatchObject({ alive: true, reason: null })
    const ended = new Promise((resolve) => trainer.once('exit', resolve))
    trainer.kill('SIGKILL')
    await ended
    age(dir, 0)
    const killed = await statusOf(dir)
    expect(killed.text).toContain(`no sign of life: its process ${trainer.pid} is gone; last `)
    expect(killed.trainer).toMatchObject({ alive: false, reason: `its process ${trainer.pid} is gone` })
    expect((await hotcb(['--dir', dir, 'set', 'lr=0.2', '--wait'])).err).toContain('no trainer is alive')
  })
})

describe('the status of a trainer on another machine depends on the clock of the file system', () => {
  test('a recent state document means alive, an old one does not, and no probe file remains', async () => {
    const dir = temporaryDirectory()
    writeRun(dir, { commands: '', state: elsewhere({ step_seconds: 100 }) })
    age(dir, 60)
    expect((await statusOf(dir)).trainer).toMatchObject({ alive: true })
    age(dir, 575)
    const old = await statusOf(dir)
    expect(old.text).toContain('no sign of life for 10 min; last at step 412')
    expect(old.trainer).toMatchObject({ alive: false, reason: null })
    expect(readdirSync(dir).filter((name) => name.startsWith('.'))).toEqual([])
  })

  test('in a read-only directory it is unknown, with the reason', async () => {
    const dir = temporaryDirectory()
    writeRun(dir, { commands: '', state: elsewhere() })
    age(dir, 3575)
    // Root may write everywhere. If the test runs as root, the command runs as the user `nobody`.
    const isRoot = process.getuid?.() === 0
    if (isRoot) chownSync(dir, 0, 0)
    chmodSync(dir, 0o555)
    const as = isRoot ? { uid: 65534 } : {}
    const { text, trainer } = await statusOf(dir, as)
    const reason = 'its state document has not changed while we watched, and no file can be written next to it'
    expect(text).toContain(`unknown whether it is alive: ${reason}; last at step 412, 1 h ago`)
    expect(trainer).toMatchObject({ alive: null, reason })
    const watched = await hotcb(['--dir', dir, 'watch', '--once'], as)
    expect(watched.out).toContain('status unknown')
    chmodSync(dir, 0o755)
  })
})

test('a command to a trainer that may be alive is awaited', async () => {
  const dir = temporaryDirectory()
  writeRun(dir, { commands: '', ledger: '', state: elsewhere() })
  age(dir, -3600)
  const set = await hotcb(['--dir', dir, 'set', 'lr=0.2', '--wait=0.3'])
  expect(set).toEqual({ code: 3, out: '', err: expect.stringContaining('no answer within 0.3 s') })
  const queued = await hotcb(['--dir', dir, 'set', 'lr=0.2', '--no-wait'])
  expect(queued).toEqual({ code: 0, out: expect.stringMatching(/^· lr = 0\.2: queued {2}\w+\n$/), err: '' })
})

test('a trainer with an incomplete state document is not considered dead, and the file is reported', async () => {
  const dir = temporaryDirectory()
  writeRun(dir, { commands: '', state: '{"protocol":1,' })
  const { text, trainer } = await statusOf(dir)
  expect(text).toContain('unknown whether it is alive: its state document cannot be read')
  expect(text).toMatch(/warning {2}`.*hotcb\.state\.json` is not JSON/)
  expect(trainer).toMatchObject({ alive: null, kernel: null })
})
