import type { JsonObject, LedgerLine } from '@hotcb/protocol'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createHistory, historyOf } from '../src/index.ts'
import { attempt, line, set } from './lines.ts'

// The effects of a kernel on its ledger: changes at ascending steps, restarts that continue or cut, repeated entries.
type Deed =
  | { readonly kind: 'change'; readonly skip: number; readonly call: number; readonly value: number }
  | { readonly kind: 'fail'; readonly skip: number }
  | { readonly kind: 'call'; readonly skip: number }
  | { readonly kind: 'restart'; readonly back: number; readonly cut: boolean }
  | { readonly kind: 'again'; readonly which: number; readonly applied: boolean }
  | { readonly kind: 'take out'; readonly which: number }
  | { readonly kind: 'stale'; readonly value: number }

const deed: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      skip: fc.nat({ max: 2 }),
      call: fc.nat({ max: 2 }),
      value: fc.nat({ max: 99 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('fail' as const), skip: fc.nat({ max: 2 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('call' as const), skip: fc.nat({ max: 2 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('restart' as const), back: fc.nat({ max: 6 }), cut: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('again' as const), which: fc.nat(), applied: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('take out' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stale' as const), value: fc.nat({ max: 99 }) }) },
)

interface Standing {
  readonly seq: number
  step: number
  call: number
  params: JsonObject | null
}

// Writes the ledger of some actions, and tracks the expected history in the simplest possible way.
function live(deeds: readonly Deed[]): {
  readonly lines: readonly LedgerLine[]
  readonly standing: readonly Standing[]
} {
  const lines: LedgerLine[] = [attempt(1, 1, null)]
  let standing: Standing[] = []
  let step = 0
  let n = 1
  const next = (): number => lines.length + 1
  for (const one of deeds) {
    if (one.kind === 'change') {
      step += one.skip
      standing.push({ seq: next(), step, call: one.call, params: { lr: one.value } })
      lines.push(set(next(), step, { lr: one.value }, { call: one.call, attempt: n }))
    } else if (one.kind === 'fail') {
      step += one.skip
      lines.push(line(next(), step, { decision: 'failed', params: { lr: 0 }, attempt: n }))
    } else if (one.kind === 'call') {
      step += one.skip
      lines.push(line(next(), step, { module: 'ctl', op: 'call', attempt: n }))
    } else if (one.kind === 'restart') {
      step = Math.max(0, step - one.back)
      n++
      lines.push(attempt(next(), n, one.cut ? { step, cut: true } : null))
      if (one.cut) standing = standing.filter((entry) => entry.step < step)
    } else if (one.kind === 'stale') {
      // A kernel that lost the directory and has not noticed yet.
      if (n > 1) lines.push(set(next(), step, { lr: one.value }, { attempt: n - 1 }))
    } else {
      const entry = standing[one.which % Math.max(standing.length, 1)]
      if (entry === undefined) continue
      if (one.kind === 'take out') {
        lines.push(set(next(), step, {}, { reverts: entry.seq, params: {}, attempt: n }))
        standing = standing.filter((other) => other !== entry)
      } else {
        const decision = one.applied ? 'applied' : 'failed'
        const payload = { lr: 1000 + (one.which % 10) }
        lines.push(line(next(), step, { of: entry.seq, source: 'history', decision, payload, call: 7, attempt: n }))
        if (one.applied) Object.assign(entry, { step, call: 7, params: payload })
        else standing = standing.filter((other) => other !== entry)
      }
    }
  }
  return { lines, standing }
}

describe('historyOf', () => {
  test('is correct after changes, failures, restarts, cuts, repeated and removed entries', () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 30 }), (deeds) => {
        const { lines, standing } = live(deeds)
        const history = historyOf(lines)
        const inOrder = [...standing].sort((a, b) =>
          history.wentBack ? a.seq - b.seq : a.step - b.step || a.call - b.call || a.seq - b.seq,
        )
        const folded = history.entries.map(({ seq, step, call, op }) => ({ seq, step, call, params: op.params }))
        expect(folded).toEqual(inOrder)
        expect(history.wentBack).toBe(false)
      }),
      { numRuns: 1500 },
    )
  })

  test('can be queried after any line, and continues from there', () => {
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 20 }), (deeds) => {
        const { lines } = live(deeds)
        const builder = createHistory()
        for (const [i, one] of lines.entries()) {
          builder.add(one)
          expect(builder.history()).toEqual(historyOf(lines.slice(0, i + 1)))
        }
      }),
    )
  })

  test('keeps the order of the ledger if steps went back without a seam', () => {
    const history = historyOf([attempt(1, 1, null), set(2, 9, { lr: 1 }), set(3, 4, { lr: 2 })])
    expect([history.wentBack, history.entries.map(({ seq }) => seq)]).toEqual([true, [2, 3]])
  })

  test('leaves the out-of-order state when a seam cuts all entries', () => {
    const lines = [
      attempt(1, 1, null),
      set(2, 9, { lr: 1 }),
      set(3, 4, { lr: 2 }),
      attempt(4, 2, { step: 0, cut: true }),
    ]
    expect(historyOf(lines)).toMatchObject({ wentBack: false, entries: [], attempt: { n: 2, token: 't2' } })
  })
})
