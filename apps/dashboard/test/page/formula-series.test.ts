import { signal } from '@preact/signals'
import { expect, test } from 'vitest'
import type { WireSeriesWindow } from '../../src/shared/wire.ts'
import { PLAIN_OPTIONS } from '../../src/web/compare/chart-spec.ts'
import { formulaSeries } from '../../src/web/panels/charts/formula-series.ts'
import { rangeOfY } from '../../src/web/panels/charts/own-axis.ts'
import type { PlotLook } from '../../src/web/panels/charts/plot-columns.ts'
import { type HeldSeries, holdWindow, joinNews } from '../../src/web/streams/held-series.ts'
import type { PlotSeries } from '../../src/web/streams/series-store.ts'

function held(name: string, steps: readonly number[], values: readonly (number | null)[]): HeldSeries {
  const window: WireSeriesWindow = {
    name,
    buckets: {
      first_step: steps,
      last_step: steps,
      first: values,
      last: values,
      mean: values,
      min: values,
      max: values,
      count: steps.map(() => 1),
      gaps: steps.map(() => 0),
    },
    ema: null,
    ghosts: [],
    complete: true,
    count: steps.length,
  }
  return { ...holdWindow(window, '', undefined), revision: 1 }
}

function storeOf(...all: readonly HeldSeries[]): PlotSeries & { readonly asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    extent: signal({ first: 0, last: 20 }),
    shown: [0, 20],
    get: (name) => all.find((one) => one.name === name),
    want: (names) => {
      asked.push(...names)
      return () => undefined
    },
  }
}

test('an expression is a line at the points of its first metric, and follows live points', () => {
  const train = held('train_loss', [0, 10, 20], [3, 2, 1])
  const val = held('val_loss', [0, 20], [1, 2])
  const store = storeOf(train, val)
  const made = formulaSeries(store, ['train_loss - val_loss', 'val_loss'], ['train_loss', 'val_loss'])
  if (!made.ok) throw new Error(made.problem)
  const { series } = made
  expect(series.get('train_loss - val_loss')).toMatchObject({ steps: [0, 10, 20], mean: [2, 0.5, -1] })
  expect(series.get('val_loss')).toBe(val)
  expect(series.get('train_loss - val_loss')).toBe(series.get('train_loss - val_loss'))
  for (const one of [train, val]) joinNews(one, { kind: 'points', steps: [30], values: [5] })
  train.revision++
  const next = series.get('train_loss - val_loss')
  expect([next?.mean.at(-1), next?.revision, next?.newest]).toEqual([0, 2, { step: 30, value: 0 }])
  series.want(['train_loss - val_loss', 'val_loss'], 100, () => undefined)
  expect(store.asked).toEqual(['train_loss', 'val_loss'])
})

test('a wrong expression is reported in one line: the metric that this run lacks, or the position of the error', () => {
  const problem = (text: string): string => {
    const made = formulaSeries(storeOf(), [text], ['loss'])
    return made.ok ? '' : made.problem
  }
  expect(problem('loss - nope')).toBe('no metric `nope` in this run')
  expect(problem('loss -')).toMatch(/^`loss -`: .+/)
  expect(problem('loss -')).not.toContain('\n')
  expect(problem('loss * 2')).toBe('')
})

test('an axis has the limits that a person set, shows thresholds, and can leave outliers out', () => {
  const steps = Array.from({ length: 300 }, (_, step) => step)
  const values = steps.map((step) => (step === 7 ? 1000 : step / 300))
  const blank = steps.map(() => null)
  const plot = { data: [steps, blank, blank, values], scales: { x: { min: 0, max: 299 } } }
  const range = (axis: Partial<PlotLook['axis']>, isLog = false): readonly [number, number] => {
    const look = { names: ['m'], height: 184, smoothing: 0, isLog, isNormalised: false, ahead: [] }
    // Only the limits of the scales are used.
    return rangeOfY(plot as never, { ...look, axis: { ...PLAIN_OPTIONS, ...axis } })
  }
  expect(range({ low: -1, high: 2 })).toEqual([-1, 2])
  expect(range({ low: 0 })[1]).toBeGreaterThan(1000)
  expect(range({ hidesOutliers: true })[1]).toBeLessThan(2)
  expect(range({ hidesOutliers: true, thresholds: [{ value: 5, label: '' }] })[1]).toBeLessThan(6)
  expect(range({ low: 0.01, high: 10 }, true)).toEqual([0.01, 10])
  expect(range({ low: 0 }, true)[0]).toBeGreaterThan(0)
})
