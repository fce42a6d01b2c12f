import type { ControlDescription } from '@hotcb/protocol'
import { afterEach, expect, onTestFinished, test, vi } from 'vitest'
import type { QueuedRow } from '../../src/shared/queued-row.ts'
import type { Marker } from '../../src/shared/wire.ts'
import { alertView } from '../../src/web/alerts/alert-view.ts'
import type { RailMark } from '../../src/web/changes/rail-mark.ts'
import { openChange, openMarks, shownChange } from '../../src/web/panels/change/open-change.ts'
import { lastChanges } from '../../src/web/panels/controls/last-changes.ts'
import { sliderScale } from '../../src/web/panels/controls/scale.ts'
import { linesOfQuantiles } from '../../src/web/panels/media/distribution.ts'
import { moveText } from '../../src/web/panels/tune/move-text.ts'
import { unescaped } from '../../src/web/parts/unescaped.ts'
import { selection, setSelection, toggleSelected } from '../../src/web/runs/selection.ts'
import { tableItems } from '../../src/web/runs/table-items.ts'

afterEach(() => void vi.unstubAllGlobals())

// A slider reads these fields.
const scaleOf = (control: Partial<ControlDescription>) =>
  sliderScale({ type: 'float', min: 0, max: 1, step: null, ...control } as ControlDescription)

test('a control without a range has no slider', () => {
  for (const none of [{ min: null }, { max: null }, { min: 1 }, { min: 2 }, { max: Number.NaN }])
    expect(scaleOf(none)).toBeUndefined()
})

test('the slider of a number has four hundred positions, or the steps of the control', () => {
  const plain = scaleOf({ min: -1, max: 3 })
  expect(plain).toMatchObject({ min: -1, max: 3, step: 0.01 })
  expect([plain?.toPosition(0.123), plain?.toValue(0.123456789)]).toEqual([0.123, 0.123457])
  expect(scaleOf({ step: 0.25 })?.step).toBe(0.25)
  const whole = scaleOf({ type: 'int', min: 1, max: 64 })
  expect([whole?.step, whole?.toValue(7.6), whole?.toPosition(8)]).toEqual([1, 8, 8])
  expect(scaleOf({ type: 'int', max: 64, step: 8 })?.step).toBe(8)
})

test('the slider of a logarithmic number moves in powers of ten, unless its range reaches 0', () => {
  const log = scaleOf({ type: 'log_float', min: 0.001, max: 10, step: 0.5 })
  expect(log).toMatchObject({ min: -3, max: 1, step: 0.01 })
  expect([log?.toPosition(0.1), log?.toPosition(0), log?.toValue(-1.5)]).toEqual([-1, -3, 0.0316])
  expect(scaleOf({ type: 'log_float', min: 0, max: 10 })).toMatchObject({ min: 0, max: 10, step: 0.025 })
})

test.each([
  [null, null, null, null],
  ['val/loss', null, 'val%2Floss', null],
  ['loss', 0, 'loss', '0~10'],
  ['loss', 30, 'loss', '0~40'],
  ['loss', 90, 'loss', '45~101'],
  [null, 1000.4, null, '500~1125'],
] as const)('an alert of %s at step %s leads to its chart and the steps around it', (metric, step, focus, x) => {
  expect(alertView({ metric, step })).toEqual({ tab: null, q: null, focus, x })
})

test('a distribution has its median, its quantiles, and bands between matching quantiles', () => {
  const row = [0, 1, 2, 3, 4, 5, 6]
  const lines = linesOfQuantiles({ layer: 'a', steps: [1, 2], quantiles: [row, null] }, 'red')
  const column = (at: number): readonly (number | null)[] => [at, null]
  const rest = { color: 'red', xs: [1, 2], isComplete: true }
  const line = (label: string, at: number, ...band: readonly number[]) => {
    const [low, high] = band
    const bands = low === undefined || high === undefined ? {} : { lows: column(low), highs: column(high) }
    return { ...rest, id: label, label, ys: column(at), ...bands }
  }
  expect(lines).toEqual([
    ...[line('least', 0, 0, 6), line('5 %', 1, 1, 5), line('25 %', 2, 2, 4), line('median', 3)],
    ...[line('75 %', 4), line('95 %', 5), line('greatest', 6)],
  ])
})

test('the items of a table are its runs, after the heading of their group', () => {
  expect(tableItems(0, [])).toEqual([])
  expect(tableItems(2, [])).toEqual([
    { kind: 'run', place: 0 },
    { kind: 'run', place: 1 },
  ])
  const [a, none, b] = [
    { value: 'a', count: 2 },
    { value: null, count: 0 },
    { value: 'b', count: 1 },
  ]
  expect(tableItems(3, [a, none, b])).toEqual([
    { kind: 'group', group: a, at: 0 },
    { kind: 'run', place: 0 },
    { kind: 'run', place: 1 },
    { kind: 'group', group: none, at: 1 },
    { kind: 'group', group: b, at: 2 },
    { kind: 'run', place: 2 },
  ])
})

test('runs are selected and deselected one by one, or all at once', () => {
  onTestFinished(() => setSelection([]))
  const first = selection.value
  toggleSelected('a')
  toggleSelected('b')
  expect([[...selection.value], first.size]).toEqual([['a', 'b'], 0])
  toggleSelected('a')
  expect([...selection.value]).toEqual(['b'])
  setSelection(['c', 'd'])
  expect([...selection.value]).toEqual(['c', 'd'])
})

// The fields of a mark that these functions use.
const lineOf = (seq: number, params: unknown, op = 'set_params'): Marker => ({ seq, op, params }) as Marker
const markOf = (more: Partial<RailMark>): RailMark =>
  ({ line: undefined, waiting: undefined, ramp: undefined, ...more }) as RailMark

test('the newest change of each key is found, and other lines are not', () => {
  const all = [lineOf(1, { lr: 1, wd: 1 }), lineOf(2, { lr: 2 }), lineOf(3, { lr: 3 }, 'enable'), lineOf(4, null)]
  const found = lastChanges(all)
  expect([...found].map(([key, { seq }]) => [key, seq])).toEqual([
    ['lr', 2],
    ['wd', 1],
  ])
  expect(lastChanges(all)).toBe(found)
  expect([...lastChanges([lineOf(5, { lr: 5 })])].map(([key, { seq }]) => [key, seq])).toEqual([['lr', 5]])
})

test('the dialog of a flag shows its changes, the waiting ones, and the change that started a ramp', () => {
  onTestFinished(() => {
    shownChange.value = undefined
  })
  const [decided, started] = [lineOf(1, {}), lineOf(2, {})]
  const waiting = { cid: 'c' } as QueuedRow
  openMarks([markOf({}), markOf({ ramp: { line: undefined } as RailMark['ramp'] })], ['loss'])
  expect(shownChange.value).toBeUndefined()
  openMarks(
    [markOf({ line: decided }), markOf({ waiting }), markOf({ ramp: { line: started } as RailMark['ramp'] })],
    ['loss'],
  )
  expect(shownChange.value).toEqual({ marks: [decided, started], waiting: [waiting], names: ['loss'] })
  openMarks([markOf({ waiting })], [])
  expect(shownChange.value).toEqual({ marks: [], waiting: [waiting], names: [] })
  openChange([started], ['acc'])
  expect(shownChange.value).toEqual({ marks: [started], waiting: [], names: ['acc'] })
})

test('a part of a link is unescaped, unless it was cut off', () => {
  expect(['val%2Floss', '100%', '%E2%82'].map(unescaped)).toEqual(['val/loss', '100%', '%E2%82'])
})

test("a tuner's change has its old and its new value", () => {
  expect(moveText({ key: 'lr', from: 0.05, to: 0.15811 })).toBe('lr 0.05 → 0.1581')
})
