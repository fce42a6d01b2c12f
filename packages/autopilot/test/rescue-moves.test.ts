import { createLineWindow, type LineWindow } from '@hotcb/metrics/judge'
import { expect, test } from 'vitest'
import { afterApplied, lookAtRung } from '../src/rescue.ts'
import type { RescueState } from '../src/rescue-state.ts'

function windowOf(values: readonly (number | null)[]): LineWindow {
  const window = createLineWindow()
  for (const [step, value] of values.entries()) window.push(step, value)
  return window
}

const times = (count: number, value: number): number[] => Array.from({ length: count }, () => value)
const near = (value: number): number => expect.closeTo(value, 9)
const FREE = { key: 'lr', module: 'opt', value: 1, min: null, max: null, isOnRamp: false } as const
/** The first rung of a ladder, of ten steps. */
const RUNG: RescueState = {
  ...{ kind: 'ladder', tag: 'auto-start', rate: 10 ** -0.5, skip: null, metric: 'loss', rateKey: 'lr', module: 'opt' },
  ...{ rate0: 1, count: 1, awaits: null, isTwoSided: false, first: 4, span: 10, rungs: [], index: 1, isLast: false },
}

const load = (rate: unknown, note: string, expected: unknown): object => ({
  ...{ module: 'core', op: 'checkpoint', params: { action: 'load', tag: 'auto-start', set: { opt: { lr: rate } } } },
  ...{ expect: { lr: expected }, note },
})

test("after a ladder's load its rung is watched, and after the last load the rescue is over", () => {
  const waits = { ...RUNG, awaits: 'ap-a1-1' }
  expect(afterApplied(waits, 7, true)).toEqual({ state: RUNG, commands: [], isOver: false, because: '' })
  const last = { ...waits, isLast: true }
  const over = { state: { ...RUNG, isLast: true }, commands: [], isOver: true, because: '' }
  expect(afterApplied(last, 7, true)).toEqual(over)
  expect(afterApplied({ ...waits, kind: 'lower' }, 7, true)).toEqual({ ...over, state: { ...RUNG, kind: 'lower' } })
})

test('after a rollback the data is skipped, and a checkpoint without it is saved if that is allowed', () => {
  const state = { ...RUNG, kind: 'rollback', skip: { from: 195, to: 210 } } as const
  const skip = {
    ...{ module: 'ctl', op: 'call', id: 'data.skip', params: { args: [195, 210] } },
    note: 'this data contains what went wrong',
  }
  const save = {
    module: 'core',
    op: 'checkpoint',
    params: { action: 'save', tag: 'auto-151' },
    note: 'without that data',
  }
  const over = { state, isOver: true, because: '' }
  expect(afterApplied({ ...state, awaits: 'x' }, 150, true)).toEqual({ ...over, commands: [skip, save] })
  expect(afterApplied({ ...state, awaits: 'x' }, 150, false)).toEqual({ ...over, commands: [skip] })
})

test('a rung is watched for its span, and only while nothing is awaited', () => {
  const isSame = (state: RescueState, values: readonly (number | null)[]): boolean => {
    const move = lookAtRung(state, windowOf(values), () => FREE)
    return move.state === state && move.commands.length === 0 && !move.isOver && move.because === ''
  }
  expect([isSame(RUNG, times(9, 3)), isSame(RUNG, times(10, 3))]).toEqual([true, false])
  for (const more of [{ kind: 'rollback' }, { kind: 'lower' }, { awaits: 'x' }, { isLast: true }] as const)
    expect(isSame({ ...RUNG, ...more }, times(50, 3)), JSON.stringify(more)).toBe(true)
  // A hopeless rung ends early: at a value that is not finite, or after ten values with a median of twice the first value.
  const long = { ...RUNG, span: 40 }
  expect([isSame(long, [3, 3, null]), isSame(long, [3, null, 3])]).toEqual([false, true])
  expect([isSame(long, times(10, 8.1)), isSame(long, times(9, 8.1)), isSame(long, times(10, 8))]).toEqual([
    ...[false, true, true],
  ])
  expect(isSame(long, [-1, ...times(20, 9)])).toBe(true)
})

test('a rung that learns is followed by a lower one', () => {
  const move = { isOver: false, because: 'rung 2', commands: [load(near(0.1), 'lr 0.1', near(10 ** -0.5))] }
  const rungs = [{ index: 1, level: 3 }]
  const next = { ...RUNG, rungs, index: 2, rate: near(0.1) }
  expect(lookAtRung(RUNG, windowOf([...times(5, 9), ...times(5, 3)]), () => FREE)).toEqual({ ...move, state: next })
  expect(lookAtRung(RUNG, windowOf(times(10, 3)), () => undefined)).toEqual({ ...move, state: next })
  // The level is the median of the last 15 values, or of the values in half the span.
  const long = { ...RUNG, span: 40 }
  const level = (state: RescueState, values: readonly number[]): unknown =>
    lookAtRung(state, windowOf(values), () => FREE).state.rungs[0]?.level
  expect(level(long, [...times(32, 3), ...times(8, 2)])).toBe(2)
  expect(level(long, [...times(33, 3), ...times(7, 2)])).toBe(3)
  expect(level({ ...RUNG, span: 11 }, [...times(8, 3), ...times(3, 2)])).toBe(2)
  expect(level(RUNG, [3, 3, 3, 3, 3, 3, 3, 3, 3, null as never])).toBe(Number.POSITIVE_INFINITY)
})

test('after a worse rung the rescue settles half a rung below the best one', () => {
  const state = { ...RUNG, rungs: [{ index: 1, level: 3 }], index: 2, rate: 0.1 }
  const rungs = [...state.rungs, { index: 2, level: 3.5 }]
  const rate = 10 ** -0.75
  expect(lookAtRung(state, windowOf(times(10, 3.5)), () => FREE)).toEqual({
    state: { ...state, rungs, index: 1.5, rate: near(rate), isLast: true },
    commands: [load(near(rate), 'lr 0.1778', 0.1)],
    isOver: false,
    because: 'lr 0.1778 after 2 rungs, best was 0.3162',
  })
})

test('a rung beyond the bounds of the control counts as one that did not learn', () => {
  const bounded = { ...FREE, min: 0.2, max: 10 }
  expect(lookAtRung(RUNG, windowOf(times(10, 3)), () => bounded)).toEqual({
    state: {
      ...{ ...RUNG, index: 1.5, rate: 0.2, isLast: true },
      rungs: [
        { index: 1, level: 3 },
        { index: 2, level: Number.POSITIVE_INFINITY },
      ],
    },
    commands: [load(0.2, 'lr 0.2', near(10 ** -0.5))],
    isOver: false,
    because: 'lr 0.2 after 2 rungs, best was 0.3162',
  })
})

test('if the chosen rate is already in use, the rescue ends without another load', () => {
  const rungs = Array.from({ length: 9 }, (_, i) => ({ index: i + 1, level: 4 - i / 100 }))
  const state = { ...RUNG, rungs, index: 10, rate: 1e-5 }
  const all = [...rungs, { index: 10, level: 4 }]
  expect(lookAtRung(state, windowOf(times(10, 4)), () => FREE)).toEqual({
    state: { ...state, rungs: all, isLast: true },
    commands: [],
    isOver: true,
    because: 'lr 0.00001 after 10 rungs, best was 0.00003162',
  })
  // If the weights are lost, they are loaded again.
  const lost = lookAtRung(state, windowOf([4, null]), () => FREE)
  expect([lost.isOver, lost.commands, lost.state.isLast]).toEqual([false, [load(1e-5, 'lr 0.00001', 1e-5)], true])
})

test('a two-sided ladder also tries higher rates', () => {
  const state = { ...RUNG, isTwoSided: true, rungs: [], index: 1 }
  const move = lookAtRung(state, windowOf(times(10, 4)), () => FREE)
  expect(move.state).toEqual({ ...state, rungs: [{ index: 1, level: 4 }], index: -1, rate: near(10 ** 0.5) })
})
