import type { LedgerLine } from '@hotcb/protocol'
import { parseYaml } from '@hotcb/protocol/yaml'
import { describe, expect, test } from 'vitest'
import { exportRecipe, historyOf, planReplay, readRecipe, readReplay, verifyRuns } from '../src/index.ts'
import { attempt, checkpoint, line, set } from './lines.ts'

function seqs(lines: Parameters<typeof exportRecipe>[0]): unknown {
  const exported = exportRecipe(lines)
  return exported.ok ? exported.value.entries.map(({ seq }) => seq) : exported.reason
}

describe('a cutting seam', () => {
  test('also cuts the calls of registered functions', () => {
    const call = (seq: number, step: number) =>
      line(seq, step, { module: 'ctl', op: 'call', id: 'data.shuffle', payload: { args: [1] } })
    expect(seqs([attempt(1, 1, null), call(2, 3), call(3, 5), attempt(4, 2, { step: 5, cut: true })])).toEqual([2])
  })

  test('cuts a later foreign checkpoint load, and the run can be exported again', () => {
    const lines = [attempt(1, 1, null), set(2, 1, { lr: 0.1 }), checkpoint(3, 9, 'load', 'alien', 8)]
    expect(seqs(lines)).toMatch(/^seq 3 loads checkpoint `alien`/)
    expect(seqs([...lines, attempt(4, 2, { step: 4, cut: true })])).toEqual([2])
  })
})

test('a recipe is in ledger order if steps went back without a seam', () => {
  const lines = [attempt(1, 1, null), set(2, 5, { lr: 0.1 }), set(3, 2, { lr: 0.2 }), set(4, 3, { lr: 0.3 })]
  expect(seqs(lines)).toEqual([2, 3, 4])
})

test('a replay without an overlay is also shifted by its step offset', () => {
  const text = '{"at":{"step":4},"module":"opt","op":"set_params","id":"main","params":{"lr":0.1}}\n'
  const plan = (stepOffset: number): unknown => {
    const read = readReplay({ recipe: { file: 'r.jsonl', text }, overlay: null, parseYaml, stepOffset })
    return read.ok && read.value.entries.map(({ at }) => at.step)
  }
  expect([plan(0), plan(10), plan(-9)]).toEqual([[4], [14], [0]])
})

test('a recipe with an infinity in the `init` of a callback is refused with the line', () => {
  const entry =
    '{"at":{"step":1},"module":"cb","op":"load","id":"a","target":{"kind":"file","path":"a.mjs","symbol":"A"},"init":{"every":Infinity}}'
  expect(readRecipe(`\n${entry}\n`, { file: 'r.jsonl' })).toEqual({
    ok: false,
    reason: expect.stringMatching(/^r\.jsonl:2: `init\.every` must be a finite number/),
  })
})

test('a bit-for-bit comparison distinguishes zero from minus zero, but not non-finite values on both sides', () => {
  const run = (x: number | null) => ({ metrics: [{ step: 1, wall_time: 0, metrics: { x, y: null } }] })
  expect(verifyRuns(run(0), run(-0))).toMatchObject({ verdict: 'different', first: { step: 1, name: 'x' } })
  expect(verifyRuns(run(-0), run(-0))).toMatchObject({ verdict: 'identical', equal: 2 })
})

test('an attempt line that is invalid, or has a lower number than an earlier one, cuts nothing and owns nothing', () => {
  const lines = [attempt(1, 2, null), set(2, 5, { lr: 0.1 }, { attempt: 2 })]
  for (const n of [null, 'x', '9', 2.5, 0, 1]) {
    const payload = { n, token: 'forged', step: 0, cut: true }
    const forged = line(3, null, { module: 'core', op: 'attempt', payload, attempt: null, cid: null })
    const history = historyOf([...lines, forged, set(4, 6, { lr: 0.2 }, { attempt: 2 })])
    expect(history.entries.map(({ seq }) => seq)).toEqual([2, 4])
    expect(history.attempt).toEqual({ n: 2, token: 't2' })
  }
})

test('after a checkpoint is dropped, loading its tag is not replayable; an earlier load is', () => {
  const lines = [attempt(1, 1, null), checkpoint(2, 3, 'save', 'a', 4)]
  const load = (seq: number): LedgerLine[] => [
    checkpoint(seq, 6, 'load', 'a', 4),
    attempt(seq + 1, 1, { step: 4, cut: true }),
  ]
  expect(seqs([...lines, ...load(3), checkpoint(5, 7, 'drop', 'a', 4)])).toEqual([])
  expect(seqs([...lines, checkpoint(3, 5, 'drop', 'a', 4), ...load(4)])).toMatch(/^seq 4 loads checkpoint `a`/)
})

test('a replay does not drop checkpoints, and notes this', () => {
  const entry = (action: string) => {
    const at = { step: 1, event: null }
    return { at, module: 'core', op: 'checkpoint', id: 'main', params: { action, tag: 'a' } }
  }
  const plan = planReplay([entry('save'), entry('drop')])
  expect(plan).toMatchObject({ ok: true, value: { entries: [entry('save')] } })
  expect(plan.ok && plan.value.notes).toEqual(['entry 2: core checkpoint drop is not replayed'])
})
