import { expect, test } from 'vitest'
import { ledger, own, runDir, storyAt } from './run-dir.ts'
import { EPOCH, train } from './training.ts'

test('a rate that is too low is raised, each move is judged, and a harmful move is reverted together with its weights', () => {
  const dir = runDir()
  const { lr, losses } = train({ dir, until: 600 })
  const moves = own(dir, 'propose').map(({ params }) => params?.['to'])
  expect(lr).toBeGreaterThan(0.05)
  expect(lr).toBeLessThan(0.4)
  expect(moves[0]).toBeCloseTo(0.01 * Math.sqrt(10), 6)
  const verdicts = own(dir, 'judge').map(({ params }) => params?.['decision'])
  expect(verdicts).toContain('accepted')
  expect([...losses.values()].at(-1)).toBeLessThan(0.06)
})

test('every change is an op of its control, expects the current value, and is in the ledger before it is judged', () => {
  const dir = runDir()
  train({ dir, until: 300 })
  const story = storyAt(dir)
  expect(story.mutations.length).toBeGreaterThan(2)
  for (const { id, key, to, seq, appliedSeq, judgement } of story.mutations.slice(0, -1)) {
    const set = ledger(dir).find((line) => line.cid === `tune-${id}`)
    expect(set).toMatchObject({ module: 'opt', op: 'set_params', source: 'tune', decision: 'applied', payload: { [key]: to } })
    expect([seq < (appliedSeq ?? 0), (appliedSeq ?? 0) < (judgement?.seq ?? 0)]).toEqual([true, true])
  }
}) // biome-ignore format: more readable

test('proposals stay within the bounds of the control and the range of its knob', () => {
  const dir = runDir()
  train({
    dir,
    until: 400,
    before: (step, kernel) => {
      if (step === 0) kernel.submit({ module: 'tune', op: 'set', params: { 'actuators.opt.keys.lr.range': [0.005, 0.02] } })
    },
  })
  const rates = own(dir, 'propose').filter(({ params }) => params?.['key'] === 'lr')
  const values = rates.map(({ params }) => Number(params?.['to']))
  expect(values.length).toBeGreaterThan(0)
  expect(values.filter((value) => value > 0.02 || value < 0.005)).toEqual([])
}) // biome-ignore format: more readable

test('a freeze stops the tuner immediately: none of its later ops is applied, and the open change is not judged', () => {
  const dir = runDir()
  let frozenAt = 0
  train({
    dir,
    until: 400,
    before: (step, kernel) => {
      const open = storyAt(dir).mutations.some(({ state }) => state === 'applied')
      if (frozenAt > 0 || !open) return
      frozenAt = step
      kernel.submit({ module: 'core', op: 'freeze', params: { mode: 'prod' } })
    },
  })
  expect(frozenAt).toBeGreaterThan(0)
  const after = ledger(dir).filter((line) => (line.step ?? 0) > frozenAt && line.source === 'tune')
  expect(after).toEqual([])
  expect(storyAt(dir).mutations.at(-1)).toMatchObject({ state: 'void', because: 'the run was frozen' })
})

test('a loss that is not finite reverts the open change and its weights within one safe point', () => {
  const dir = runDir()
  let broken = 0
  train({
    dir,
    until: 200,
    before: (step, _kernel, training) => {
      const open = storyAt(dir).mutations.find(({ state }) => state === 'applied')
      if (broken > 0 || open === undefined || step < (open.appliedStep ?? 0) + 3) return
      broken = step
      training.excess = Number.NaN
    },
  })
  expect(broken).toBeGreaterThan(0)
  const judged = own(dir, 'judge').find(({ params }) => params?.['bad'] === 'nan')
  expect(judged).toMatchObject({ step: broken + 1, params: { decision: 'rejected', put_back: 'weights' } })
  const load = ledger(dir).find((line) => line.op === 'checkpoint' && line.params?.['action'] === 'load')
  expect(load).toMatchObject({ step: broken + 1, decision: 'applied' })
  const story = storyAt(dir)
  const { from, key } = story.mutations.find(({ judgement }) => judgement?.bad === 'nan') ?? {}
  expect(ledger(dir).find((line) => line.seq > (load?.seq ?? 0) && line.op === 'set_params')?.payload).toEqual({ [key ?? '']: from })
}) // biome-ignore format: more readable

test('a rejected change leaves no trace except the steps it took: weights and value are those of its checkpoint', () => {
  const dir = runDir()
  let saved = Number.NaN
  let restored = Number.NaN
  train({
    dir,
    until: 400,
    before: (_step, _kernel, training) => {
      const [first] = storyAt(dir).mutations
      // While the change is judged, the loss is held slightly above its earlier value: worse, but not bad.
      if (first?.state === 'applied' && Number.isNaN(saved)) saved = training.excess
      if (first?.state === 'applied') training.excess = saved * 1.1
      if (first?.judgement != null && Number.isNaN(restored)) restored = training.excess
    },
  })
  const [first] = storyAt(dir).mutations
  expect(first?.judgement).toMatchObject({ decision: 'rejected', bad: null, n: 3, putBack: 'weights' })
  expect(restored).toBe(saved)
  expect(storyAt(dir).lostSteps).toBeGreaterThan(20)
})

test('once a run has lost 15 % of its steps to rollbacks, only the value of a rejected change is reverted', () => {
  const dir = runDir()
  train({
    dir,
    until: 400,
    total: 200,
    before: (_step, _kernel, training) => {
      const open = storyAt(dir).mutations.findLast(({ state }) => state === 'applied')
      if (open !== undefined) training.excess = Math.exp(open.baseline.u0) * 1.1
    },
  })
  const ways = storyAt(dir).mutations.flatMap(({ judgement }) => judgement?.putBack ?? [])
  expect(ways[0]).toBe('weights')
  expect(ways.at(-1)).toBe('values')
  expect(storyAt(dir).lostSteps).toBeLessThanOrEqual(0.15 * 200)
})

test('no change is tried that could not be judged before the run ends', () => {
  const dir = runDir()
  train({ dir, until: 200, total: 200 })
  const steps = own(dir, 'propose').map(({ step }) => step ?? 0)
  expect(steps.length).toBeGreaterThan(0)
  expect(Math.max(...steps)).toBeLessThan(200 - 3 * EPOCH)
  const story = storyAt(dir)
  expect(story.mutations.some(({ state }) => state === 'applied')).toBe(false)
})

test('without checkpoints only the value of a bad change is reverted', () => {
  const dir = runDir()
  train({
    dir,
    until: 150,
    checkpoints: false,
    before: (_step, _kernel, training) => {
      const open = storyAt(dir).mutations.some(({ state }) => state === 'applied')
      if (open) training.excess = 9
    },
  })
  expect(own(dir, 'judge')[0]?.params).toMatchObject({ decision: 'rejected', put_back: 'values' })
  expect(ledger(dir).some((line) => line.cid === 'tune-m_00001-back' && line.decision === 'applied')).toBe(true)
})

test("if a person moves the same control, the judgement ends, and the person's value is kept", () => {
  const dir = runDir()
  let moved = 0
  train({
    dir,
    until: 130,
    before: (step, kernel) => {
      const open = storyAt(dir).mutations.some(({ state }) => state === 'applied')
      if (moved > 0 || !open) return
      moved = step
      kernel.submit({ module: 'opt', op: 'set_params', params: { lr: 0.02 }, source: 'cli' })
    },
  })
  const [first] = storyAt(dir).mutations
  expect(first).toMatchObject({ state: 'void', judgement: null, because: 'cli changed `lr`' })
  expect(ledger(dir).some((line) => line.cid === 'tune-m_00001-back')).toBe(false)
})
