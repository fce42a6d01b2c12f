import type { Env, Json, ModuleContext } from '@hotcb/protocol'
import { describe, expect, test } from 'vitest'
import {
  createFeatureCapture,
  createMetricsCollector,
  type LineSink,
  type MetricsCollectorOptions,
  type SinkFailure,
} from '../src/index.ts'
import { columnName, columnNames } from '../src/table/column-name.ts'

// Failing sinks, loss of ownership and closing; collector.test.ts and features.test.ts contain the other tests.

function sinkOf() {
  const calls: string[] = []
  const state: { failure: SinkFailure | null; error: Error | null } = { failure: null, error: null }
  const text: string[] = []
  const act = (what: string): SinkFailure | null => {
    calls.push(what)
    if (state.error !== null) throw state.error
    return state.failure
  }
  const sink: LineSink = {
    attach: (dir) => void calls.push(`attach ${dir}`),
    append: (lines) => {
      text.push(lines)
      return act('append')
    },
    flush: () => act('flush'),
    sync: () => act('sync'),
    close: () => void act('close'),
  }
  return { sink, calls, state, text }
}

function contextOf(more: Partial<ModuleContext> = {}): ModuleContext & { readonly logged: string[] } {
  const logged: string[] = []
  return {
    ...{ total: null, controls: [], isCatchingUp: false, submit: () => null, step: null, channel: 'live' as const },
    log: (message) => void logged.push(message),
    logged,
    ...more,
  }
}

function setUp(options: Partial<MetricsCollectorOptions> = {}) {
  const made = sinkOf()
  const time = { now: 0 }
  const clock = { wall: () => 7, running: () => time.now }
  const collector = createMetricsCollector({ sink: made.sink, clock, ...options })
  const context = contextOf()
  const collect = (env: Env): void => collector.onSafePoint(env, context)
  return { ...made, collector, context, collect, time }
}

describe('a collector', () => {
  test('passes the run directory to its sink and its source of measurements', () => {
    const seen: unknown[] = []
    const figures = { attach: (dir: string | undefined) => void seen.push(dir), take: () => null, close: () => {} }
    const { collector, calls } = setUp({ figures })
    collector.attach(contextOf({ runDir: '/runs/a' }))
    expect([calls, seen]).toEqual([['attach /runs/a'], ['/runs/a']])
  })

  test('logs each problem once, and logs again when the problem changes', () => {
    const { collect, state, context, time } = setUp()
    state.failure = { code: 'ENOSPC', message: 'no space left' }
    for (let step = 0; step < 3; step++) {
      time.now += 100
      collect({ step, metrics: { loss: 1 } })
    }
    state.failure = null
    time.now += 100
    collect({ step: 3 })
    state.failure = { code: 'EIO', message: 'i/o error' }
    time.now += 100
    collect({ step: 4, metrics: { loss: 1 } })
    expect(context.logged).toEqual(['metrics: no space left', 'metrics: i/o error'])
  })

  test('counts and does not rethrow an error that a sink throws, in every call', () => {
    const { collector, collect, state } = setUp()
    state.error = new Error('broken sink')
    collect({ step: 0, metrics: { loss: 1 } })
    expect(collector.status()).toMatchObject({ records: 1, errors: 1, error: 'broken sink' })
    collect({ step: 1, metrics: { loss: 1 } })
    collector.flush()
    collector.take({ step: 2, metrics: { loss: 1 } })
    expect(Number(Object(collector.status()).errors)).toBeGreaterThan(1)
    collector.close()
    expect(collector.status()).toMatchObject({ records: 3, error: 'broken sink' })
  })

  test('writes and syncs the pending lines at the end, and ignores everything after that', () => {
    const { collector, collect, calls, text } = setUp({ flushMs: 1000 })
    for (const step of [0, 1]) collect({ step, metrics: { loss: step } })
    expect(calls).toEqual(['append'])
    collector.close()
    expect(calls).toEqual(['append', 'append', 'sync', 'close'])
    collector.close()
    collector.flush()
    collect({ step: 2, metrics: { loss: 2 } })
    collector.take({ step: 3, metrics: { loss: 3 } })
    expect(calls).toHaveLength(4)
    expect(text.join('').split('\n')).toHaveLength(3)
    expect(collector.status()).toMatchObject({ records: 2, errors: 0 })
  })

  test('drops its lines when another process takes over the run directory, and writes nothing from then on', () => {
    const { collector, collect, calls, time } = setUp({ flushMs: 50 })
    for (const step of [0, 1]) collect({ step, metrics: { loss: step } })
    time.now += 100
    collector.onSafePoint({ step: 2, metrics: { loss: 2 } }, contextOf({ superseded: true }))
    time.now += 100
    collect({ step: 3, metrics: { loss: 3 } })
    collector.flush()
    expect(calls).toEqual(['append'])
  })

  test('keeps a value from the top level of env only if its metrics do not have that name', () => {
    const { collector, collect } = setUp()
    collect({ step: 0, loss: 1, train_loss: 2, val_loss: 3, metrics: { train_loss: undefined, val_loss: null } } as unknown as Env) // biome-ignore format: one env
    expect(collector.tail()[0]?.metrics).toEqual({ loss: 1 })
    collect({ step: 1, loss: 5, metrics: null } as unknown as Env)
    collect({ step: 2, loss: 6, metrics: 'none' } as unknown as Env)
    expect(collector.tail(2).map(({ metrics }) => metrics)).toEqual([{ loss: 5 }, { loss: 6 }])
    collect({ metrics: { loss: 1 } } as unknown as Env)
    expect(collector.status()).toMatchObject({ records: 3, error: '`env.step` must be a number, got undefined' })
  })

  test('thins out by the steps in its snapshot only, and ignores a malformed snapshot', () => {
    const { collector, collect } = setUp({ everyN: 10, deny: ['secret'] })
    collect({ step: 3, metrics: { loss: 1, secret: 2 } })
    expect(collector.snapshot()).toEqual({ taken: { loss: 3 } })
    for (const other of [null, 5, 'text', [], {}] as Json[]) collector.restore(other)
    expect(collector.snapshot()).toEqual({ taken: { loss: 3 } })
    collector.restore({ taken: null })
    collect({ step: 4, metrics: { loss: 2 } })
    expect(collector.tail().map(({ step }) => step)).toEqual([3, 4])
    collector.restore({ taken: { loss: 25, other: 'text', acc: 21 } })
    collect({ step: 26, metrics: { loss: 3, acc: 1, new: 9 } })
    collect({ step: 20, metrics: { loss: 4 } })
    expect(collector.tail(2)).toMatchObject([
      { step: 26, metrics: { new: 9 } },
      { step: 20, metrics: { loss: 4 } },
    ])
    expect(setUp().collector.snapshot()).toBe(null)
  })

  test('keeps the epoch of each step, or null for one that is not a number', () => {
    const { collector, collect } = setUp()
    for (const epoch of [2, 0, Number.POSITIVE_INFINITY, undefined])
      collect({ step: 1, epoch, metrics: { a: 1 } } as Env)
    collector.take({ step: 1, wall_time: 5, metrics: { a: null } })
    expect(collector.tail().map(({ epoch }) => epoch)).toEqual([2, 0, null, null, null])
    expect(collector.tail(1)).toEqual([{ step: 1, epoch: null, wall_time: 5, metrics: { a: null } }])
  })

  test('leaves out a value, and its name, if the converter does not return a number', () => {
    const { collector, collect } = setUp({ convert: (value) => (value === 'one' ? 1 : ('text' as unknown as number)) })
    collect({ step: 0, metrics: { a: 'one', b: 'two', c: true } })
    expect(collector.tail()[0]?.metrics).toEqual({ a: 1, c: 1 })
    expect(collector.names()).toEqual(['a', 'c'])
  })
})

describe('a feature capture', () => {
  const capture = (options = {}) => {
    const made = sinkOf()
    const time = { now: 0 }
    const clock = { running: () => time.now }
    return { ...made, time, features: createFeatureCapture({ sink: made.sink, clock, everyN: 10, ...options }) }
  }

  test('is due at every n-th step until it is closed', () => {
    const { features } = capture()
    expect([0, 9, 10, 15, 20].map((step) => features.isDue(step))).toEqual([true, false, true, false, true])
    features.close()
    expect([features.isDue(20), features.capture(20, 'l', [[1]])]).toEqual([false, false])
    expect(createFeatureCapture({ sink: sinkOf().sink, clock: { running: () => 0 } }).isDue(50)).toBe(true)
  })

  test('writes at the next safe point, syncs at a flush, and closes its sink once', () => {
    const { features, calls, text } = capture()
    features.attach(contextOf({ runDir: '/runs/b' }))
    features.capture(0, 'l', [[1, 2]])
    features.onSafePoint({ step: 0 }, contextOf())
    features.onSafePoint({ step: 1 }, contextOf())
    features.capture(10, 'l', [[3, 4]])
    features.flush()
    features.close()
    features.close()
    features.flush()
    features.onSafePoint({ step: 2 }, contextOf())
    expect(calls).toEqual(['attach /runs/b', 'append', 'append', 'sync', 'sync', 'close'])
    expect(text).toEqual([
      '{"step":0,"layer_name":"l","activations":[[1,2]]}\n',
      '{"step":10,"layer_name":"l","activations":[[3,4]]}\n',
    ])
  })

  test('reports a failing sink in its status and once in the log, and throws nothing', () => {
    const { features, state, time } = capture()
    const context = contextOf()
    features.capture(0, 'l', [[1]])
    state.failure = { code: 'ENOSPC', message: 'no space left' }
    for (const step of [0, 1]) {
      time.now += 100
      features.onSafePoint({ step }, context)
    }
    expect(context.logged).toEqual(['features: no space left'])
    expect(features.status()).toEqual({ records: 1, rows_left_out: 0, dropped: 0, error: 'no space left' })
    state.failure = null
    state.error = new Error('broken sink')
    time.now += 100
    features.onSafePoint({ step: 2 }, context)
    features.flush()
    features.close()
    expect(features.status()).toMatchObject({ error: expect.stringMatching(/broken sink|no space left/) })
  })

  test('drops its lines when another process owns the run directory', () => {
    const { features, calls } = capture()
    features.capture(0, 'l', [[1]])
    features.onSafePoint({ step: 0 }, contextOf({ superseded: true }))
    features.capture(10, 'l', [[1]])
    features.flush()
    expect(calls).toEqual([])
  })

  test('keeps six digits of each number, and reduces only rows that are wider than `reduceTo`, if there are at least two', () => {
    const { features, text } = capture({ reduceTo: 2 })
    features.capture(0, 'l', [[123456.789, 1e-9]])
    features.capture(0, 'one', [[1, 2, 3]])
    features.capture(0, 'wide', [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ])
    features.capture(0, 'none', [])
    features.flush()
    const rows = text.join('').trim().split('\n').map((line) => JSON.parse(line).activations) // biome-ignore format: short
    expect(rows.slice(0, 2)).toEqual([[[123457, 1e-9]], [[1, 2, 3]]])
    expect(rows[2].map((row: number[]) => row.length)).toEqual([2, 2, 2])
    expect(rows).toHaveLength(3)
  })

  test('refuses an option that is not a whole number above 0, and names it', () => {
    for (const name of ['everyN', 'maxSamples', 'reduceTo']) {
      expect(() => capture({ [name]: 0 })).toThrow(`\`${name}\` must be a whole number >= 1, got 0`)
      expect(() => capture({ [name]: 1.5 })).toThrow(RangeError)
    }
  })
})

describe('the column of a metric', () => {
  const own = ['step', 'epoch']

  test('is its name, unless the table or another metric has that name', () => {
    expect(
      ['loss', 'step', 'metrics.step', 'metrics.loss', '', 'metrics.', 'my.step', 'epochs'].map((name) =>
        columnName(name, own),
      ),
    ).toEqual([
      ...[
        'loss',
        'metrics.step',
        'metrics.metrics.step',
        'metrics.loss',
        'metrics.',
        'metrics.metrics.',
        'my.step',
        'epochs',
      ],
    ])
  })

  test('spells out half a character, and a number distinguishes it from a name that is spelled that way', () => {
    expect(columnName('a\ud83d', own)).toBe('a\\ud83d')
    expect(columnName('a\ud83d\ude00', own)).toBe('a\ud83d\ude00')
    expect(columnNames(['a\ud83d', 'a\\ud83d', 'a\\ud83d (2)', 'b'], own)).toEqual(['a\\ud83d', 'a\\ud83d (3)', 'a\\ud83d (2)', 'b']) // biome-ignore format: short
  })
})
