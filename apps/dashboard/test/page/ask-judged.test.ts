import { forecastOf, trajectoryOf } from '@hotcb/metrics/judge'
import { beforeEach, expect, test, vi } from 'vitest'
import type { Marker } from '../../src/shared/wire.ts'
import { askForecasts, lastChange } from '../../src/web/panels/charts/ask-forecast.ts'
import { askTrajectory, firstChoice } from '../../src/web/panels/trajectory/ask-trajectory.ts'

interface Body {
  readonly requests: readonly { readonly name: string }[]
}
const server = vi.hoisted(() => ({
  asked: [] as unknown[],
  valuesOf: (_: string): readonly (number | null)[] => [],
}))
vi.mock('../../src/web/api.ts', () => ({
  runPath: (id: string, rest: string) => `runs/${id}/${rest}`,
  send: async (path: string, body: Body) => {
    server.asked.push([path, body])
    const windows = body.requests.map(({ name }) => {
      const values = server.valuesOf(name)
      const steps = values.map((_, i) => i * 10)
      return { name, buckets: { first_step: steps, last_step: steps, last: values, mean: values } }
    })
    return { windows }
  },
}))

beforeEach(() => {
  server.asked.length = 0
})

const mark = (step: number, module: string, op: string, params: unknown = null): Marker =>
  ({ step, module, op, params }) as Marker // The fields that are read.

/** A curve that goes up or down, with noise that is the same in each run. */
const curve = (sign: number) =>
  Array.from({ length: 200 }, (_, i) => sign * Math.exp(-i / 40) + 0.01 * Math.sin(i * 12.9898))

test('the last change is the newest one that can affect training', () => {
  expect(lastChange([])).toBeUndefined()
  expect(lastChange([mark(9, 'core', 'checkpoint', { action: 'save' })])).toBeUndefined()
  expect(lastChange([mark(7, 'opt', 'set_params'), mark(3, 'loss', 'set_params'), mark(9, 'core', 'freeze')])).toBe(7)
  expect(lastChange([mark(3, 'opt', 'set_params'), mark(9, 'core', 'revert')])).toBe(9)
})

test('a forecast uses the single values since the last change, and knows which direction is better', async () => {
  const rows: Record<string, readonly (number | null)[]> = {
    loss: curve(1),
    accuracy: curve(-1),
    gone: [...curve(1).slice(1), null],
  }
  server.valuesOf = (name) => rows[name] ?? []
  const names = ['loss', 'accuracy', 'gone']
  const found = await askForecasts('a', names, [mark(55, 'opt', 'set_params')])
  expect(server.asked).toEqual([
    ['runs/a/metrics/windows', { requests: names.map((name) => ({ name, from: 55, pixels: 2000 })) }],
  ])
  const forecast = (name: string, sign: 1 | -1) =>
    forecastOf({
      steps: curve(1).map((_, i) => i * 10),
      values: (rows[name] ?? []).map((value) => value ?? Number.NaN),
      ...{ changedAt: 55, sign },
    })
  expect([...found]).toEqual([
    ['loss', forecast('loss', 1)],
    ['accuracy', forecast('accuracy', -1)],
    ['gone', forecast('gone', 1)],
  ])
})

test('a metric that gets worse quickly has no forecast, in its own direction', async () => {
  const rising = Array.from(
    { length: 200 },
    (_, i) => 1 + Math.sin(i * 12.9898) * 0.01 + (i < 150 ? 0 : (i - 150) ** 2),
  )
  server.valuesOf = () => rising
  const found = await askForecasts('a', ['loss', 'accuracy'], [])
  expect(server.asked).toEqual([
    ['runs/a/metrics/windows', { requests: ['loss', 'accuracy'].map((name) => ({ name, from: null, pixels: 2000 })) }],
  ])
  const steps = rising.map((_, i) => i * 10)
  expect(found.get('loss')).toEqual(forecastOf({ steps, values: rising, changedAt: undefined, sign: 1 }))
  expect(found.get('accuracy')).toEqual(forecastOf({ steps, values: rising, changedAt: undefined, sign: -1 }))
  expect(found.get('loss')).not.toEqual(found.get('accuracy'))
})

test('the path of a run is computed from at most three hundred means of each metric', async () => {
  const rows: Record<string, readonly (number | null)[]> = {
    loss: [null, ...curve(1).slice(1)],
    accuracy: curve(-1).map((value, i) => value + i / 100),
  }
  server.valuesOf = (name) => rows[name] ?? []
  const found = await askTrajectory('a', ['loss', 'accuracy'])
  expect(server.asked).toEqual([
    ['runs/a/metrics/windows', { requests: ['loss', 'accuracy'].map((name) => ({ name, pixels: 300 })) }],
  ])
  const steps = curve(1).map((_, i) => i * 10)
  const series = ['loss', 'accuracy'].map((name) => ({
    ...{ name, steps },
    values: (rows[name] ?? []).map((value) => value ?? Number.NaN),
  }))
  expect(found?.points).toHaveLength(199)
  expect(found).toEqual(trajectoryOf(series, 300))
})

test('the path first uses twelve metrics that the trainer reports itself', () => {
  const own = Array.from({ length: 13 }, (_, i) => `m${i}`)
  const left = ['sys/cpu', 'sys', 'time', 'time/step', 'lr', 'lr/group0']
  expect(firstChoice([...left, 'lrate', 'system', 'val/lr', ...own])).toEqual([
    ...['lrate', 'system', 'val/lr'],
    ...own.slice(0, 9),
  ])
})
