import {
  appendFileSync,
  copyFileSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createKernel, type Kernel, type KernelOptions } from '../src/index.ts'
import { checkpointFolder } from '../src/node/checkpoint-folder.ts'
import { openCommandFiles } from '../src/node/command-files.ts'
import { openLedgerFile } from '../src/node/ledger-file.ts'
import { findLedgerLoss } from '../src/node/ledger-loss.ts'
import { latestCheckpoint } from '../src/node.ts'
import { answersTo, attemptsIn, ledgerOf, linesIn, otherLedger } from './ledger-of-run.ts'
import { command, ledger, runDir, type ToyTrainer, toyTrainer } from './run-dir.ts'

// The same as lost-ledger.test.ts, but in this process and with the test's own clock.

const bytesOf = (dir: string): number => statSync(ledgerOf(dir)).size
const set = (cid: string, params: object) => ({ cid, module: 'opt', op: 'set_params', params })
const ACCEPT = { cid: 'accept', module: 'core', op: 'accept_ledger' }

interface Trainer extends ToyTrainer {
  readonly kernel: Kernel
  readonly said: string[]
  /** Trains some more steps, with the checks that happen only every 100 ms. */
  train(): ReturnType<Kernel['apply']>
}

let drawn = 0

/** A kernel on the files of a run directory. */
function start(dir: string, options: KernelOptions = {}): Trainer {
  const trainer = toyTrainer()
  const said: string[] = []
  const note = (message: string): void => void said.push(message)
  let now = 0
  let step = 0
  const ledgerLoss = findLedgerLoss(dir)
  const kernel = createKernel({
    state: trainer.state,
    clock: { now: () => now, wallTime: () => 1000 },
    commands: openCommandFiles(dir, { network: false, note }),
    ledgerLoss,
    ledger: openLedgerFile(ledgerOf(dir), { note, isWhole: ledgerLoss === null }),
    documents: { state: (text) => writeFileSync(join(dir, 'hotcb.state.json'), text) },
    log: note,
    random: () => (++drawn % 97) / 97,
    ...options,
  })
  const train = () => {
    for (let i = 0; i < 3; i++) {
      now += 100
      kernel.apply({ step: step++ })
    }
    now += 1000
    return kernel.apply({ step: step++ })
  }
  return { ...trainer, kernel, said, train }
}

const stateOf = (dir: string) => JSON.parse(readFileSync(join(dir, 'hotcb.state.json'), 'utf8'))
const momentumOf = ({ optimizer }: ToyTrainer): number | undefined => optimizer.paramGroups[0]?.momentum

const HARMS: readonly {
  readonly name: string
  readonly reason: (bytes: number) => string
  readonly harm: (dir: string) => void
}[] = [
  {
    name: 'cut to nothing',
    reason: (bytes) => `it was truncated from ${bytes} to 0 bytes`,
    harm: (dir) => truncateSync(ledgerOf(dir), 0),
  },
  {
    name: 'cut within a line',
    reason: (bytes) => `it was truncated from ${bytes} to ${bytes - 9} bytes`,
    harm: (dir) => truncateSync(ledgerOf(dir), bytesOf(dir) - 9),
  },
  { name: 'deleted', reason: () => 'it was removed', harm: (dir) => rmSync(ledgerOf(dir)) },
  {
    name: 'replaced by another file',
    reason: () => 'another file has its name',
    harm: (dir) => renameSync(otherLedger(dir), ledgerOf(dir)),
  },
  {
    name: 'overwritten by a longer one',
    reason: () => 'its bytes were replaced by others',
    harm: (dir) => copyFileSync(otherLedger(dir), ledgerOf(dir)),
  },
]

describe.each(HARMS)('a ledger that is $name', ({ reason, harm }) => {
  test('degrades the kernel, which reports it once and accepts nothing', () => {
    const dir = runDir()
    const first = start(dir)
    command(dir, set('a', { weight_decay: 0.01 }))
    command(dir, { ...set('held', { momentum: 0.1 }), at: { step: 1_000_000 } })
    expect(first.train()).toMatchObject({ degraded: false })
    const why = reason(bytesOf(dir))
    const taken = { 'hotcb.commands.jsonl': statSync(join(dir, 'hotcb.commands.jsonl')).size }
    harm(dir)
    const after = readFileSync(ledgerOf(dir), { encoding: 'utf8', flag: 'a+' })
    if (why === 'it was removed') rmSync(ledgerOf(dir))
    first.train()
    command(dir, set('b', { momentum: 0.7 }))
    expect(first.train()).toMatchObject({ degraded: true, superseded: false, stop: false })
    expect(momentumOf(first)).toBe(0.9)
    const message = `the ledger \`${ledgerOf(dir)}\` has been replaced or damaged: ${why}; \`hotcb doctor --accept-ledger\` or a restart accepts it as it is`
    expect(first.said).toEqual([`degraded: no more changes are accepted: ${message}`])
    expect(stateOf(dir)).toMatchObject({
      degraded: message,
      held: [{ cid: 'held', at: { step: 1_000_000 } }],
      taken,
    })
    first.kernel.close()
    expect(readFileSync(ledgerOf(dir), { encoding: 'utf8', flag: 'a+' })).toBe(after)
  })

  test('is detected by the next start, which repeats nothing and applies commands that were sent later', () => {
    const dir = runDir()
    const first = start(dir)
    command(dir, set('a', { weight_decay: 0.01 }))
    command(dir, { ...set('held', { momentum: 0.1 }), at: { step: 1_000_000 } })
    first.train()
    const done = { 'hotcb.commands.jsonl': statSync(join(dir, 'hotcb.commands.jsonl')).size }
    const bytes = bytesOf(dir)
    const why = reason(bytes)
    first.kernel.close()
    harm(dir)
    command(dir, set('b', { momentum: 0.7 }))
    const second = start(dir)
    second.kernel.continueFrom({ step: 0 })
    second.train()
    // If it was replaced while no kernel was running, only its shorter length or its different bytes show that.
    const found = why === 'another file has its name' ? 'its bytes were replaced by others' : why
    expect(second.said.filter((line) => !line.includes('is not a ledger line'))).toEqual([
      `the ledger has been replaced or damaged: ${found}; changes that it no longer contains are not restored`,
      'commands that were already read count as done; later ones and those still held are applied',
    ])
    expect([momentumOf(second), second.optimizer.paramGroups[0]?.weightDecay]).toEqual([0.7, 0])
    const [attempt] = attemptsIn(dir).slice(-1)
    expect(attempt).toMatchObject({
      seq: 3,
      attempt: 2,
      payload: { n: 2, step: null, cut: false, done, held: [{ writer: null }], lost: { bytes, reason: found } },
    })
    expect(Object.keys(attempt?.['payload'] ?? {}).sort()).toEqual([
      'cut',
      'done',
      'held',
      'lost',
      'n',
      'step',
      'token',
    ])
    expect(answersTo(dir, 'b')).toMatchObject([{ decision: 'applied', attempt: 2, seq: 4 }])
    expect(stateOf(dir).held).toMatchObject([{ cid: 'held' }])
    second.kernel.close()

    const third = start(dir)
    third.kernel.continueFrom({ step: 0 })
    third.train()
    expect(third.said.filter((line) => !line.includes('is not a ledger line'))).toEqual([
      `a part of the ledger before seq ${attempt?.['seq']} was lost: changes that only this part contained are not restored`,
    ])
    expect(answersTo(dir, 'a').filter((line) => line['attempt'] !== 1)).toEqual([])
    expect(answersTo(dir, 'b').length).toBe(1)
    expect(stateOf(dir).held).toMatchObject([{ cid: 'held' }])
    third.kernel.close()
  })

  test('is accepted by a command: waiting commands are applied, and a restart after it repeats nothing', () => {
    const dir = runDir()
    const first = start(dir)
    command(dir, set('a', { weight_decay: 0.01 }))
    command(dir, { ...set('held', { momentum: 0.1 }), at: { step: 1_000_000 } })
    first.train()
    const [bytes, done] = [bytesOf(dir), statSync(join(dir, 'hotcb.commands.jsonl')).size]
    const why = reason(bytes)
    harm(dir)
    first.train()
    command(dir, set('b', { momentum: 0.7 }))
    first.train()
    command(dir, { ...ACCEPT, author: 'ann' })
    first.train()
    expect(momentumOf(first)).toBe(0.7)
    const [attempt] = attemptsIn(dir).slice(-1)
    expect(first.said.slice(1).filter((line) => !line.includes('is not a ledger line'))).toEqual([
      'the ledger can be written again: changes are accepted',
      `the current ledger is accepted: changes before seq ${attempt?.['seq']} that it no longer contains stay in force, but no restart, replay or checkpoint load restores them`,
    ])
    expect(attempt).toMatchObject({
      seq: 3,
      attempt: 2,
      source: 'kernel',
      payload: {
        n: 2,
        step: null,
        cut: false,
        done: { 'hotcb.commands.jsonl': done },
        held: [{ writer: null }],
        lost: { bytes, reason: why },
      },
    })
    expect(answersTo(dir, 'accept')).toMatchObject([{ decision: 'applied', author: 'ann', attempt: 2 }])
    expect(stateOf(dir)).toMatchObject({ degraded: null, taken: null, ledger_bytes: bytesOf(dir) })
    command(dir, { ...ACCEPT, cid: 'again' })
    expect(first.train()).toMatchObject({ degraded: false })
    expect(answersTo(dir, 'again')).toMatchObject([
      { decision: 'skipped_noop', notes: 'the ledger is not lost: there is nothing to accept' },
    ])
    const second = start(dir)
    second.train()
    second.kernel.close()
    expect(answersTo(dir, 'a').filter((line) => line['attempt'] !== 1)).toEqual([])
    for (const cid of ['b', 'accept', 'again']) expect(answersTo(dir, cid).length).toBe(1)
    expect(stateOf(dir).held).toMatchObject([{ cid: 'held' }])
  })
})

test('a ledger that was moved away and restored before it is accepted has lost nothing', () => {
  const dir = runDir()
  const first = start(dir)
  command(dir, set('a', { weight_decay: 0.01 }))
  first.train()
  renameSync(ledgerOf(dir), join(dir, 'ledger.bak'))
  expect(first.train()).toMatchObject({ degraded: true })
  renameSync(join(dir, 'ledger.bak'), ledgerOf(dir))
  expect(first.train()).toMatchObject({ degraded: true })
  command(dir, ACCEPT)
  expect(first.train()).toMatchObject({ degraded: false })
  expect(first.said.slice(1)).toEqual([
    'the ledger can be written again: changes are accepted',
    'the ledger is back and complete',
  ])
  first.kernel.close()
  const second = start(dir)
  expect(second.said).toEqual([])
  second.kernel.continueFrom({ step: 100 })
  expect(second.optimizer.paramGroups[0]?.weightDecay).toBe(0.01)
  expect(answersTo(dir, 'a').map((line) => line['attempt'])).toEqual([1])
  expect(attemptsIn(dir).map(({ payload }) => Object.keys(payload ?? {}))).toEqual(
    [1, 2, 3].map(() => ['n', 'token', 'step', 'cut']),
  )
})

const HARMLESS: readonly (readonly [name: string, act: (dir: string) => void, note: string | null])[] = [
  [
    'is replaced by a copy of itself',
    (dir) => {
      copyFileSync(ledgerOf(dir), join(dir, 'copy'))
      renameSync(join(dir, 'copy'), ledgerOf(dir))
    },
    'was replaced by a copy of itself',
  ],
  ['gets malformed lines', (dir) => appendFileSync(ledgerOf(dir), 'garbage\n'), 'is not a ledger line: '],
  ['gets another modification time', (dir) => utimesSync(ledgerOf(dir), 1, 1), null],
]

test.each(HARMLESS)('a ledger that %s is still the same ledger', (_name, act, note) => {
  const dir = runDir()
  const first = start(dir)
  command(dir, set('a', { weight_decay: 0.01 }))
  first.train()
  act(dir)
  expect(first.train()).toMatchObject({ degraded: false })
  command(dir, set('b', { momentum: 0.7 }))
  expect(first.train()).toMatchObject({ degraded: false })
  expect(first.said).toEqual(note === null ? [] : [expect.stringContaining(note)])
  first.kernel.close()
  expect(['a', 'b'].map((cid) => answersTo(dir, cid).length)).toEqual([1, 1])
  const second = start(dir)
  expect(attemptsIn(dir).at(-1)?.['payload']).toMatchObject({ n: 2, cut: false })
  expect(attemptsIn(dir).at(-1)?.['payload']).not.toHaveProperty('lost')
  second.kernel.close()
})

test('if it is not known how far the commands were read, all existing ones count as done, and held ones are named', () => {
  const dir = runDir()
  const first = start(dir)
  command(dir, set('a', { weight_decay: 0.01 }))
  for (const cid of ['held', 'also']) command(dir, { ...set(cid, { momentum: 0.1 }), at: { step: 1_000_000 } })
  first.train()
  // Killed: its state document is that of a running kernel.
  rmSync(ledgerOf(dir))
  command(dir, set('b', { momentum: 0.7 }))
  const done = { 'hotcb.commands.jsonl': statSync(join(dir, 'hotcb.commands.jsonl')).size }
  const second = start(dir)
  second.train()
  expect(second.said).toEqual([
    'the ledger has been replaced or damaged: it was removed; changes that it no longer contains are not restored',
    'all commands sent until now count as done: resend any that you still need; held commands are dropped: held, also',
  ])
  expect(ledger(dir)[0]?.payload).toMatchObject({ done, held: [] })
  command(dir, set('c', { momentum: 0.8 }))
  second.train()
  second.kernel.close()
  expect(linesIn(dir).flatMap((line) => line['cid'] ?? [])).toEqual(['c'])
})

test('if nothing was held, no held commands are mentioned', () => {
  const dir = runDir()
  start(dir).train()
  rmSync(ledgerOf(dir))
  const second = start(dir)
  expect(second.said[1]).toBe('all commands sent until now count as done: resend any that you still need')
})

test('a kernel whose ledger is lost gives way to a newer one, and accepts nothing afterwards', () => {
  const dir = runDir()
  const old = start(dir)
  old.train()
  truncateSync(ledgerOf(dir), 0)
  expect(old.train()).toMatchObject({ degraded: true, superseded: false })
  const young = start(dir)
  young.train()
  expect(old.train()).toMatchObject({ superseded: true })
  expect(old.said.at(-1)).toBe(
    'superseded: attempt 2 of another kernel owns this run directory; this one no longer writes to it',
  )
  command(dir, ACCEPT)
  command(dir, set('a', { momentum: 0.7 }))
  young.train()
  expect(old.train()).toMatchObject({ superseded: true })
  expect([momentumOf(young), momentumOf(old)]).toEqual([0.7, 0.9])
  old.kernel.close()
  expect(answersTo(dir, 'accept')).toMatchObject([{ decision: 'skipped_noop', attempt: 2 }])
  expect(attemptsIn(dir).map((line) => line['attempt'])).toEqual([2])
})

/** Replaces the ledger with one that contains the line of one attempt. */
function replaceLedger(dir: string, n: number, token: unknown): void {
  const attempt = { seq: 9, step: 0, module: 'core', op: 'attempt', id: 'main', decision: 'applied', attempt: n }
  writeFileSync(ledgerOf(dir), `${JSON.stringify({ ...attempt, payload: { n, token, step: null, cut: false } })}\n`)
}

test('the ledger of another run with as many attempts does not own the directory, and its numbers are continued', () => {
  const dir = runDir()
  const old = start(dir)
  old.train()
  replaceLedger(dir, 1, 'other')
  expect(old.train()).toMatchObject({ degraded: true, superseded: false })
  command(dir, ACCEPT)
  expect(old.train()).toMatchObject({ degraded: false, superseded: false })
  expect(attemptsIn(dir).at(-1)).toMatchObject({ seq: 10, attempt: 2, payload: { n: 2 } })
})

test('a ledger with a later attempt is accepted only if it is ours', () => {
  const dir = runDir()
  const old = start(dir)
  old.train()
  const token = ledger(dir)[0]?.payload?.['token']
  truncateSync(ledgerOf(dir), 0)
  old.train()
  replaceLedger(dir, 5, token)
  command(dir, ACCEPT)
  expect(old.train()).toMatchObject({ degraded: false, superseded: false })
  expect(attemptsIn(dir).at(-1)).toMatchObject({ seq: 10, attempt: 6, payload: { n: 6 } })
  truncateSync(ledgerOf(dir), 0)
  old.train()
  replaceLedger(dir, 7, 'another')
  command(dir, { ...ACCEPT, cid: 'second' })
  expect(old.train()).toMatchObject({ superseded: true })
  expect(old.said.at(-1)).toMatch(/^superseded: attempt 7 of another kernel owns this run directory/)
  expect(linesIn(dir).length).toBe(1)
})

test('a ledger that cannot be accepted is reported, and stays lost', () => {
  const dir = runDir()
  const said: string[] = []
  const real = openLedgerFile(ledgerOf(dir), { note: () => undefined })
  let failure: Error | null = new Error('the disk is gone')
  const port = {
    ...real,
    get isPending() {
      return real.isPending
    },
    get lost() {
      return real.lost ?? null
    },
    get bytes() {
      return real.bytes
    },
    get tail() {
      return real.tail ?? null
    },
    accept() {
      if (failure !== null) throw failure
      return real.accept?.() ?? { lines: [], isWhole: false }
    },
  }
  const trainer = start(dir, { ledger: port, log: (line) => void said.push(line) })
  trainer.train()
  truncateSync(ledgerOf(dir), 0)
  trainer.train()
  command(dir, ACCEPT)
  expect(trainer.train()).toMatchObject({ degraded: true })
  expect(said[1]).toBe('the ledger cannot be accepted: the disk is gone')
  failure = null
  expect(trainer.train()).toMatchObject({ degraded: false })
})

test('checkpoints that the trainer requests are saved even if the ledger is lost', () => {
  const dir = runDir()
  const trainer = start(dir, { checkpoints: checkpointFolder(dir, { save: () => undefined }) })
  trainer.train()
  truncateSync(ledgerOf(dir), 0)
  trainer.train()
  const steps = [1, 2, 3].map((i) => {
    trainer.kernel.submit({ module: 'core', op: 'checkpoint', params: { action: 'save' } })
    trainer.kernel.submit({ module: 'opt', op: 'set_params', params: { momentum: i / 10 } })
    expect(trainer.train()).toMatchObject({ degraded: true })
    return latestCheckpoint(dir)?.step
  })
  expect(steps).toEqual([9, 13, 17])
  expect(momentumOf(trainer)).toBe(0.9)
  command(dir, ACCEPT)
  trainer.train()
  trainer.kernel.close()
  expect(linesIn(dir).map(({ op, decision, source }) => [op, decision, source])).toEqual([
    ...[1, 2, 3].map(() => ['checkpoint', 'applied', 'trainer']),
    ['attempt', 'applied', 'kernel'],
    ...[1, 2, 3].map(() => ['set_params', 'applied', 'trainer']),
    ['accept_ledger', 'applied', 'external'],
  ])
})
