import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { SweepEvent } from '../src/journal/event.ts'
import { createFold, type Fold } from '../src/journal/fold.ts'
import { copyCheckpoint } from '../src/node/population/copy-checkpoint.ts'
import { exploitFields, readExploit } from '../src/node/population/evidence.ts'
import { lineageSteps } from '../src/node/population/lineage-steps.ts'
import { createMemberLedgers, readMemberLedger } from '../src/node/population/member-ledger.ts'
import { effectiveValues, reachedOf } from '../src/node/population/members.ts'
import { scheduleOf } from '../src/node/population/schedule.ts'
import { float, int, str } from '../src/value.ts'
import { ledgerLine, load, save } from './written-ledger.ts'

// The files of a population, without processes. population-sweep.test.ts runs whole populations.

function setUp() {
  const results = mkdtempSync(join(tmpdir(), 'population-'))
  onTestFinished(() => rmSync(results, { recursive: true, force: true }))
  const write = (i: number, ...lines: readonly object[]): string => {
    const dir = join(results, String(i))
    mkdirSync(dir, { recursive: true })
    writeFileSync(
      join(dir, 'hotcb.applied.jsonl'),
      lines.map((line, at) => ledgerLine({ seq: at + 1, ...line })).join(''),
    )
    return dir
  }
  const checkpoint = (i: number, tag: string, meta: object | string): string => {
    const dir = join(results, String(i), 'hotcb.checkpoints', tag)
    mkdirSync(dir, { recursive: true })
    writeFileSync(join(dir, 'meta.json'), typeof meta === 'string' ? meta : JSON.stringify(meta))
    writeFileSync(join(dir, 'weights'), `${i} ${tag}`)
    return dir
  }
  return { results, write, checkpoint }
}

const set = (step: number, params: object) => ({ step, module: 'opt', op: 'set_params', params, payload: params })

describe("a member's ledger", () => {
  test('contains the saves of the sweep since the last load, by tag, and the decision about each command', () => {
    const { write } = setUp()
    const dir = write(
      ...([0, save(11, 'pbt-10'), save(12, 'own'), load(13, 'x'), save(21, 'pbt-20')] as const),
      { ...save(31, 'pbt-30'), decision: 'failed', error: 'disk full' },
      { ...save(31, 'pbt-30'), decision: 'skipped_noop' },
    )
    const { lines, load: last, saves, course, savedTags, answer } = readMemberLedger(dir)
    expect([lines.length, last?.seq, course]).toEqual([6, 3, 0])
    expect([...saves.keys()]).toEqual(['pbt-20'])
    expect([...savedTags]).toEqual(['pbt-10', 'own', 'pbt-20'])
    expect(answer('pbt-save-0-31')).toMatchObject({ decision: 'failed', seq: 5 })
    expect([answer('pbt-save-0-21')?.seq, answer('other')]).toEqual([4, undefined])
  })

  test('without a load contains all saves, and a failed load does not count', () => {
    const { write } = setUp()
    const dir = write(0, save(11, 'pbt-10'), { ...load(12, 'x'), decision: 'failed' }, save(21, 'pbt-20'))
    const { load: last, saves, savedTags } = readMemberLedger(dir)
    expect(last).toBe(null)
    expect([...saves.keys()]).toEqual(['pbt-10', 'pbt-20'])
    expect(savedTags.size).toBe(2)
  })

  test('is read again only after it has grown, and is empty if no kernel has opened the run', () => {
    const { results, write } = setUp()
    const ledgerOf = createMemberLedgers(results)
    expect(ledgerOf(5)).toMatchObject({ lines: [], load: null, course: 0 })
    expect(ledgerOf(5).answer('x')).toBeUndefined()
    write(5, save(11, 'pbt-10'))
    const first = ledgerOf(5)
    expect(first.lines).toHaveLength(1)
    expect(ledgerOf(5)).toBe(first)
    write(5, save(11, 'pbt-10'), save(21, 'pbt-20'))
    expect([...ledgerOf(5).saves.keys()]).toEqual(['pbt-10', 'pbt-20'])
  })
})

describe('the boundary that a member has reached', () => {
  const point = (step: number, value: number | null, ts: number | null = null) => ({ step, value, ts })

  test('is the newest one with a checkpoint and a score in its interval, or else the first score after it', () => {
    const { write } = setUp()
    const ledger = readMemberLedger(write(0, save(11, 'pbt-10'), save(21, 'pbt-20'), save(22, 'own')))
    const at = (...series: ReturnType<typeof point>[]) => reachedOf(ledger, () => series, 10)
    expect(at(point(5, 1), point(20, 2), point(25, 3))).toEqual({ step: 20, tag: 'pbt-20', score: 2 })
    expect(at(point(11, 1), point(12, null))).toEqual({ step: 20, tag: 'pbt-20', score: null })
    // Step 10 belongs to the previous interval, so the first value after the boundary counts, which is at 25.
    expect(at(point(10, 1), point(25, 3))).toEqual({ step: 20, tag: 'pbt-20', score: 3 })
    expect(at(point(3, 7))).toEqual({ step: 10, tag: 'pbt-10', score: 7 })
    expect(at()).toBe(null)
  })

  test('is missing before the first boundary, and a shorter interval than that of the checkpoints counts its own boundaries', () => {
    const { write } = setUp()
    const ledger = readMemberLedger(write(0, save(11, 'pbt-10')))
    expect(reachedOf(ledger, () => [point(9, 1)], 20)).toBe(null)
    expect(reachedOf(ledger, () => [point(9, 1)], 5)).toEqual({ step: 10, tag: 'pbt-10', score: 1 })
    const none = readMemberLedger(write(1, save(11, 'own')))
    const never = (): never => {
      throw new Error('read for nothing')
    }
    expect(reachedOf(none, never, 10)).toBe(null)
  })

  test('ignores values and boundaries from before the last load', () => {
    const { write } = setUp()
    const dir = write(0, save(11, 'pbt-10'), load(21, 'x', { wall_time: 500 }), save(21, 'pbt-20'), save(31, 'pbt-30'))
    const ledger = readMemberLedger(dir)
    expect(reachedOf(ledger, () => [point(29, 1, 400), point(20, 2, 600)], 10)).toBe(null)
    expect(reachedOf(ledger, () => [point(29, 1, 400), point(30, 2, 600)], 10)).toMatchObject({ step: 30, score: 2 })
    expect(reachedOf(ledger, () => [point(30, 3)], 10)).toMatchObject({ step: 30, score: 3 })
  })
})

describe('a copy of a checkpoint', () => {
  test('is complete, belongs to the receiving trial, and is not made twice', () => {
    const { results, checkpoint } = setUp()
    checkpoint(1, 'pbt-10', { seq: 4, step: 11, kernel: { at: { call: 2 }, submitted: [1, 2] }, modules: { opt: 1 } })
    const copy = { results, from: 1, tag: 'pbt-10', seq: 4, to: 2, as: 'pbt-10-from-1-at-30', ownSeq: 9 }
    expect(copyCheckpoint(copy)).toBe(null)
    const folder = join(results, '2/hotcb.checkpoints')
    expect(readdirSync(folder)).toEqual(['pbt-10-from-1-at-30'])
    const made = join(folder, 'pbt-10-from-1-at-30')
    expect(JSON.parse(readFileSync(join(made, 'meta.json'), 'utf8'))).toEqual({
      ...{ seq: 9, step: 11, modules: { opt: 1 }, kernel: { at: { call: 2 }, submitted: [], copied: true } },
    })
    expect(readFileSync(join(made, 'weights'), 'utf8')).toBe('1 pbt-10')
    writeFileSync(join(made, 'weights'), 'kept')
    expect(copyCheckpoint(copy)).toBe(null)
    expect(readFileSync(join(made, 'weights'), 'utf8')).toBe('kept')
  })

  test('replaces the remains of a killed driver, and has empty modules and a new kernel state if the donor has none', () => {
    const { results, checkpoint } = setUp()
    checkpoint(1, 'pbt-10', { seq: 4 })
    mkdirSync(join(results, '2/hotcb.checkpoints/.copy/old'), { recursive: true })
    expect(copyCheckpoint({ results, from: 1, tag: 'pbt-10', seq: 4, to: 2, as: 'copy', ownSeq: 0 })).toBe(null)
    const made = join(results, '2/hotcb.checkpoints/copy')
    expect(existsSync(join(made, 'old'))).toBe(false)
    expect(JSON.parse(readFileSync(join(made, 'meta.json'), 'utf8'))).toEqual({
      ...{ seq: 0, modules: {}, kernel: { submitted: [], copied: true } },
    })
  })

  test('of a checkpoint that no longer exists, was replaced or cannot be read is refused or retried', () => {
    const { results, checkpoint } = setUp()
    const copy = { results, from: 1, tag: 'pbt-10', seq: 4, to: 2, as: 'copy', ownSeq: 0 }
    const gone = 'checkpoint `pbt-10` of trial 1 no longer exists'
    expect(copyCheckpoint(copy)).toBe(gone)
    checkpoint(1, 'pbt-10', { seq: 8 })
    expect(copyCheckpoint(copy)).toBe(gone)
    for (const meta of ['[]', '{"seq']) {
      checkpoint(1, 'pbt-10', meta)
      expect(copyCheckpoint(copy)).toBe(gone)
    }
    rmSync(join(results, '1/hotcb.checkpoints/pbt-10/meta.json'))
    expect(copyCheckpoint(copy)).toBe(null)
    expect(readdirSync(join(results, '2/hotcb.checkpoints'))).toEqual([])
  })
})

const EXPLOIT = { from: 1, tag: 'pbt-10', seq: 4, as: 'copy', cid: 'pbt-load-0-10', set: { opt: { lr: 0.5 } } }

function foldOf(...events: readonly SweepEvent[]): Fold {
  const fold = createFold()
  const trials = [0, 1, 2].map((i) => ({ i, hash: String(i), params: { lr: i }, extras: {}, name: `lr-${i}` }))
  for (const [k, event] of [{ type: 'plan', trials } as const, ...events].entries()) {
    fold.apply({ n: 0, k, ts: 1000, by: '', event })
  }
  return fold
}

function decide(trial: number, step: number, more: object = {}, lr = 0.5): SweepEvent {
  const fields = exploitFields({
    ...EXPLOIT,
    cid: `pbt-load-${trial}-${step}`,
    values: new Map([['lr', float(lr)]]),
    ...more,
  })
  const evidence = { step, donor_step: 10, ...fields }
  return { type: 'decide', planner: 'pbt', key: `pbt/${step}/${trial}`, trial, verdict: 'exploit', evidence }
}

const lineage = (trial: number, step: number, outcome: 'applied' | 'failed', seq?: number): SweepEvent => ({
  ...{ type: 'lineage', key: `pbt/${step}/${trial}`, trial, from: 1, outcome },
  ...(seq !== undefined && { seq }),
})

describe('an exploit decision', () => {
  test('is read back from the journal unchanged, including floats', () => {
    const values = new Map([['lr', float(1)], ['n', int(1)], ['name', str('a')]]) // biome-ignore format: pairs
    const evidence = exploitFields({ ...EXPLOIT, values })
    expect(evidence).toMatchObject({ params: { lr: 1, n: 1, name: 'a' }, float: ['lr'] })
    expect(exploitFields({ ...EXPLOIT, values: new Map([['n', int(1)]]) })).not.toHaveProperty('float')
    const decision = { planner: 'pbt', verdict: 'exploit', evidence: JSON.parse(JSON.stringify(evidence)) }
    const read = (more: object = {}) => readExploit({ ...decision, ...more } as never)
    expect(read()).toEqual({ ...EXPLOIT, values })
    expect([read({ planner: 'median' }), read({ verdict: 'keep' })]).toEqual([null, null])
    for (const [name, wrong] of Object.entries({
      from: '1',
      tag: 5,
      seq: null,
      as: 1,
      cid: 2,
      params: [],
      set: null,
    })) {
      expect(read({ evidence: { ...evidence, [name]: wrong } })).toBe(null)
    }
  })

  test('changes the values of its member once it is applied; the last one is identified by its ledger line', () => {
    const two = foldOf(decide(0, 10, {}, 0.1), decide(0, 20, {}, 0.2), decide(2, 30, {}, 0.3))
    expect(effectiveValues(two, 0).size).toBe(0)
    const fold = foldOf(
      ...[decide(0, 10, {}, 0.1), decide(0, 20, {}, 0.2), decide(0, 30, {}, 0.3), decide(2, 30, {}, 0.4)],
      ...[lineage(0, 20, 'applied', 9), lineage(0, 10, 'applied', 5), lineage(0, 30, 'failed', 12)],
    )
    expect([...effectiveValues(fold, 0)]).toEqual([['lr', float(0.2)]])
    expect(effectiveValues(fold, 2).size).toBe(0)
  })

  test('is a step in the lineage, with its outcome', () => {
    const fold = foldOf(decide(0, 10), decide(2, 30), lineage(0, 10, 'applied', 5))
    expect(lineageSteps(fold)).toEqual([
      { trial: 0, step: 10, from: 1, donorStep: 10, params: { lr: 0.5 }, outcome: 'applied' },
      { trial: 2, step: 30, from: 1, donorStep: 10, params: { lr: 0.5 }, outcome: null },
    ])
  })
})

describe("a trial's schedule", () => {
  test("joins the donor's changes up to the checkpoint with the trial's own changes since the load", () => {
    const { results, write } = setUp()
    write(1, set(3, { lr: 0.3 }), save(11, 'pbt-10'), set(12, { lr: 0.9 }))
    write(0, set(2, { lr: 0.2 }), load(21, 'copy', { cid: 'pbt-load-0-20' }), set(25, { lr: 0.5 }))
    const fold = foldOf(decide(0, 20, { seq: 2 }))
    const schedule = scheduleOf(fold, results, 0)
    if (!schedule.ok) throw new Error(schedule.message)
    expect(schedule.value.root.trial.i).toBe(1)
    expect(schedule.value.lineage).toEqual([
      { trial: 1, after: 0, upTo: 2, from: 0 },
      { trial: 0, after: 2, upTo: null, from: 21 },
    ])
    const entries = schedule.value.entries.filter(({ op }) => op === 'set_params')
    expect(entries.map(({ params }) => params)).toEqual([{ lr: 0.3 }, { lr: 0.5 }])
    expect(schedule.value.entries.map(({ seq }) => seq)).toEqual(schedule.value.entries.map((_, at) => at + 1))
  })

  test('of a trial that loaded its own checkpoint, or that is unknown, is refused', () => {
    const { results, write } = setUp()
    write(0, load(21, 'mine', { cid: 'by-hand' }))
    expect(scheduleOf(foldOf(), results, 0)).toEqual({
      ok: false,
      message:
        'seq 1 of trial 0 loads a checkpoint that was not copied by the sweep, so its schedule would not reproduce the result',
    })
    write(0, load(21, 'mine'))
    expect(scheduleOf(foldOf(), results, 0).ok).toBe(false)
    write(7)
    expect(scheduleOf(foldOf(), results, 7)).toEqual({ ok: false, message: 'no trial 7' })
  })
})
