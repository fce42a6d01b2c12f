import { expect, test } from 'vitest'
import { type AutopilotEvent, DEFAULT_RULES, readLimits } from '../src/index.ts'
import { course, engineOf, ledgerLine, play } from './support.ts'

const rule = (fields: string, action = '{set: {lr: x0.5}}'): string =>
  `{version: 2, rules: [{id: r, action: ${action}, settle: 0, ${fields}}]}`

/** `step kind rule` of each event that is not an answer. */
function told(events: readonly AutopilotEvent[]): string[] {
  return events.flatMap((event) => ('rule' in event ? [`${event.step} ${event.kind} ${event.rule}`] : []))
}

const because = (events: readonly AutopilotEvent[]): string[] =>
  events.flatMap((event) => ('rule' in event ? [event.because] : []))

test('a rule fires when its condition becomes true, not while it stays true', () => {
  const engine = engineOf(rule('when: train_loss > 1, cooldown: 0'))
  expect(told(play(engine, course([0, 2, 2, 2, 2, 0, 2, 2])))).toEqual(['1 act r', '6 act r'])
})

test('a rule with `hold` waits for that many evaluations, and fires again only after the same number of false ones', () => {
  const engine = engineOf(rule('when: train_loss > 1, hold: 3, cooldown: 0'))
  expect(told(play(engine, course([2, 2, 0, 2, 2, 2, 2, 0, 0, 2, 2, 2, 0, 0, 0, 2, 2, 2])))).toEqual([
    '5 act r',
    '17 act r',
  ])
})

test('a rule waits for its cooldown', () => {
  const engine = engineOf(rule('when: train_loss > 1, cooldown: 4'))
  expect(told(play(engine, course([2, 0, 2, 0, 2, 0, 2])))).toEqual(['0 act r', '4 act r'])
})

test('a rule does not fire within `settle` steps of a change of its control by anyone', () => {
  const engine = engineOf(
    '{version: 2, rules: [{id: r, action: {set: {lr: x0.5}}, settle: 3, cooldown: 0, when: train_loss > 1}]}',
  )
  const controls = () => []
  const base = { epoch: null, isFrozen: false, isPaused: false, total: null, controls }
  engine.look({ ...base, step: 0, metrics: { train_loss: 0 }, lines: [ledgerLine({ payload: { lr: 0.1 } })] })
  const at = [1, 2, 3].map((step) => engine.look({ ...base, step, metrics: { train_loss: 2 }, lines: [] }).length)
  // It has no control to act on, and reports this once it has settled.
  expect(at).toEqual([0, 0, 1])
})

test('if two rules fire at one step, the one with the more serious condition acts, and the other reports why it does not', () => {
  const engine = engineOf(`{version: 2, rules: [
    {id: soft, condition: grad_explosion, metric: train_loss, action: {set: {lr: x0.9}}, confidence: high, settle: 0},
    {id: hard, condition: divergence, metric: train_loss, action: {set: {lr: x0.5}}, settle: 0},
  ]}`)
  const values = [...Array.from({ length: 80 }, (_, i) => 1 + 0.01 * Math.sin(i * 7)), 30, 30, 30]
  const events = play(engine, course(values))
  expect(told(events)).toEqual(['82 act hard', '82 alert soft'])
  const both = engineOf(`{version: 2, rules: [
    {id: a, when: train_loss > 1, action: {set: {lr: x0.9}}, confidence: low},
    {id: b, when: train_loss > 1, action: {set: {lr: x0.5}}, confidence: high},
  ]}`)
  const two = play(both, course([2]))
  expect(told(two)).toEqual(['0 act b', '0 alert a'])
  expect(because(two)[1]).toBe('train_loss > 1 is true; nothing is done: b acts at this step')
})

test.each([
  ['off', 'high', []],
  ['suggest', 'high', ['0 propose r']],
  ['suggest', 'medium', ['0 propose r']],
  ['suggest', 'low', ['0 alert r']],
  ['auto', 'high', ['0 act r']],
  ['auto', 'medium', ['0 act r']],
  ['auto', 'low', ['0 propose r']],
] as const)('in mode %s a rule with confidence %s: %j', (mode, confidence, expected) => {
  const engine = engineOf(rule(`when: train_loss > 1, confidence: ${confidence}`), { mode })
  expect(told(play(engine, course([2])))).toEqual(expected)
})

test('a command expects the values at the time of the decision, stays within bounds, and expires', () => {
  const engine = engineOf(rule('when: train_loss > 1', '{set: {lr: x1000, weight_decay: x2}}'), { limits: generous() })
  const [event] = play(engine, course([2]), { lr: 0.1, weight_decay: 0 })
  expect(event).toMatchObject({
    kind: 'act',
    command: {
      params: { lr: 10, weight_decay: 1e-4 },
      expect: { lr: 0.1, weight_decay: 0 },
      cid: 'ap-a1-1',
      expires: { step: 10_000 },
    },
  })
})

function generous() {
  const read = readLimits({ '*': { auto: 'any', ask: 'any', drift: 'any' } })
  if (!read.ok) throw new Error(read.reason)
  return read.value
}

function limitsOf(value: object) {
  const read = readLimits(value)
  if (!read.ok) throw new Error(read.reason)
  return read.value
}

test('no series of automatic changes exceeds the allowed drift from the value that a person set', () => {
  const limits = limitsOf({ lr: { auto: 'x2', ask: 'x30', drift: 'x10' } })
  const engine = engineOf(rule('when: train_loss > 1, cooldown: 0', '{set: {lr: x2}}'), { limits })
  const values = { lr: 0.01 }
  const events = play(engine, course(Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 2 : 0))), values)
  expect(values.lr).toBeCloseTo(0.08, 9)
  expect(because(events).at(3)).toBe(
    'train_loss > 1 is true; needs approval because lr would be more than x10 from 0.01',
  )
})

test('a control without an entry in limits needs approval, and a change beyond `ask` is only reported', () => {
  const limits = limitsOf({ lr: { auto: 'x2', ask: 'x4' } })
  expect(
    told(
      play(engineOf(rule('when: train_loss > 1', '{set: {momentum: 0.5}}'), { limits }), course([2]), {
        momentum: 0.9,
      }),
    ),
  ).toEqual(['0 propose r'])
  expect(told(play(engineOf(rule('when: train_loss > 1', '{set: {lr: x3}}'), { limits }), course([2])))).toEqual([
    '0 propose r',
  ])
  expect(told(play(engineOf(rule('when: train_loss > 1', '{set: {lr: x5}}'), { limits }), course([2])))).toEqual([
    '0 alert r',
  ])
})

test("a percentage refers to the control's range", () => {
  const limits = limitsOf({ '*_w': { auto: '20%', ask: '100%', drift: 'any' } })
  const at = (to: number) =>
    told(
      play(engineOf(rule('when: train_loss > 1', `{set: {recon_w: ${to}}}`), { limits }), course([2]), { recon_w: 1 }),
    )
  expect(at(3)).toEqual(['0 act r'])
  expect(at(3.1)).toEqual(['0 propose r'])
})

test('while a proposal is open, its rule requests nothing more and reports which proposal is open', () => {
  const engine = engineOf(rule('when: train_loss > 1, cooldown: 0'), { mode: 'suggest' })
  const events = play(engine, course([2, 0, 2]))
  expect(told(events)).toEqual(['0 propose r', '2 alert r'])
  expect(events.at(-1)).toMatchObject({ evidence: { again: 'a1-1' } })
})

test('a proposal that no one answers lapses, and the rule may propose again', () => {
  const engine = engineOf(rule('when: train_loss > 1, cooldown: 0'), { mode: 'suggest' })
  const values = Array.from({ length: 10_050 }, (_, i) => (i === 0 || i === 9990 || i === 10_020 ? 2 : 0))
  expect(told(play(engine, course(values)))).toEqual(['0 propose r', '9990 alert r', '10020 propose r'])
})

test('with a clock a proposal lapses after half an hour, however many steps run in the meantime', () => {
  const engine = engineOf(rule('when: train_loss > 1, cooldown: 0'), { mode: 'suggest' })
  const at = (step: number, loss: number, now: number) =>
    play(engine, course([loss], 'train_loss', step), { lr: 0.1 }, { now })
  const [event] = at(0, 2, 5000)
  expect(event).toMatchObject({ kind: 'propose', command: { expires: { ts: 6800 } } })
  expect(event).not.toHaveProperty('command.expires.step')
  at(90_000, 0, 5001)
  expect(told(at(90_001, 2, 6800))).toEqual(['90001 alert r'])
  at(90_002, 0, 6801)
  expect(told(at(90_003, 2, 6802))).toEqual(['90003 propose r'])
})

test('a rescue proposal waits for half a day, or without a clock as long as the run lasts', () => {
  const [timed, untimed] = [{ now: 5000 }, {}].map((seen) => {
    const engine = engineOf(rule('condition: nan, metric: train_loss', '{do: rescue}'), { mode: 'suggest' })
    return play(engine, course([2, 1, null]), { lr: 0.1 }, seen)[0]
  })
  expect(timed).toMatchObject({ kind: 'propose', command: { expires: { ts: 5000 + 12 * 3600 } } })
  expect(untimed).toMatchObject({ kind: 'propose', command: { expires: null } })
})

test('in a frozen run nothing is requested', () => {
  const engine = engineOf(rule('when: train_loss > 1'))
  const events = play(engine, course([2]), { lr: 0.1 }, { isFrozen: true })
  expect(because(events)).toEqual(['train_loss > 1 is true; nothing is done: the run is frozen'])
})

test('after a refusal a rule waits four times its cooldown', () => {
  const engine = engineOf(rule('when: train_loss > 1, cooldown: 5'))
  const base = { epoch: null, isFrozen: false, isPaused: false, total: null, controls: () => [{ ...CONTROL }] }
  const fired: number[] = []
  for (let step = 0; step < 40; step++) {
    const lines =
      step === 1 ? [ledgerLine({ cid: 'ap-a1-1', decision: 'failed', error: 'no', source: 'autopilot' })] : []
    const events = engine.look({ ...base, step, metrics: { train_loss: step % 2 === 0 ? 2 : 0 }, lines })
    if (events.some(({ kind }) => kind === 'act')) fired.push(step)
  }
  expect(fired).toEqual([0, 20])
})

const CONTROL = {
  param_key: 'lr',
  type: 'float',
  label: 'lr',
  group: 'optimizer',
  current: 0.1,
  state: 'verified',
  min: 0,
  max: 10,
  step: null,
  log_base: null,
  choices: null,
} as const

test('two engines with the same input make the same decisions, even if one was saved and restored half-way', () => {
  const values = Array.from(
    { length: 300 },
    (_, i) => (i < 120 ? 2 * Math.exp(-i / 40) : i < 140 ? 3 : 0.5) + 0.01 * Math.sin(i * 5),
  )
  const whole = engineOf('{version: 2, rules: []}', {})
  expect(whole.look).toBeDefined()
  const text = rule('condition: divergence, metric: train_loss')
  const one = play(engineOf(text), course(values))
  const first = engineOf(text)
  const before = play(first, course(values.slice(0, 118)))
  const second = engineOf(text)
  second.restore(JSON.parse(JSON.stringify(first.snapshot())))
  const after = play(second, course(values.slice(118), 'train_loss', 118))
  expect(one.length).toBeGreaterThan(0)
  expect([...before, ...after]).toEqual(one)
})

test('an engine remembers the records that filled it, and does not fire on them', () => {
  const text = rule('when: count(train_loss) >= 3, cooldown: 0')
  const engine = engineOf(text)
  const base = {
    epoch: null,
    isFrozen: false,
    isPaused: false,
    total: null,
    controls: () => [{ ...CONTROL }],
    lines: [],
  }
  for (const { step, metrics } of course([1, 1, 1, 1])) engine.fill({ ...base, step, metrics })
  expect(engine.look({ ...base, step: 4, metrics: { train_loss: 1 } })).toHaveLength(1)
})

test('a metric for which higher is better is judged by its fall', () => {
  const text = '{version: 2, key_metric: val_accuracy, rules: [{id: r, condition: divergence, action: {do: notify}}]}'
  const engine = engineOf(text, { keyMetric: { name: 'val_accuracy', direction: 'max' } })
  const values = [
    ...Array.from({ length: 40 }, (_, i) => 0.9 - 0.8 * Math.exp(-i / 8)),
    ...Array.from({ length: 8 }, () => 0.1),
  ]
  expect(told(play(engine, course(values, 'val_accuracy')))).toEqual(['42 alert r'])
})

test("the default rules have hotcb 2's ids, but use noise and trend instead of thresholds", () => {
  expect(DEFAULT_RULES.rules.map(({ id }) => id)).toEqual([
    'spike_emergency_lr', 'divergence_emergency_lr', 'plateau_lr_reduce', 'val_plateau_lr_reduce', 'overfitting_wd_increase', 'grad_spike_lr_reduce',
  ]) // biome-ignore format: a list
})
