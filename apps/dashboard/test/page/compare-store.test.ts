import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { CompareCourse } from '../../src/shared/compare-wire.ts'
import type { CompareStore } from '../../src/web/compare/compare-store.ts'
import { openAddress } from './address.ts'

let answers: Record<string, unknown> = {}
let asked: [string, unknown][] = []
const page = { baseURI: 'http://localhost/', visibilityState: 'visible' }

beforeEach(() => {
  vi.resetModules()
  vi.useFakeTimers()
  openAddress('http://localhost/')
  vi.stubGlobal('document', page)
  page.visibilityState = 'visible'
  answers = {}
  asked = []
  vi.stubGlobal('fetch', async (path: string, { body }: { body: string }) => {
    const name = path.replace('/api/compare/', '')
    asked.push([name, JSON.parse(body)])
    const answer = answers[name]
    if (answer === undefined) throw new Error('no server')
    return new Response(JSON.stringify(answer))
  })
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)

async function openStore(): Promise<CompareStore> {
  const { openCompareStore } = await import('../../src/web/compare/compare-store.ts')
  return openCompareStore()
}

function course(name: string, complete = true): CompareCourse {
  return { name, steps: [1], mean: [2], complete }
}

const ALL = { from: null, to: null }
const AXES = { a: { steps: [0], times: [1], epochs: [null] } }
const series = (...courses: readonly CompareCourse[]) => ({ runs: [{ id: 'a', courses, problem: null }] })
const facts = (status: string) => ({ runs: [{ id: 'a', status, metrics: { b10: 1, B2: 2, a: 3 } }] })

test('facts and axes are read once for each choice of runs, and the previous ones are forgotten', async () => {
  answers = { facts: facts('finished'), axes: { axes: AXES }, series: series(course('loss')) }
  const store = await openStore()
  store.setRuns([])
  store.want(['loss'], ALL)
  store.wantAxes()
  store.wantAxes()
  expect(asked).toEqual([])
  store.setRuns(['a'])
  expect([store.facts.value, store.axes.value, store.courses.value.size]).toEqual([undefined, {}, 0])
  await settled()
  expect(asked).toEqual([
    ['facts', { runs: ['a'] }],
    ['axes', { runs: ['a'] }],
  ])
  expect([store.facts.value, store.axes.value, store.problem.value]).toEqual([facts('finished').runs, AXES, null])
  store.setRuns(['a'])
  await settled()
  expect(asked).toHaveLength(2)
  store.want(['loss'], ALL)
  await settled()
  store.setRuns([])
  expect([store.facts.value, store.axes.value, store.courses.value.size]).toEqual([undefined, {}, 0])
  await settled()
  expect(asked).toHaveLength(3)
  store.close()
})

test('axes that become wanted later are read then', async () => {
  answers = { facts: facts('finished'), axes: { axes: AXES } }
  const store = await openStore()
  store.setRuns(['a'])
  await settled()
  expect(asked).toEqual([['facts', { runs: ['a'] }]])
  store.wantAxes()
  store.wantAxes()
  await settled()
  expect(asked.slice(1)).toEqual([['axes', { runs: ['a'] }]])
  expect(store.axes.value).toEqual(AXES)
  store.close()
})

test('a metric is read once for each span, and an answer for an earlier span is dropped', async () => {
  answers = { facts: facts('finished'), series: series(course('loss'), course('acc')) }
  const store = await openStore()
  store.setRuns(['a'])
  store.want(['loss', 'acc'], ALL)
  store.want(['loss'], { from: 1, to: 9 })
  await settled()
  const body = { runs: ['a'], pixels: 280 }
  expect(asked.slice(1)).toEqual([
    ['series', { ...body, names: ['loss', 'acc'], from: null, to: null }],
    ['series', { ...body, names: ['loss'], from: 1, to: 9 }],
  ])
  expect([...(store.courses.value.get('a') ?? [])]).toEqual([
    ['acc', course('acc')],
    ['loss', course('loss')],
  ])
  store.want(['loss'], { from: 1, to: 9 })
  store.want(['loss', 'lr'], { from: 1, to: 9 })
  await settled()
  expect(asked.slice(3)).toEqual([['series', { ...body, names: ['lr'], from: 1, to: 9 }]])
  store.setRuns(['b'])
  store.want(['loss'], { from: 1, to: 9 })
  await settled()
  expect(asked.slice(4).map(([name]) => name)).toEqual(['facts', 'series'])
  store.close()
})

test('answers for runs that were replaced in the meantime are dropped', async () => {
  answers = { facts: facts('finished'), axes: { axes: AXES }, series: series(course('loss')) }
  const store = await openStore()
  store.wantAxes()
  store.setRuns(['a'])
  store.want(['loss'], ALL)
  store.setRuns([])
  await settled()
  expect([store.facts.value, store.axes.value, store.courses.value.size]).toEqual([undefined, {}, 0])
  store.close()
})

test.each([
  ['running', true],
  ['paused', true],
  ['finished', false],
])('a run that is %s is read again every four seconds: %j', async (status, isLive) => {
  answers = { facts: facts(status), axes: { axes: AXES }, series: series(course('loss')) }
  const store = await openStore()
  store.setRuns(['a'])
  store.wantAxes()
  store.want(['loss'], ALL)
  await settled()
  asked = []
  await vi.advanceTimersByTimeAsync(3999)
  expect(asked).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(asked.map(([name]) => name)).toEqual(isLive ? ['facts', 'axes', 'series'] : [])
  page.visibilityState = 'hidden'
  await vi.advanceTimersByTimeAsync(8000)
  expect(asked).toHaveLength(isLive ? 3 : 0)
  page.visibilityState = 'visible'
  store.close()
  await vi.advanceTimersByTimeAsync(8000)
  expect(asked).toHaveLength(isLive ? 3 : 0)
})

test('a file that is still being read is read again until it is complete, and axes only if they are wanted', async () => {
  answers = { facts: facts('finished'), series: series(course('loss', false)) }
  const store = await openStore()
  await vi.advanceTimersByTimeAsync(4000)
  store.setRuns(['a'])
  store.want(['loss'], ALL)
  await settled()
  answers = { facts: facts('running'), series: series(course('loss')) }
  asked = []
  await vi.advanceTimersByTimeAsync(4000)
  expect(asked.map(([name]) => name)).toEqual(['series'])
  await vi.advanceTimersByTimeAsync(4000)
  expect(asked).toHaveLength(1)
  store.close()
})

test('a problem is shown until an answer arrives, and nothing is read again before the facts are known', async () => {
  const store = await openStore()
  store.setRuns(['a'])
  await settled()
  expect(store.problem.value).toBe('the dashboard server is not responding')
  await vi.advanceTimersByTimeAsync(4000)
  expect(asked).toHaveLength(1)
  answers = { facts: facts('finished') }
  store.setRuns(['a', 'b'])
  await settled()
  expect(store.problem.value).toBeNull()
  store.close()
})

test('the metrics of all runs are sorted by name, with numbers by value', async () => {
  answers = { facts: facts('finished') }
  const store = await openStore()
  const { metricNames } = await import('../../src/web/compare/compare-store.ts')
  const names = metricNames(store)
  expect(names.value).toEqual([])
  store.setRuns(['a'])
  await settled()
  expect(names.value).toEqual(['a', 'B2', 'b10'])
  store.close()
})
