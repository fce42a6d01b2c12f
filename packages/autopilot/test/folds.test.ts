import { expect, test } from 'vitest'
import { createCheckpointFold } from '../src/checkpoint-fold.ts'
import { createEpochs } from '../src/epochs.ts'
import { readMeasured } from '../src/measured.ts'
import { createValueHistory } from '../src/value-history.ts'
import { ledgerLine } from './support.ts'

test('the length of an epoch is learned from complete epochs, and estimated from the length of the run until then', () => {
  const epochs = createEpochs()
  expect([null, 100, 1000, 2000, 100_000].map((total) => epochs.steps(total))).toEqual([100, 40, 50, 100, 200])
  epochs.take(3, null)
  epochs.take(5, 0)
  epochs.take(30, 1)
  // The start of the first epoch was not seen.
  expect(epochs.steps(1000)).toBe(50)
  epochs.take(55, 1)
  epochs.take(60, 2)
  expect(epochs.steps(1000)).toBe(30)
  // A jump and a rewind do not show the length.
  epochs.take(70, 5)
  epochs.take(40, 1)
  epochs.take(41, 1)
  expect(epochs.steps(1000)).toBe(30)
  epochs.take(65, 2)
  expect(epochs.steps(null)).toBe(25)
})

test('an epoch that begins at step 0 counts from the start', () => {
  const epochs = createEpochs()
  epochs.take(0, 0)
  epochs.take(12, 1)
  expect(epochs.steps(null)).toBe(12)
})

test('the length of an epoch is the same after it was saved and restored', () => {
  const [epochs, again] = [createEpochs(), createEpochs()]
  epochs.take(0, 0)
  epochs.take(12, 1)
  again.restore(epochs.snapshot())
  again.take(30, 2)
  expect(again.steps(null)).toBe(18)
  again.restore(null)
  expect(again.steps(null)).toBe(18)
  again.restore({ known: 'x', current: [], begun_at: 1 })
  expect(again.steps(null)).toBe(100)
})

const saved = (tag: string, step: number) =>
  ledgerLine({ module: 'core', op: 'checkpoint', payload: { action: 'save', tag, step } })

test('checkpoints are listed in step order, until they are deleted or an earlier one is loaded', () => {
  const fold = createCheckpointFold()
  const tags = (): string[] => fold.all().map(({ tag, step, clock }) => `${tag} ${step} ${clock}`)
  fold.take(saved('b', 20), 1)
  fold.take(saved('a', 10), 2)
  fold.take(saved('b', 30), 3)
  fold.take(saved('c', 40), 4)
  expect(tags()).toEqual(['a 10 2', 'b 30 3', 'c 40 4'])
  const of = (payload: Record<string, string | number>, more = {}) =>
    ledgerLine({ module: 'core', op: 'checkpoint', payload, ...more })
  fold.take(of({ action: 'save', tag: 'd', step: 50 }, { decision: 'failed' }), 5)
  fold.take(of({ action: 'save', tag: 'd', step: 50 }, { module: 'opt' }), 5)
  fold.take(of({ action: 'save', tag: 'd', step: 50 }, { op: 'save' }), 5)
  fold.take(of({ action: 'save', tag: 'd' }), 5)
  fold.take(of({ action: 'save', step: 50 }), 5)
  expect(fold.all()).toHaveLength(3)
  fold.take(of({ action: 'drop', tag: 'a' }), 6)
  expect(tags()).toEqual(['b 30 3', 'c 40 4'])
  fold.take(of({ action: 'load', step: 30 }), 7)
  expect(tags()).toEqual(['b 30 3'])
  const again = createCheckpointFold()
  again.restore(fold.snapshot())
  expect(again.all()).toEqual(fold.all())
  again.restore('x')
  expect(again.all()).toHaveLength(1)
  again.restore([
    3,
    { tag: 'a', step: 1 },
    { tag: 'a', clock: 1 },
    { step: 1, clock: 1 },
    { tag: 'a', step: 1, clock: 2 },
  ])
  expect(again.all()).toEqual([{ tag: 'a', step: 1, clock: 2 }])
})

test('the value at an earlier time is the old value of the first change since', () => {
  const history = createValueHistory()
  history.take(ledgerLine({ old: { lr: 0.1, name: 'x' } }), 10)
  history.take(ledgerLine({ old: { lr: 0.2 } }), 20)
  history.take(ledgerLine({ old: { lr: 9 }, decision: 'failed' }), 5)
  history.take(ledgerLine({ old: { lr: 9 }, op: 'enable' }), 5)
  history.take(ledgerLine({ old: null }), 5)
  const before = (from: ReturnType<typeof createValueHistory>): unknown[] =>
    [5, 9, 10, 19, 20].map((clock) => from.before('lr', clock))
  expect(before(history)).toEqual([0.1, 0.1, 0.2, 0.2, undefined])
  expect([history.before('name', 5), history.before('other', 5)]).toEqual([undefined, undefined])
  const again = createValueHistory()
  again.restore(history.snapshot())
  expect(before(again)).toEqual(before(history))
  again.restore({})
  expect(before(again)).toEqual(before(history))
  again.restore([3, { key: 'lr' }, { clock: 3 }, { key: 'lr', clock: 30, old: 'x' }, { key: 'b', clock: 30, old: 4 }])
  expect([again.before('lr', 5), again.before('b', 5)]).toEqual([undefined, 4])
})

test('only the last 200 value changes are remembered', () => {
  const history = createValueHistory()
  for (let i = 1; i <= 201; i++) history.take(ledgerLine({ old: { [`k${i}`]: i } }), i)
  expect([history.before('k1', 0), history.before('k2', 0), history.before('k201', 0)]).toEqual([undefined, 2, 201])
})

test('measured actions are read completely or not at all', () => {
  const whole = { id: 'a', rule: 'r', step: 1, clock: 2, settle: 3 }
  expect(readMeasured([whole])).toEqual([whole])
  for (const wrong of [undefined, null, 3, {}, [3], [null]]) expect(readMeasured(wrong as never)).toEqual([])
  for (const key of Object.keys(whole)) expect(readMeasured([{ ...whole, [key]: null }]), key).toEqual([])
})
