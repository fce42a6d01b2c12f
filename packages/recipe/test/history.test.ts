import type { JsonObject, LedgerLine } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import { compareEntries, createHistory, exportRecipe, historyOf, isCut, seamOf } from '../src/index.ts'
import { attempt, checkpoint, line, set } from './lines.ts'

const first = attempt(1, 1, null)

describe('the decided cids of a history', () => {
  const decided = (lines: readonly LedgerLine[], cids: readonly string[] = ['c2', 'c3', 'c4', 'none']) => [
    ...historyOf(lines, { cids: new Set(cids) }).decided,
  ]

  test('are those that were requested, regardless of the decision', () => {
    const lines = [
      first,
      set(2, 1, { lr: 1 }),
      line(3, 2, { decision: 'rejected' }),
      line(4, null),
      set(5, 3, { lr: 2 }),
    ]
    expect([decided(lines), decided(lines, []), [...historyOf(lines).decided]]).toEqual([['c2', 'c3', 'c4'], [], []])
  })

  test('do not include those that a seam cut', () => {
    const lines = [first, set(2, 1, { lr: 1 }), set(3, 5, { lr: 2 }), line(4, null)]
    expect(decided([...lines, attempt(5, 2, { step: 5, cut: true })])).toEqual(['c2', 'c4'])
    expect(decided([...lines, attempt(5, 2, { step: 0, cut: true })])).toEqual([])
    const cutAboveSeq = (seq: number) =>
      line(9, null, {
        module: 'core',
        op: 'attempt',
        payload: { n: 2, token: 't', step: 6, cut: true, seq },
        attempt: 2,
        cid: null,
      })
    const ended = [
      first,
      set(2, 5, { lr: 1 }, { end: true }),
      set(3, 5, { lr: 2 }, { end: true }),
      set(4, 5, { lr: 3 }),
    ]
    expect([decided([...ended, cutAboveSeq(2)]), decided([...ended, cutAboveSeq(1)])]).toEqual([['c2', 'c4'], ['c4']])
  })
})

describe('the saves and loads of a history', () => {
  const act = (seq: number, payload: JsonObject | null, fields: Partial<LedgerLine> = {}) =>
    line(seq, 7, { module: 'core', op: 'checkpoint', params: { action: 'save' }, payload, ...fields })

  test('have the step of the checkpoint, or else that of their line', () => {
    const history = historyOf([
      first,
      act(2, { tag: 'a', step: 4 }, { end: true }),
      act(3, { tag: 'b' }),
      act(4, { tag: 'c', step: '4' }, { step: null }),
      act(5, { step: 4 }),
      act(6, null, { params: { action: 'load' } }),
      act(7, { tag: 'a' }, { params: { action: 'load' } }),
    ])
    expect([...history.saves]).toEqual([
      ['a', { seq: 1, step: 4, end: true }],
      ['b', { seq: 2, step: 7, end: false }],
      ['c', { seq: 3, step: 0, end: false }],
    ])
    // The load of `a` goes back to a step before the other load, which is no longer part of the run.
    expect(history.loads).toEqual([{ seq: 7, step: 7, tag: 'a', replayable: true }])
  })

  test('are cut by a seam: a save after the seam\u2019s step, and a load beyond it', () => {
    const lines = [first, checkpoint(2, 3, 'save', 'a', 4), checkpoint(3, 4, 'save', 'b', 5)]
    const tags = (step: number) => [...historyOf([...lines, attempt(4, 2, { step, cut: true })]).saves.keys()]
    expect([tags(6), tags(5), tags(4), tags(3)]).toEqual([['a', 'b'], ['a', 'b'], ['a'], []])
    const loads = (step: number) =>
      historyOf([first, checkpoint(2, 9, 'load', 'x', 6), attempt(3, 1, { step, cut: true })]).loads.length
    expect([loads(7), loads(6), loads(5)]).toEqual([1, 1, 0])
  })

  test('name the checkpoint of a load only if the ledger does', () => {
    const exported = exportRecipe([first, act(2, null, { params: { action: 'load' } })])
    expect(exported).toEqual({
      ok: false,
      reason:
        "seq 2 loads checkpoint whose save is not in this run's history: the recipe would not reproduce the run; use `--force` to export it anyway",
    })
  })
})

describe('a line of the ledger', () => {
  test('from a kernel that had lost the directory is void, and so is an invalid attempt line', () => {
    const builder = createHistory()
    const added = (one: LedgerLine) => builder.add(one)
    const invalid = line(9, null, { module: 'core', op: 'attempt', payload: { n: 'x' }, attempt: null })
    expect([first, attempt(2, 3, null), attempt(3, 2, null), invalid].map(added)).toEqual([true, true, false, false])
    expect([set(4, 1, { lr: 1 }, { attempt: 2 }), set(5, 1, { lr: 1 }, { attempt: 3 })].map(added)).toEqual([
      false,
      true,
    ])
    expect(added(set(6, 1, { lr: 1 }, { attempt: null }))).toBe(true)
    expect([builder.history().attempt, [...builder.history().tokens]]).toEqual([{ n: 3, token: 't3' }, ['t1', 't3']])
  })

  test('that repeats an entry moves it to its place, with the values that were set again', () => {
    const again = (fields: Partial<LedgerLine>) =>
      historyOf([first, set(2, 3, { lr: 1 }), line(3, 4, { of: 2, payload: { lr: 2 }, ...fields })]).entries
    expect(again({ call: 2, after: true, end: true, attempt: 1 })).toMatchObject([
      { seq: 2, step: 4, call: 2, after: true, end: true, attempt: 1, op: { params: { lr: 2 } } },
    ])
    expect(again({ decision: 'failed' })).toEqual([])
    expect(again({ of: 9 })).toMatchObject([{ seq: 2, step: 3, op: { params: { lr: 1 } } }])
  })

  test('that reverts a pending entry removes it; one that reverts an applied entry counts as a new change', () => {
    const seqs = (fields: Partial<LedgerLine>) =>
      historyOf([first, set(2, 3, { lr: 1 }), line(3, 4, { reverts: 2, ...fields })]).entries.map(({ seq }) => seq)
    expect([seqs({ payload: {} }), seqs({ payload: { lr: 0 } }), seqs({ payload: null })]).toEqual([[], [2, 3], [2, 3]])
  })

  test('without a step or a call is placed at step 0 and call 0; only foreign kernels leave out the call', () => {
    const entries = (fields: Partial<LedgerLine>) => historyOf([set(2, 1, { lr: 1 }, fields)]).entries
    expect(entries({ step: null, call: null })).toMatchObject([{ step: 0, call: 0, isForeign: false }])
    expect(entries({ call: null, foreign: true })).toMatchObject([{ isForeign: true }])
    expect(entries({ call: 0, foreign: true })).toMatchObject([{ isForeign: false }])
  })
})

describe('steps that go back without a seam', () => {
  const lines = [
    first,
    set(2, 5, { lr: 1 }),
    set(3, 2, { lr: 2 }),
    line(4, 1, { module: 'ctl', op: 'call' }),
    line(5, 0, { module: 'ctl', op: 'call' }),
  ]

  test('leave everything in ledger order', () => {
    const { entries, calls, wentBack } = historyOf(lines)
    expect([wentBack, entries.map(({ seq }) => seq), calls.map(({ seq }) => seq)]).toEqual([true, [2, 3], [4, 5]])
  })

  test('are forgotten when a seam cuts all entries, and do not count between attempts or for lines without a step', () => {
    expect(historyOf([...lines, attempt(6, 2, { step: 0, cut: true })]).wentBack).toBe(false)
    expect(historyOf([...lines, attempt(6, 2, { step: 3, cut: true })]).wentBack).toBe(true)
    expect(
      historyOf([first, set(2, 5, { lr: 1 }), attempt(3, 2, null), set(4, 2, { lr: 2 }, { attempt: 2 })]).wentBack,
    ).toBe(false)
    expect(historyOf([first, set(2, 5, { lr: 1 }), line(3, null), set(4, 5, { lr: 2 })]).wentBack).toBe(false)
    expect(historyOf([first, set(2, 5, { lr: 1 }), line(3, null), set(4, 4, { lr: 2 })]).wentBack).toBe(true)
  })
})

test('places are ordered by step, end, call, after and seq', () => {
  const place = (step: number, end: boolean, call: number, after: boolean, seq: number) => ({
    step,
    end,
    call,
    after,
    seq,
  })
  const sorted = [
    place(-1, true, 0, false, 9),
    place(0, false, 0, false, 8),
    place(0, false, 0, true, 7),
    place(0, false, 1, false, 5),
    place(0, false, 1, false, 6),
    place(0, true, 0, true, 4),
    place(0, true, 1, false, 3),
    place(1, false, 0, false, 2),
  ]
  expect([...sorted].reverse().sort(compareEntries)).toEqual(sorted)
})

test.each<[JsonObject | null, ReturnType<typeof seamOf>]>([
  [
    { n: 2, token: 't', cut: true, step: 3 },
    { step: 3, endSeq: null },
  ],
  [
    { n: 2, token: 't', cut: true, step: 3, seq: 7 },
    { step: 3, endSeq: 7 },
  ],
  [
    { n: 2, token: 't', cut: true, step: 3, seq: 'x' },
    { step: 3, endSeq: null },
  ],
  [{ n: 2, token: 't', cut: true, step: null }, null],
  [{ n: 2, token: 't', cut: false, step: 3 }, null],
  [{ n: 2, token: 't', cut: 1, step: 3 }, null],
  [{ cut: true, step: 3 }, null],
  [null, null],
])('the seam of an attempt line with %j is %j', (payload, seam) => {
  expect(seamOf({ module: 'core', op: 'attempt', decision: 'applied', payload })).toEqual(seam)
})

test.each([
  [4, false, 1, null, false],
  [5, false, 1, null, true],
  [6, false, 1, null, true],
  [4, true, 9, null, false],
  [4, true, 9, 8, true],
  [4, true, 8, 8, false],
  [4, false, 9, 8, false],
  [3, true, 9, 8, false],
])('an entry at step %i (end: %s, seq %i) is cut by a seam at 5 above seq %j: %s', (step, end, seq, endSeq, cut) => {
  expect(isCut({ step, end, seq }, { step: 5, endSeq })).toBe(cut)
})

describe('an exported recipe', () => {
  test('has the place of each entry, with `after` and `end` only if they apply', () => {
    const exported = exportRecipe([
      first,
      set(2, 3, { lr: 1 }, { after: true }),
      set(3, 3, { lr: 2 }, { end: true, call: 1 }),
    ])
    expect(exported.ok && exported.value.entries.map(({ at }) => at)).toEqual([
      { step: 3, event: 'train_step_end', call: 0, after: true },
      { step: 3, event: 'train_step_end', call: 1, end: true },
    ])
  })

  test('contains the requested modules and steps, including the first and the last step', () => {
    const lines = [
      first,
      set(2, -1, { a: 1 }, { end: true }),
      set(3, 3, { a: 1 }),
      set(4, 5, { a: 1 }, { module: 'loss' }),
    ]
    const seqs = (options: Parameters<typeof exportRecipe>[1]) => {
      const exported = exportRecipe(lines, options)
      return exported.ok && exported.value.entries.map(({ seq }) => seq)
    }
    expect([seqs({}), seqs({ from: 0 }), seqs({ from: 3, to: 3 }), seqs({ from: 4 }), seqs({ to: 4 })]).toEqual([
      [2, 3, 4],
      [3, 4],
      [3],
      [4],
      [2, 3],
    ])
    expect([seqs({ modules: ['loss'] }), seqs({ modules: [] })]).toEqual([[4], []])
  })

  test('is in ledger order, including calls, if steps went back', () => {
    const call = line(3, 2, { module: 'ctl', op: 'call', id: 'f', payload: { args: [] } })
    const exported = exportRecipe([first, set(2, 5, { a: 1 }), call, set(4, 1, { a: 1 })])
    expect(exported.ok && exported.value.entries.map(({ seq }) => seq)).toEqual([2, 3, 4])
  })

  test('omits non-finite values, which only hotcb 2 accepts, except in the parameters of callbacks', () => {
    const foreign = { foreign: true, call: null, attempt: null } as const
    const values = [Number.NaN, Number.POSITIVE_INFINITY, null, 1, 'x']
    const lines = values.map((value, i) => set(i + 1, i, { ok: 1, lr: value }, foreign))
    const exported = exportRecipe(lines)
    expect(exported.ok && exported.value).toMatchObject({
      entries: [{ params: { lr: 1 } }, { params: { lr: 'x' } }],
      notes: [0, 1, 2].map((step) => `step ${step}, seq ${step + 1}: left out: \`lr\` was set to NaN or an infinity`),
    })
    const ours = exportRecipe([first, set(2, 1, { 'ramps.a': null })])
    expect(ours).toMatchObject({ ok: true, value: { notes: [], entries: [{ params: { 'ramps.a': null } }] } })
  })
})
