import { bucketsOf, createSeries } from '@hotcb/metrics'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { wireBuckets } from '../../src/server/series-wire.ts'
import type { MetricsData, WindowRequest } from '../../src/shared/wire.ts'
import type { Following } from '../../src/web/socket.ts'
import { openAddress } from './address.ts'

interface Asked {
  readonly requests: readonly WindowRequest[]
  answer(windows?: unknown): void
  fail(): void
  readonly signal: AbortSignal
}

const asked: Asked[] = []
let stream: Following<'metrics'> | undefined
let isLeft = false
let subscriptions: (readonly string[] | undefined)[] = []
let frames: (() => void)[] = []

vi.mock('../../src/web/api.ts', () => ({
  runPath: (run: string, rest: string) => `${run}/${rest}`,
  send: (_: string, { requests }: { requests: readonly WindowRequest[] }, __: string, signal: AbortSignal) =>
    new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('aborted')))
      asked.push({
        requests,
        signal,
        answer: (windows = requests.map(windowOf)) => resolve({ windows }),
        fail: () => reject(new Error('offline')),
      })
    }),
}))
vi.mock('../../src/web/socket.ts', () => ({
  follow: (following: Following<'metrics'>) => {
    stream = following
    subscriptions.push(following.names)
    return () => {
      isLeft = true
    }
  },
  subscribe: (following: Following<'metrics'>) => subscriptions.push(following.names),
}))

/** A window with the steps 0 to 9 of a metric. */
function windowOf({ name }: { readonly name: string }): unknown {
  const steps = Float64Array.from({ length: 10 }, (_, step) => step)
  const series = createSeries(
    steps,
    steps.map((step) => step / 10),
  )
  const edges = Uint32Array.from({ length: 11 }, (_, at) => at)
  return { name, count: 10, complete: true, buckets: wireBuckets(bucketsOf(series, edges)), ema: null, ghosts: [] }
}

type Store = InstanceType<typeof import('../../src/web/streams/series-store.ts').SeriesStore>
let store: Store
let news = 0
beforeEach(async () => {
  vi.useFakeTimers()
  vi.stubGlobal('requestAnimationFrame', (frame: () => void) => frames.push(frame))
  vi.stubGlobal('cancelAnimationFrame', () => undefined)
  openAddress('http://localhost/run/a')
  const { SeriesStore } = await import('../../src/web/streams/series-store.ts')
  asked.length = 0
  subscriptions = []
  frames = []
  isLeft = false
  news = 0
  store = new SeriesStore('a', () => news++)
})
afterEach(() => {
  store.close()
  vi.useRealTimers()
})

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms)
const draw = (): void => {
  for (const frame of frames.splice(0)) frame()
}
const live = (more: Partial<MetricsData>): MetricsData => ({
  series: {},
  bursts: {},
  last_step: null,
  rewound: false,
  new_names: false,
  ...more,
})
const points = (name: string, ...steps: readonly number[]): MetricsData =>
  live({ series: { [name]: [steps, steps.map((step) => step / 10)] }, last_step: steps.at(-1) ?? null })

/** A store that contains `loss` up to step 9. */
async function filled(drawn: () => void = () => undefined): Promise<void> {
  store.noteExtent(0, 9)
  store.want(['loss'], 400, drawn)
  await pass(20)
  asked[0]?.answer()
  await pass(0)
}

test('charts that request the same metric share one request, as wide as the widest chart', async () => {
  store.want(['loss'], 300, () => undefined)
  store.want(['loss', 'acc'], 500, () => undefined)
  await pass(20)
  expect(asked.map(({ requests }) => requests.map(({ name, pixels }) => [name, pixels]))).toEqual([
    [
      ['loss', 500],
      ['acc', 500],
    ],
  ])
  expect(subscriptions).toEqual([['acc', 'loss']])
})

test('a chart is drawn when its metric arrives, at most once per frame', async () => {
  let draws = 0
  await filled(() => draws++)
  draw()
  expect([draws, store.get('loss')?.newest]).toEqual([1, { step: 9, value: 0.9 }])
  stream?.onData(points('loss', 10))
  stream?.onData(points('loss', 11))
  draw()
  expect([draws, store.get('loss')?.newest?.step]).toEqual([2, 11])
  stream?.onData(live({ series: { other: [[12], [1]] } }))
  draw()
  expect(draws).toBe(2)
})

test('a chart that is no longer shown is not drawn, and its metric is no longer followed', async () => {
  let draws = 0
  const leave = store.want(['loss'], 400, () => draws++)
  store.want(['acc'], 400, () => undefined)
  await pass(20)
  asked[0]?.answer()
  await pass(0)
  leave()
  draw()
  expect(draws).toBe(0)
  await pass(500)
  expect(subscriptions.at(-1)).toEqual(['acc'])
})

test('points that arrive while a window is fetched are joined to it once', async () => {
  store.noteExtent(0, 9)
  store.want(['loss'], 400, () => undefined)
  await pass(20)
  stream?.onData(points('loss', 8, 9, 10, 11))
  asked[0]?.answer()
  await pass(0)
  expect(store.get('loss')?.firstStep).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])
})

test('another span is drawn immediately, and fetched a moment later with a margin on each side', async () => {
  let draws = 0
  await filled(() => draws++)
  draw()
  store.setSpan({ from: 4, to: 8, last: null })
  draw()
  expect([draws, asked.length, store.shown]).toEqual([2, 1, [4, 8]])
  await pass(120)
  expect(asked[1]?.requests).toEqual([{ name: 'loss', from: 3, to: 9, pixels: 600, ema: null }])
})

test('a request for a span that is no longer shown is aborted, and the new span is requested', async () => {
  await filled()
  store.setSpan({ from: 0, to: 4, last: null })
  await pass(120)
  store.setSpan({ from: 4, to: 8, last: null })
  await pass(120)
  expect(asked[1]?.signal.aborted).toBe(true)
  await pass(10)
  expect(asked[2]?.requests[0]).toMatchObject({ from: 3, to: 9 })
})

test('a span with a fixed end receives no live points', async () => {
  await filled()
  store.setSpan({ from: 0, to: 5, last: null })
  stream?.onData(points('loss', 10))
  expect(store.get('loss')?.newest?.step).toBe(9)
})

test('a span of the newest steps moves with the run', async () => {
  await filled()
  store.setSpan({ from: null, to: null, last: 4 })
  expect(store.shown).toEqual([5, 9])
  stream?.onData(points('loss', 10, 11))
  expect(store.shown).toEqual([7, 11])
})

test('after a restart of the trainer everything is fetched again, and an answer in flight is dropped', async () => {
  await filled()
  store.setSpan({ from: 0, to: 8, last: null })
  await pass(120)
  stream?.onData(live({ rewound: true }))
  asked[1]?.answer([windowOf({ name: 'stale' })])
  await pass(0)
  await pass(0)
  expect(store.get('stale')).toBeUndefined()
  expect(asked).toHaveLength(3)
})

test('a server that does not respond receives the request again after two seconds', async () => {
  store.want(['loss'], 400, () => undefined)
  await pass(20)
  asked[0]?.fail()
  await pass(1999)
  expect(asked).toHaveLength(1)
  await pass(1)
  expect(asked).toHaveLength(2)
})

test('smoothing is requested from the server, and the same smoothing is not requested twice', async () => {
  await filled()
  store.setSmoothing(0.9)
  await pass(120)
  expect(asked[1]?.requests[0]?.ema).toEqual({ weight: 0.9 })
  asked[1]?.answer()
  await pass(0)
  store.setSmoothing(0.9)
  await pass(500)
  expect(asked).toHaveLength(2)
})

test('after a step that is far off, the names and the extent are requested again, at most twice a second', async () => {
  await filled()
  for (const step of [1e6, 2e6, 3e6]) stream?.onData(live({ last_step: step }))
  expect(store.extent.value.last).toBe(9)
  await pass(500)
  expect(news).toBe(1)
})

test('a new name is reported', async () => {
  await filled()
  stream?.onData(live({ new_names: true }))
  expect(news).toBe(1)
})

test('many metrics are fetched twelve at a time', async () => {
  store.want(
    Array.from({ length: 30 }, (_, i) => `m${i}`),
    400,
    () => undefined,
  )
  await pass(20)
  for (let i = 0; i < 3; i++) {
    asked[i]?.answer()
    await pass(0)
  }
  expect(asked.map(({ requests }) => requests.length)).toEqual([12, 12, 6])
})

test('a closed store leaves its stream and sends no request', async () => {
  store.want(['loss'], 400, () => undefined)
  await pass(20)
  store.close()
  expect([asked[0]?.signal.aborted, isLeft]).toEqual([true, true])
  await pass(5000)
  expect(asked).toHaveLength(1)
})

test('planned values have room after the newest step, at most a third of the visible range, and none in a zoom', () => {
  store.noteExtent(0, 120)
  store.setAhead([130])
  expect(store.shown[1]).toBeCloseTo(130.8)
  store.setAhead([130, 90_000, 170])
  expect(store.shown[1]).toBeCloseTo(174)
  // Planned values that are too far away get a strip.
  store.setAhead([90_000])
  expect(store.shown).toEqual([0, 130])
  store.setSpan({ from: null, to: null, last: 60 })
  expect(store.shown).toEqual([60, 125])
  store.setSpan({ from: 10, to: 50, last: null })
  expect(store.shown).toEqual([10, 50])
  store.setSpan({ from: null, to: null, last: null })
  store.setAhead([60])
  expect(store.shown).toEqual([0, 120])
  store.setAhead([])
  expect(store.shown).toEqual([0, 120])
})
