import type { Env, ModuleContext } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { createMetricsCollector, type LineSink, type MetricsCollectorOptions, type SinkFailure } from '../src/index.ts'

test('a step with numbers produces one line with step, epoch, wall_time and metrics', () => {
  const { collect, text } = setUp()
  collect({ step: 0, epoch: 3, metrics: { loss: 0.5, 'train/acc "q"': 1e-7 } })
  expect(text()).toBe('{"step":0,"epoch":3,"wall_time":1000,"metrics":{"loss":0.5,"train/acc \\"q\\"":1e-7}}\n')
})

test('loss, train_loss and val_loss are read from the top level of env if `metrics` does not contain them', () => {
  const { collect, records } = setUp()
  collect({ step: 1, loss: 2, val_loss: 4, metrics: { val_loss: 3 } })
  collect({ step: 2, train_loss: 1 })
  expect(records().map((record) => record.metrics)).toEqual([{ val_loss: 3, loss: 2 }, { train_loss: 1 }])
})

test('values that are not finite become null, booleans become 1 and 0, other values are left out', () => {
  const { collect, records } = setUp()
  const tensor = { item: () => 7 }
  collect({ step: 1, epoch: Number.NaN, metrics: { a: Number.NaN, b: -Infinity, c: true, d: 'x', e: null, tensor } })
  expect(records()).toEqual([{ step: 1, epoch: null, wall_time: 1000, metrics: { a: null, b: null, c: 1 } }])
})

test('a converter converts tensors to numbers', () => {
  const { collector, collect, records } = setUp({
    convert: (value) =>
      typeof value === 'object' && value !== null && 'item' in value && typeof value.item === 'function'
        ? Number(value.item())
        : undefined,
  })
  collect({ step: 1, metrics: { a: { item: () => 7 }, b: 'text' } })
  expect(records()[0]?.metrics).toEqual({ a: 7 })
  expect(collector.names()).toEqual(['a'])
})

test('a safe point without numbers produces no record and does not read the clock', () => {
  let looks = 0
  const { collect, text } = setUp({ clock: { wall: () => ++looks, running: () => ++looks } })
  collect({ step: 1 })
  collect({ step: 2, metrics: { note: 'x' } })
  expect([text(), looks]).toEqual(['', 0])
})

test('two safe points in one step produce two records', () => {
  const { collect, records } = setUp()
  collect({ step: 5, metrics: { loss: 1 } })
  collect({ step: 5, metrics: { val_loss: 2 } })
  expect(records().map(({ step, metrics }) => ({ step, metrics }))).toEqual([
    { step: 5, metrics: { loss: 1 } },
    { step: 5, metrics: { val_loss: 2 } },
  ])
})

test('allow and deny accept names and patterns, and deny takes precedence', () => {
  const { collector, collect, records } = setUp({ allow: ['loss', 'train/*'], deny: ['train/secret', 'train/x/*'] })
  collect({
    step: 1,
    metrics: { loss: 1, lossy: 2, 'train/a': 3, 'train/secret': 4, 'train/x/y': 5, 'train/x': 6, train: 7 },
  })
  expect(records()[0]?.metrics).toEqual({ loss: 1, 'train/a': 3, 'train/x': 6 })
  expect(collector.names()).toEqual(['loss', 'train/a', 'train/x'])
})

test('an invalid pattern is refused', () => {
  expect(() => setUp({ deny: ['/(/'] })).toThrow(
    new RangeError('`deny` has `/(/`, which is not a regular expression: Unterminated group'),
  )
  expect(() => setUp({ allow: ['loss', ' '] })).toThrow(
    new RangeError('`allow` must be names or patterns such as `train/*`, got " "'),
  )
})

test('invalid options are refused', () => {
  expect(() => setUp({ everyN: 0 })).toThrow(new RangeError('`everyN` must be a whole number >= 1, got 0'))
  expect(() => setUp({ ring: 1.5 })).toThrow(new RangeError('`ring` must be a whole number >= 0, got 1.5'))
})

test('with everyN each name is recorded once every n steps, so that a rare one is not lost', () => {
  const { collect, records } = setUp({ everyN: 10 })
  for (let step = 0; step < 40; step++) {
    collect({ step, metrics: step === 17 || step === 38 ? { loss: step, val: -step } : { loss: step } })
  }
  expect(records().map(({ step, metrics }) => [step, metrics])).toEqual([
    [0, { loss: 0 }],
    [10, { loss: 10 }],
    [17, { val: -17 }],
    [20, { loss: 20 }],
    [30, { loss: 30 }],
    [38, { val: -38 }],
  ])
})

test('a collector restored from a snapshot thins out steps like one that was not interrupted', () => {
  const first = setUp({ everyN: 10 })
  const second = setUp({ everyN: 10 })
  for (let step = 0; step < 25; step++) first.collect({ step, metrics: { loss: step } })
  second.collector.restore(JSON.parse(JSON.stringify(first.collector.snapshot())))
  for (let step = 25; step < 45; step++) {
    first.collect({ step, metrics: { loss: step } })
    second.collect({ step, metrics: { loss: step } })
  }
  expect(second.records()).toEqual(first.records().slice(3))
  expect(second.records().map(({ step }) => step)).toEqual([30, 40])
})

test('records with different names each keep their own names in the ring', () => {
  const { collector, collect } = setUp({ ring: 3 })
  collect({ step: 0, metrics: { z: 0 } })
  collect({ step: 1, metrics: { a: 1, b: 2, c: Number.NaN } })
  collect({ step: 2, metrics: { a: 1, c: 3 } })
  collect({ step: 3, metrics: { a: 4 } })
  expect(collector.tail()).toEqual([
    { step: 1, epoch: null, wall_time: 1000, metrics: { a: 1, b: 2, c: null } },
    { step: 2, epoch: null, wall_time: 1000, metrics: { a: 1, c: 3 } },
    { step: 3, epoch: null, wall_time: 1000, metrics: { a: 4 } },
  ])
  expect(collector.tail(1).map(({ step }) => step)).toEqual([3])
  expect(collector.tail(0)).toEqual([])
})

test('lines are written in batches, every 50 ms of running time', () => {
  const { collect, writes, time } = setUp()
  for (let step = 0; step < 120; step++) {
    time.now += 1
    collect({ step, metrics: { loss: step } })
  }
  expect(writes.map((write) => write.split('\n').length - 1)).toEqual([1, 50, 50])
})

test('pending lines are written at a later safe point without metrics, and by flush', () => {
  const { collector, collect, writes, time } = setUp()
  collect({ step: 0, metrics: { loss: 0 } })
  collect({ step: 1, metrics: { loss: 1 } })
  expect(writes).toHaveLength(1)
  time.now += 50
  collect({ step: 2 })
  expect(writes).toHaveLength(2)
  collect({ step: 3, metrics: { loss: 3 } })
  collector.flush()
  expect(writes).toHaveLength(3)
})

test('lines stay in memory while the disk is full, and are written when there is space again', () => {
  const { collector, collect, records, disk, time, logged } = setUp()
  disk.full = true
  for (let step = 0; step < 10; step++) {
    time.now += 60
    collect({ step, metrics: { loss: step } })
  }
  expect(records()).toEqual([])
  expect(collector.status()).toEqual({ records: 10, names: 1, dropped: 0, errors: 0, error: 'no space left' })
  expect(logged).toEqual(['metrics: no space left'])
  disk.full = false
  collector.flush()
  expect(records().map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(collector.status()).toEqual({ records: 10, names: 1, dropped: 0, errors: 0, error: null })
})

test('if there are more lines than the limit, the oldest are dropped and counted', () => {
  const { collector, collect, records, disk, time } = setUp({ maxPending: 300 })
  disk.full = true
  for (let step = 0; step < 20; step++) {
    time.now += 60
    collect({ step, metrics: { loss: 1 } })
  }
  disk.full = false
  collector.flush()
  const steps = records().map(({ step }) => step)
  // The sink accepted the first line before it reported the full disk, so it belongs to the sink.
  expect(steps).toEqual([0, 16, 17, 18, 19])
  expect(collector.status()).toMatchObject({ dropped: 15 })
})

test('lines that cannot be written before the end because the disk is full are counted', () => {
  const { collector, collect, disk, time } = setUp()
  collect({ step: 0, metrics: { loss: 1 } })
  disk.full = true
  for (let step = 1; step < 5; step++) {
    time.now += 30
    collect({ step, metrics: { loss: 1 } })
  }
  collector.close()
  expect(collector.status()).toEqual({ records: 5, names: 1, dropped: 4, errors: 0, error: 'no space left' })
})

test('an error in a getter, a sink or a clock does not reach the training loop', () => {
  const { collector, collect } = setUp()
  const metrics = Object.defineProperty({}, 'loss', {
    enumerable: true,
    get() {
      throw new Error('device lost')
    },
  })
  collect({ step: 1, metrics })
  expect(collector.status()).toMatchObject({ errors: 1, error: 'device lost' })
  const broken = setUp({
    clock: {
      wall: () => 1,
      running: () => {
        throw new Error('no clock')
      },
    },
  })
  broken.collect({ step: 1, metrics: { loss: 1 } })
  broken.collector.flush()
  broken.collector.close()
  expect(broken.collector.status()).toMatchObject({ error: 'no clock' })
})

test('a step that is not a number is counted, not written', () => {
  const { collector, collect, text } = setUp()
  collect({ step: Number.NaN, metrics: { loss: 1 } })
  expect(text()).toBe('')
  expect(collector.status()).toMatchObject({ errors: 1, error: '`env.step` must be a number, got NaN' })
})

test('after close nothing is recorded, and closing again has no effect', () => {
  const { collector, collect, records } = setUp()
  collect({ step: 1, metrics: { loss: 1 } })
  collect({ step: 2, metrics: { loss: 1 } })
  collector.close()
  collector.close()
  collect({ step: 3, metrics: { loss: 1 } })
  expect(records().map(({ step }) => step)).toEqual([1, 2])
})

test('a record that was created elsewhere is kept with its own time, and filtered and thinned out like one from a safe point', () => {
  const { collector, collect, records } = setUp({ deny: ['secret'], everyN: 2 })
  collect({ step: 0, metrics: { loss: 1 } })
  collector.take({ step: 1, epoch: 0, wall_time: 7, metrics: { loss: 0.9, secret: 1 } })
  collector.take({ step: 2, epoch: 0.5, wall_time: 8, metrics: { loss: 0.8, acc: null, secret: 1 } })
  collector.take({ step: Number.NaN, metrics: { loss: 1 } })
  expect(records()).toEqual([
    { step: 0, epoch: null, wall_time: 1000, metrics: { loss: 1 } },
    { step: 2, epoch: 0.5, wall_time: 8, metrics: { loss: 0.8, acc: null } },
  ])
  expect(collector.tail(1)).toEqual([{ step: 2, epoch: 0.5, wall_time: 8, metrics: { loss: 0.8, acc: null } }])
  expect([collector.names(), collector.status()]).toMatchObject([['loss', 'acc'], { records: 2, errors: 1 }])
})

function setUp(options: Partial<MetricsCollectorOptions> = {}) {
  const writes: string[] = []
  const logged: string[] = []
  const disk = { full: false }
  const time = { now: 100 }
  let held = ''
  const append = (text: string): SinkFailure | null => {
    held += text
    if (disk.full) return { code: 'ENOSPC', message: 'no space left' }
    if (held !== '') writes.push(held)
    held = ''
    return null
  }
  const sink: LineSink = { append, flush: () => append('') }
  const collector = createMetricsCollector({ sink, clock: { wall: () => 1000, running: () => time.now }, ...options })
  const context: ModuleContext = {
    total: null,
    controls: [],
    isCatchingUp: false,
    submit: () => null,
    log: (message) => logged.push(message),
    step: null,
    channel: 'live',
  }
  const text = () => writes.join('')
  return {
    collector,
    writes,
    logged,
    disk,
    time,
    text,
    collect: (env: Env) => collector.onSafePoint(env, context),
    records: () => {
      collector.flush()
      return text()
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line))
    },
  }
}
