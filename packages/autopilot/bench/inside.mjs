// What the rules cost inside a trainer: a look at 200 metrics with 50 rules on 50 of them, all with new values, beside JSON.parse of the
// same record; a look without rules; and bare updates of the windows of these 50 metrics. Prints one JSON object.
import { createEngine, DEFAULT_LIMITS, readRuleFile } from '@hotcb/autopilot'
import { createLineWindow } from '@hotcb/metrics/judge'
import { quantile } from '../../kernel/bench/measure.mjs'

const METRICS = 200
const STEPS = 2_000
const ROUNDS = 15
const CONDITIONS = ['nan', 'divergence', 'spike', 'grad_explosion', 'stuck']

const names = Array.from({ length: METRICS }, (_, i) => `layer${i}/grad_norm`)
const rules = Array.from({ length: 50 }, (_, i) => {
  const condition = CONDITIONS[i % CONDITIONS.length]
  return { id: `r${i}`, condition, metric: names[i], action: { do: 'notify' } }
})

/** Records of a training run that is well: noise around a falling course. */
function recordsOf() {
  let state = 1
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  return Array.from({ length: STEPS }, (_, step) =>
    Object.fromEntries(names.map((name) => [name, (1 + Math.exp(-step / 500)) * (1 + 0.2 * (random() - 0.5))])),
  )
}

function engineOf(list) {
  const read = readRuleFile(JSON.stringify({ version: 2, rules: list }))
  if (!read.ok) throw new Error(read.reason)
  return createEngine(read.value, {
    mode: 'auto',
    keyMetric: { name: 'val_loss', direction: 'min' },
    limits: DEFAULT_LIMITS,
    n: 1,
  })
}

const records = recordsOf()
const texts = records.map((record) => JSON.stringify(record))
const controls = () => []
const shared = { epoch: null, lines: [], isFrozen: false, isPaused: false, total: null, controls }

function looks(engine) {
  let events = 0
  for (let step = 0; step < STEPS; step++) {
    events += engine.look({ ...shared, step, metrics: records[step] }).length
  }
  return events
}

function pushes() {
  const windows = rules.map(() => createLineWindow({ keep: 210 }))
  for (let step = 0; step < STEPS; step++) {
    for (const [i, window] of windows.entries()) window.push(step, records[step][names[i]])
  }
}

/** Nanoseconds of a step, of rounds in turns: their medians. */
function inTurns(...works) {
  const rounds = works.map(() => [])
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, work] of works.entries()) {
      // Time of the processor: on a busy machine the clock measures the others.
      const start = process.cpuUsage().user
      work()
      rounds[i].push(((process.cpuUsage().user - start) * 1e3) / STEPS)
    }
  }
  return rounds.map((one) => quantile(one.slice(2), 0.5))
}

const [withRules, without, floor, push] = inTurns(
  () => looks(engineOf(rules)),
  () => looks(engineOf([])),
  () => texts.map((text) => JSON.parse(text)),
  pushes,
)
process.stdout.write(
  `${JSON.stringify({ look_ns: withRules, rule_ns: (withRules - without) / rules.length, bare_ns: without, floor_ns: floor, push_ns: push / rules.length })}\n`,
)
