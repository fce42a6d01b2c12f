import { createLineWindow } from '@hotcb/metrics/judge'
import { describe, expect, test } from 'vitest'
import { parseWhen } from '../src/config/when.ts'
import { createKnownMetrics } from '../src/engine/known-metrics.ts'
import { judgeMetric } from '../src/engine/metric-judge.ts'
import { createPace } from '../src/engine/pace.ts'
import { createTimers } from '../src/engine/timers.ts'
import { judgeWhen } from '../src/engine/when-judge.ts'
import {
  createAlertFold,
  createChannelQueue,
  createNotifyEngine,
  type MetricCondition,
  type NotifyRule,
  readNotifyConfig,
} from '../src/index.ts'
import { userConfigPath } from '../src/node/config-file.ts'

function rule(on: MetricCondition | 'when', more: Partial<NotifyRule> = {}): NotifyRule {
  return {
    ...{ id: on, on, metric: 'x', value: null, window: null, when: null, hold: { seconds: 0 } },
    ...{ cooldown: { seconds: 10 }, channels: [], level: 'warning', template: null, ...more },
  }
}

type Values = readonly (number | null)[]
const NO = { is: false, because: '' }
const many = (count: number, value: (i: number) => number | null): Values =>
  Array.from({ length: count }, (_, i) => value(i))

/** Judges a metric after these values. `others` are the values of other metrics. */
function judged(given: NotifyRule, values: Values, name = 'x', others: Readonly<Record<string, Values>> = {}) {
  const metrics = createKnownMetrics(null, 512)
  for (const [other, own] of Object.entries(others))
    for (const [step, value] of own.entries()) metrics.push(step, { [other]: value })
  for (const [step, value] of values.entries()) metrics.push(step, { [name]: value })
  const window = metrics.get(name)
  if (window === undefined) throw new Error('no values')
  return judgeMetric(given, name, window, metrics)
}

describe('a condition about a metric', () => {
  test.each<[MetricCondition, number, Values, string | null]>([
    ['gt', 3, [3.000_01], '3 > 3'],
    ['gt', 3, [3], null],
    ['gte', 3, [3], '3 >= 3'],
    ['gte', 3, [2.9], null],
    ['lt', 3, [2.9], '2.9 < 3'],
    ['lt', 3, [3], null],
    ['lt', 3, [3.1], null],
    ['lte', 3, [3], '3 <= 3'],
    ['lte', 3, [3.1], null],
    ['gt', 3, [9, null], null],
    ['lt', 3, [1, null], null],
    ['gt', 3, [null], null],
  ])('%s %d of %j', (on, value, values, because) => {
    expect(judged(rule(on, { value }), values)).toEqual(because === null ? NO : { is: true, because })
    // The result is the same for a metric of which larger values are better and whose window is negated.
    expect(judged(rule(on, { value }), values, 'acc')).toEqual(because === null ? NO : { is: true, because })
  })

  test.each<[Partial<NotifyRule>, Values, string | null]>([
    [{ value: 0.5, window: 3 }, [9, 1, 1.5, 1.2], 'the last 3 values differ by 0.5, at most 0.5'],
    [{ value: 0.49, window: 3 }, [9, 1, 1.5, 1.2], null],
    [{ value: 0.5, window: 3 }, [1, 1], null],
    [{ value: 0 }, many(20, () => 1), 'the last 20 values differ by 0, at most 0'],
    [{ value: 0 }, many(19, () => 1), null],
  ])('plateau %j of %j', (more, values, because) => {
    expect(judged(rule('plateau', more), values)).toEqual(because === null ? NO : { is: true, because })
  })

  test.each<[Partial<NotifyRule>, Values, string | null]>([
    [{ value: 1, window: 3 }, [9, 2, 4, 4.5], '4.5 is 1.5 away from the mean 3'],
    [{ value: 1, window: 3 }, [9, 2, 4, 1.5], '1.5 is 1.5 away from the mean 3'],
    [{ value: 1.5, window: 3 }, [9, 2, 4, 4.5], null],
    [{ value: 1, window: 4 }, [2, 4, 9], null],
    [{ value: 1, window: 3 }, [2, 4, 4, null], null],
    [{ value: 1 }, [...many(19, () => 1), 3], '3 is 2 away from the mean 1'],
    [{ value: 1 }, [...many(18, () => 1), 3], null],
  ])('spike %j of %j', (more, values, because) => {
    const wanted = because === null ? NO : { is: true, because }
    expect(judged(rule('spike', more), values)).toEqual(wanted)
    expect(judged(rule('spike', more), values, 'acc')).toEqual(wanted)
  })

  // The loss falls to 0.2, and then stays there or rises.
  const fall = many(60, (i) => 2 / (1 + i / 6))
  test.each<[MetricCondition, Values, RegExp | null]>([
    ['nan', [1, null], /./],
    ['nan', [null, 1], null],
    ['divergence', [...fall, ...many(10, () => 6)], /^level 6; the best was/],
    ['divergence', fall, null],
    ['diverged', [...fall, ...many(10, () => 6)], /^level 6; the best was/],
    ['diverged', [...fall, null], /not finite/],
    ['diverged', fall, null],
    ['stuck', many(200, () => 2.3), /2\.3 over the last/],
    ['stuck', fall, null],
    ['plateau', [...fall, ...many(300, () => 0.2)], /./],
    ['plateau', fall, null],
    ['spike', [...many(70, (i) => 1 + (i % 3) / 100), 50, 50], /^two of the last three values are at 50/],
    ['spike', many(72, (i) => 1 + (i % 3) / 100), null],
    ['grad_explosion', [...many(60, (i) => 1 + (i % 3) / 100), 1e6, 1e6, 1e6, 1e6, 1e6, 1e6], /./],
    ['grad_explosion', many(60, (i) => 1 + (i % 3) / 100), null],
  ])('%s', (on, values, because) => {
    const verdict = judged(rule(on), values)
    expect(verdict.is).toBe(because !== null)
    if (because !== null) expect(verdict.because).toMatch(because)
  })

  test('overfitting compares a metric with the training metric of the same name, or the most likely one', () => {
    const train = many(80, (i) => 2 / (1 + i / 4))
    const worse = many(80, (i) => (i < 20 ? 2 / (1 + i / 4) : 0.35 + (i - 20) / 30))
    const over = (name: string, others: Readonly<Record<string, Values>>) =>
      judged(rule('overfitting'), worse, name, others).is
    expect(over('val_loss', { train_loss: train })).toBe(true)
    expect(over('validation/ce', { 'train/ce': train })).toBe(true)
    expect(over('val_ce', { 'train/loss': train })).toBe(true)
    expect(over('val_ce', { loss: train })).toBe(true)
    expect(over('val_loss', { other: train })).toBe(false)
    expect(over('loss', {})).toBe(false)
    expect(over('val_loss', { train_loss: worse })).toBe(false)
  })
})

describe('an expression', () => {
  const see = (when: string, values: Readonly<Record<string, Values>>, step = 10, maxSteps: number | null = 40) => {
    const parsed = parseWhen(when)
    if (!parsed.ok) throw new Error('must be an expression')
    const metrics = createKnownMetrics(null, 512)
    for (const [name, own] of Object.entries(values))
      for (const [at, value] of own.entries()) metrics.push(at, { [name]: value })
    return judgeWhen(parsed.value, step, metrics, { control: (key) => (key === 'lr' ? 0.5 : undefined), maxSteps })
  }

  test.each<[string, Readonly<Record<string, Values>>, string | null]>([
    ['x > 1', { x: [2] }, 'x > 1 (x 2)'],
    ['x > 1', { x: [1] }, null],
    ['x > 1', { x: [2, null] }, null],
    ['acc > 0.5', { acc: [0.123_45, 0.765_43] }, 'acc > 0.5 (acc 0.7654)'],
    ["ctl('lr') == 0.5", {}, "ctl('lr') == 0.5"],
    ['frac == 0.25', {}, 'frac == 0.25'],
    ['step == 10', {}, 'step == 10'],
    ['count(x) == 3', { x: [1, 2, 3] }, 'count(x) == 3 (x 3)'],
    ['mean(acc, 2) == 3', { acc: [1, 2, 4] }, 'mean(acc, 2) == 3 (acc 4)'],
    [
      'a > 0 and b > 0 and c > 0 and d > 0 and e > 0',
      { a: [1], b: [2], c: [3], d: [4], e: [5] },
      'a > 0 and b > 0 and c > 0 and d > 0 and e > 0 (a 1, b 2, c 3, d 4)',
    ],
  ])('%s of %j', (when, values, because) => {
    expect(see(when, values)).toEqual(because === null ? NO : { is: true, because })
  })

  test('has no `frac` if the length of the run is unknown, and `frac` is at most 1', () => {
    for (const steps of [null, 0]) expect(see('frac >= 0', {}, 10, steps).is).toBe(false)
    expect(see('frac == 1', {}, 50, 40).is).toBe(true)
  })

  test('that cannot be judged is reported once', () => {
    const trouble = see('x / 0 > 1 or x', { x: [2] })
    expect(trouble.is).toBe(false)
    const engine = createNotifyEngine({
      rules: [rule('when', { id: 'w', metric: null, when: "ctl('name') > 1" })],
      keyMetric: null,
      scope: { control: () => 'text', maxSteps: null },
    })
    for (const step of [1, 2]) engine.record({ step, metrics: { x: 1 } }, step)
    expect(engine.troubles()).toEqual([expect.stringMatching(/^rule `w` cannot be judged: \S/)])
    expect(engine.troubles()).toEqual([])
  })
})

test('a rule is judged when its own metric is reported', () => {
  const engine = createNotifyEngine({
    rules: [
      rule('gt', { value: 1 }),
      rule('gt', { id: 'k', metric: null, value: 1 }),
      rule('gt', { id: 'n', metric: 'none', value: 1 }),
    ],
    keyMetric: 'key',
    scope: { control: () => undefined, maxSteps: null },
  })
  const keys = (step: number, metrics: Record<string, number>) =>
    engine
      .record({ step, metrics }, step)
      .map(({ key, phase, metric, finding }) => `${key} ${phase} ${metric} ${finding.value}`)
  expect(keys(1, { y: 5 })).toEqual([])
  expect(keys(2, { x: 5 })).toEqual(['gt opened x 5'])
  expect(keys(3, { y: 0 })).toEqual([])
  expect(keys(4, { key: 3, x: 0 })).toEqual([expect.stringMatching(/^gt recovered x/), 'k opened key 3'])
})

test('metrics are found by name, and at most two thousand are kept', () => {
  const metrics = createKnownMetrics(null, 20)
  expect([metrics.keyMetric(), metrics.find('x')]).toEqual([undefined, undefined])
  metrics.push(1, { 'val/loss': 1, acc: 2 })
  expect([
    metrics.keyMetric(),
    metrics.find('val_loss'),
    metrics.get('acc')?.sign,
    metrics.get('val/loss')?.sign,
  ]).toEqual([...['val/loss', 'val/loss', -1, 1]])
  expect(createKnownMetrics('acc', 20).keyMetric()).toBeUndefined()
  metrics.push(2, Object.fromEntries(Array.from({ length: 2100 }, (_, i) => [`m${i}`, i])))
  expect([metrics.get('m1997')?.count, metrics.get('m1998')]).toEqual([1, undefined])
})

describe('the pace of a run', () => {
  test('is computed over half a minute and five minutes, and reset on request', () => {
    const pace = createPace()
    for (let now = 0; now <= 299; now++) pace.see(now, now * 2)
    expect(pace.now()).toBeNull()
    pace.see(300, 600)
    expect(pace.now()).toEqual({ recent: 0.5, usual: 0.5 })
    for (let now = 301; now <= 330; now++) pace.see(now, 600 + (now - 300) / 2)
    expect(pace.now()?.recent).toBe(2)
    // Samples less than a second apart count as one.
    pace.see(330.5, 9000)
    expect(pace.now()?.recent).toBe(2)
    pace.reset()
    expect(pace.now()).toBeNull()
    pace.see(331, 1)
    expect(pace.now()).toBeNull()
  })

  test('is not updated while the trainer is paused or gone', () => {
    const seen = (now: number, more: object = {}) =>
      ({ now, isAlive: true, isPaused: false, attempt: 1, step: now, hasRecords: true, ...more }) as const
    const paceAfter = (more: object) => {
      const timers = createTimers({ hasReported: true })
      for (let now = 0; now <= 300; now++) timers.see(seen(now))
      for (let now = 301; now <= 600; now++) timers.see(seen(now, more))
      return timers.see(seen(601)).pace
    }
    expect(paceAfter({})).toEqual({ recent: 1, usual: 1 })
    expect(paceAfter({ isPaused: true })).toBeNull()
    expect(paceAfter({ isAlive: false })).toBeNull()
    expect(paceAfter({ step: null })).toMatchObject({})
  })
})

test('the hourly limit ends an hour after the message that reached it', () => {
  const lane = createChannelQueue({ perHour: 1, quiet: null })
  lane.remember(100)
  const message = { title: 't', text: 'x', level: 'info', run: 'r', step: 1, rule: 'r', phase: 'opened', metric: null, value: null, action: null } as const // biome-ignore format: one line
  lane.add({ id: 'a', key: 'a', message, since: 200, tries: 0 })
  expect([lane.next(3699), lane.wakeAt(3699)]).toEqual([undefined, 3700])
  expect(lane.next(3700)?.items).toHaveLength(1)
})

test('the fold over the log keeps the newest two hundred alerts', () => {
  const fold = createAlertFold()
  const message = { title: 'x', text: '', level: 'warning', run: 'exp', step: 7, rule: 'r', phase: 'opened', metric: null, value: null, action: null } // biome-ignore format: one line
  const open = (from: number, to: number): void => {
    for (let i = from; i < to; i++)
      fold.take({ kind: 'edge', ts: i, n: 1, data: { key: `k${i}`, phase: 'opened', step: 7, message } } as never)
  }
  open(0, 200)
  expect([fold.alerts().length, fold.alerts()[0]?.id]).toEqual([200, 'k0@0'])
  open(200, 203)
  expect([fold.alerts().length, fold.alerts()[0]?.id, fold.alerts().at(-1)?.id]).toEqual([200, 'k3@3', 'k202@202'])
  // The end of an alert that is no longer kept changes nothing.
  fold.take({ kind: 'edge', ts: 900, n: 1, data: { key: 'k0', phase: 'recovered', step: 9, message: null } } as never)
  expect(fold.alerts().every(({ ended }) => ended === null)).toBe(true)
})

test('an empty expression is refused once', () => {
  const read = readNotifyConfig('rules:\n  - {when: ""}\n', 'n')
  expect(read.ok ? [] : read.problems).toHaveLength(1)
})

test("a user's own configuration is in their configuration directory", () => {
  expect(userConfigPath({ XDG_CONFIG_HOME: '/c' })).toBe('/c/hotcb/notify.yaml')
  for (const env of [{}, { XDG_CONFIG_HOME: '' }])
    expect(userConfigPath(env)).toMatch(/\/\.config\/hotcb\/notify\.yaml$/)
})

test('a window is that of a line', () => {
  const window = createLineWindow({ sign: -1 })
  window.push(1, 3)
  expect(judgeMetric(rule('gt', { value: 2 }), 'x', window, { get: () => undefined })).toEqual({
    is: true,
    because: '3 > 2',
  })
  expect(judgeMetric(rule('gt'), 'x', window, { get: () => undefined })).toEqual({ is: true, because: '3 > 0' })
})
