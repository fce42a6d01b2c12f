import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  linkSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { bundleProgram } from './bundle.ts'
import { answersTo, attemptsIn, ledgerOf, linesIn, otherLedger } from './ledger-of-run.ts'
import { command, runDir } from './run-dir.ts'

let out: string
let program: string
beforeAll(async () => {
  out = mkdtempSync(join(tmpdir(), 'hotcb-programs-'))
  program = await bundleProgram('steered-trainer.ts', out)
})
afterAll(() => rmSync(out, { recursive: true, force: true }))
const children: ChildProcess[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

interface Status {
  readonly step: number
  readonly degraded: boolean
  readonly superseded: boolean
  readonly momentum: number
  readonly weightDecay: number
  readonly said: readonly string[]
}

interface Trainer {
  /** The next status that meets a condition. */
  until(holds: (status: Status) => boolean): Promise<Status>
  /** The status some steps later. */
  later(): Promise<Status>
  end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void>
}

/** A real trainer in its own process. */
function startTrainer(dir: string): Trainer {
  const child = spawn(process.execPath, [program, dir], { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const next = async (): Promise<Status> => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error('the trainer ended')
    return JSON.parse(value)
  }
  return {
    async until(holds) {
      for (;;) {
        const status = await next()
        if (holds(status)) return status
      }
    },
    async later() {
      // Several checks, including those that happen only every 100 ms.
      for (let i = 0; i < 20; i++) await next()
      return next()
    },
    async end(signal) {
      child.kill(signal)
      await once(child, 'close')
    },
  }
}

const set = (cid: string, params: object) => ({ cid, module: 'opt', op: 'set_params', params })
const state = (dir: string) => JSON.parse(readFileSync(join(dir, 'hotcb.state.json'), 'utf8'))
const isDegraded = ({ degraded }: Status): boolean => degraded

const HARMS: readonly (readonly [name: string, reason: RegExp, harm: (dir: string) => void])[] = [
  ['cut to nothing', /it was truncated from \d+ to 0 bytes/, (dir) => truncateSync(ledgerOf(dir), 0)],
  [
    'cut within a line',
    /it was truncated from \d+ to \d+ bytes/,
    (dir) => truncateSync(ledgerOf(dir), readFileSync(ledgerOf(dir)).length - 9),
  ],
  ['deleted', /it was removed/, (dir) => rmSync(ledgerOf(dir))],
  ['moved away', /it was removed/, (dir) => renameSync(ledgerOf(dir), join(dir, 'ledger.bak'))],
  ['replaced by another file', /another file has its name/, (dir) => renameSync(otherLedger(dir), ledgerOf(dir))],
  [
    'overwritten by a longer one',
    /its bytes were replaced/,
    (dir) => writeFileSync(ledgerOf(dir), readFileSync(otherLedger(dir)), { flag: 'r+' }),
  ],
  [
    'rewritten to the same length',
    /its bytes were replaced/,
    (dir) => writeFileSync(ledgerOf(dir), 'x'.repeat(readFileSync(ledgerOf(dir)).length), { flag: 'r+' }),
  ],
]

describe.each(HARMS)('a ledger that is %s', (_name, reason, harm) => {
  test('degrades a running trainer: no more commands are accepted, one line states why, and a restart repeats nothing', async () => {
    const dir = runDir()
    const first = startTrainer(dir)
    command(dir, { ...set('held', { momentum: 0.1 }), at: { step: 1_000_000 } })
    command(dir, set('a', { weight_decay: 0.01 }))
    await first.until(({ weightDecay }) => weightDecay === 0.01)
    harm(dir)
    await first.until(isDegraded)
    command(dir, set('b', { momentum: 0.7 }))
    const degraded = await first.later()
    expect(degraded).toMatchObject({ degraded: true, momentum: 0.9, weightDecay: 0.01 })
    expect(degraded.said).toEqual([expect.stringMatching(/^degraded: no more changes are accepted: the ledger /)])
    expect(degraded.said[0]).toMatch(reason)
    expect(state(dir)).toMatchObject({ degraded: expect.stringMatching(reason), held: [{ cid: 'held' }] })
    await first.end('SIGKILL')

    const second = startTrainer(dir)
    const restarted = await second.until(({ momentum }) => momentum === 0.7)
    expect(restarted.degraded).toBe(false)
    expect(restarted.said.slice(0, 2)).toEqual([
      expect.stringMatching(/^the ledger has been replaced or damaged: it/),
      'commands that were already read count as done; later ones and those still held are applied',
    ])
    await second.later()
    await second.end('SIGTERM')
    // Checks the outcome of the one command, not the ledger: it was never decided again.
    expect(answersTo(dir, 'a').filter((line) => line['attempt'] !== 1)).toEqual([])
    expect(answersTo(dir, 'b')).toMatchObject([{ decision: 'applied', attempt: 2 }])
    expect(attemptsIn(dir).at(-1)).toMatchObject({ payload: { n: 2, lost: { reason: expect.any(String) } } })
    expect(state(dir).held).toMatchObject([{ cid: 'held' }])

    const third = startTrainer(dir)
    const again = await third.later()
    await third.end('SIGTERM')
    expect(again.said.filter((line) => !line.includes('is not a ledger line'))).toEqual([
      expect.stringMatching(/^a part of the ledger before seq \d+ was lost/),
    ])
    expect(answersTo(dir, 'a').filter((line) => line['attempt'] !== 1)).toEqual([])
    expect(answersTo(dir, 'b').length).toBe(1)
    expect(state(dir).held).toMatchObject([{ cid: 'held' }])
    const seqs = linesIn(dir)
      .filter((line) => Number(line['attempt']) > 1)
      .map((line) => Number(line['seq']))
    expect(seqs).toEqual(seqs.map((_, i) => (seqs[0] ?? 0) + i))
    expect(seqs[0]).toBeGreaterThan(2)
  })

  test('between two runs also repeats nothing, and commands sent in between are applied', async () => {
    const dir = runDir()
    const first = startTrainer(dir)
    command(dir, set('a', { weight_decay: 0.01 }))
    await first.until(({ weightDecay }) => weightDecay === 0.01)
    await first.end('SIGTERM')
    harm(dir)
    command(dir, set('b', { momentum: 0.7 }))
    const second = startTrainer(dir)
    const { said } = await second.until(({ momentum }) => momentum === 0.7)
    expect(said[0]).toMatch(/^the ledger has been replaced or damaged: /)
    await second.later()
    await second.end('SIGTERM')
    expect(answersTo(dir, 'a').filter((line) => line['attempt'] !== 1)).toEqual([])
    expect(answersTo(dir, 'b').map((line) => line['decision'])).toEqual(['applied'])
  })

  test('is accepted by a command: waiting commands are applied, and a restart after it repeats nothing', async () => {
    const dir = runDir()
    const first = startTrainer(dir)
    command(dir, { ...set('held', { momentum: 0.1 }), at: { step: 1_000_000 } })
    command(dir, set('a', { weight_decay: 0.01 }))
    await first.until(({ weightDecay }) => weightDecay === 0.01)
    writeFileSync(join(dir, 'hotcb.freeze.json'), '{"mode":"off"}')
    harm(dir)
    await first.until(isDegraded)
    command(dir, set('b', { momentum: 0.7 }))
    await first.later()
    command(dir, { cid: 'accept', module: 'core', op: 'accept_ledger', author: 'ann' })
    const accepted = await first.until(({ momentum }) => momentum === 0.7)
    expect(accepted).toMatchObject({ degraded: false, weightDecay: 0.01 })
    expect(accepted.said.filter((line) => !line.includes('is not a ledger line'))).toEqual([
      expect.stringMatching(/^degraded: /),
      'the ledger can be written again: changes are accepted',
      expect.stringMatching(/^the current ledger is accepted: /),
    ])
    command(dir, { cid: 'again', module: 'core', op: 'accept_ledger' })
    while (answersTo(dir, 'again').length === 0) expect(await first.later()).toMatchObject({ degraded: false })
    await first.end('SIGKILL')
    expect(answersTo(dir, 'accept')).toMatchObject([{ decision: 'applied', author: 'ann' }])
    expect(answersTo(dir, 'again')).toMatchObject([{ decision: 'skipped_noop' }])

    const second = startTrainer(dir)
    await second.later()
    await second.end('SIGTERM')
    expect(answersTo(dir, 'a').filter((line) => line['attempt'] !== 1)).toEqual([])
    for (const cid of ['b', 'accept', 'again']) expect(answersTo(dir, cid).length).toBe(1)
    expect(state(dir).held).toMatchObject([{ cid: 'held' }])
  })
})

test('a ledger that is cut during a pause is noticed there, and the pause ends when it is accepted', async () => {
  const dir = runDir()
  const trainer = startTrainer(dir)
  await trainer.later()
  command(dir, { cid: 'pause', module: 'core', op: 'pause' })
  while (!state(dir).paused) await new Promise((resolve) => setTimeout(resolve, 20))
  truncateSync(ledgerOf(dir), 0)
  while (state(dir).degraded === null) await new Promise((resolve) => setTimeout(resolve, 20))
  command(dir, { cid: 'resume', module: 'core', op: 'resume' })
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(state(dir)).toMatchObject({ paused: true })
  expect(readFileSync(ledgerOf(dir), 'utf8')).toBe('')
  command(dir, { cid: 'accept', module: 'core', op: 'accept_ledger' })
  while (['accept', 'resume'].some((cid) => answersTo(dir, cid).length === 0)) await trainer.later()
  expect(await trainer.later()).toMatchObject({ degraded: false })
  await trainer.end('SIGTERM')
  expect(answersTo(dir, 'resume')).toMatchObject([{ decision: 'applied' }])
  expect(answersTo(dir, 'accept')).toMatchObject([{ decision: 'applied' }])
})

test('a ledger that was moved away and restored before it is accepted has lost nothing', async () => {
  const dir = runDir()
  const first = startTrainer(dir)
  command(dir, set('a', { weight_decay: 0.01 }))
  await first.until(({ weightDecay }) => weightDecay === 0.01)
  renameSync(ledgerOf(dir), join(dir, 'ledger.bak'))
  await first.until(isDegraded)
  renameSync(join(dir, 'ledger.bak'), ledgerOf(dir))
  command(dir, { cid: 'accept', module: 'core', op: 'accept_ledger' })
  const { said } = await first.until(({ degraded }) => !degraded)
  expect(said.at(-1)).toBe('the ledger is back and complete')
  await first.end('SIGTERM')
  const second = startTrainer(dir)
  expect(await second.until(({ weightDecay }) => weightDecay === 0.01)).toMatchObject({ said: [] })
  await second.end('SIGTERM')
  expect(answersTo(dir, 'a').map((line) => line['attempt'])).toEqual([1])
  expect(attemptsIn(dir).map((line) => Object.keys(line['payload'] ?? {}))).toEqual(
    [1, 2, 3].map(() => ['n', 'token', 'step', 'cut']),
  )
})

const HARMLESS: readonly (readonly [name: string, act: (dir: string) => void])[] = [
  [
    'is replaced by a copy of itself',
    (dir) => {
      copyFileSync(ledgerOf(dir), join(dir, 'copy'))
      renameSync(join(dir, 'copy'), ledgerOf(dir))
    },
  ],
  [
    'is moved away and a copy put in its place',
    (dir) => {
      copyFileSync(ledgerOf(dir), join(dir, 'copy'))
      // At no moment is there no ledger.
      linkSync(ledgerOf(dir), join(dir, 'ledger.bak'))
      renameSync(join(dir, 'copy'), ledgerOf(dir))
    },
  ],
  ['gets malformed lines', (dir) => appendFileSync(ledgerOf(dir), 'garbage\n{"seq":\n[]\nno end')],
  ['may no longer be read by others', (dir) => chmodSync(ledgerOf(dir), 0)],
  ['gets another modification time', (dir) => utimesSync(ledgerOf(dir), 1, 1)],
]

test.each(HARMLESS)('a ledger that %s is still the same ledger', async (_name, act) => {
  const dir = runDir()
  const first = startTrainer(dir)
  command(dir, set('a', { weight_decay: 0.01 }))
  await first.until(({ weightDecay }) => weightDecay === 0.01)
  act(dir)
  expect(await first.later()).toMatchObject({ degraded: false })
  command(dir, set('b', { momentum: 0.7 }))
  expect(await first.until(({ momentum }) => momentum === 0.7)).toMatchObject({ degraded: false })
  await first.end('SIGTERM')
  chmodSync(ledgerOf(dir), 0o600)
  expect(answersTo(dir, 'a').length).toBe(1)
  expect(answersTo(dir, 'b').length).toBe(1)
  const second = startTrainer(dir)
  expect(await second.until(({ momentum }) => momentum === 0.7)).toMatchObject({ degraded: false, weightDecay: 0.01 })
  await second.end('SIGTERM')
  expect(answersTo(dir, 'a').length).toBe(1)
  expect(attemptsIn(dir).at(-1)).toMatchObject({ payload: { n: 2 } })
  expect(attemptsIn(dir).at(-1)?.['payload']).not.toHaveProperty('lost')
})

test('after a kill that left no exact record, all existing commands count as done, and the log reports it', async () => {
  const dir = runDir()
  const first = startTrainer(dir)
  command(dir, set('a', { weight_decay: 0.01 }))
  command(dir, { ...set('held', { momentum: 0.1 }), at: { step: 1_000_000 } })
  await first.until(({ weightDecay }) => weightDecay === 0.01)
  while (state(dir).held.length === 0 || state(dir).ledger_bytes < readFileSync(ledgerOf(dir)).length)
    await first.later()
  await first.end('SIGKILL')
  rmSync(ledgerOf(dir))
  command(dir, set('b', { momentum: 0.7 }))
  const second = startTrainer(dir)
  const { said, momentum } = await second.later()
  command(dir, set('c', { momentum: 0.8 }))
  await second.until((status) => status.momentum === 0.8)
  await second.end('SIGTERM')
  expect(momentum).toBe(0.9)
  expect(said).toEqual([
    'the ledger has been replaced or damaged: it was removed; changes that it no longer contains are not restored',
    'all commands sent until now count as done: resend any that you still need; held commands are dropped: held',
  ])
  expect(linesIn(dir).flatMap((line) => line['cid'] ?? [])).toEqual(['c'])
})

test('a trainer whose ledger is lost gives way to a newer one, and accepts nothing afterwards', async () => {
  const dir = runDir()
  const old = startTrainer(dir)
  await old.later()
  truncateSync(ledgerOf(dir), 0)
  await old.until(isDegraded)
  const young = startTrainer(dir)
  await young.later()
  expect(await old.until(({ superseded }) => superseded)).toMatchObject({ superseded: true })
  command(dir, { cid: 'accept', module: 'core', op: 'accept_ledger' })
  command(dir, set('a', { momentum: 0.7 }))
  await young.until(({ momentum }) => momentum === 0.7)
  expect(await old.later()).toMatchObject({ superseded: true, momentum: 0.9 })
  await Promise.all([old.end('SIGTERM'), young.end('SIGTERM')])
  expect(answersTo(dir, 'accept')).toMatchObject([{ decision: 'skipped_noop', attempt: 2 }])
  expect(attemptsIn(dir).map((line) => line['attempt'])).toEqual([2])
})
