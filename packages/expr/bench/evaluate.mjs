// Measures parsing and evaluating a rule, next to JSON.parse of a text of equal length and the same rule written in JavaScript.
// Prints one JSON object.
import { evaluate, parse } from '@hotcb/expr'
import { quantile } from '../../kernel/bench/measure.mjs'

const TEXT = '`val/loss` > 1.2 * least(`val/loss`, 20) and frac > 0.3 and not ctl(lr) < 1e-6'
const CALLS = 20_000
const ROUNDS = 60

const values = Float64Array.from({ length: 20 }, (_, i) => 1 - i / 100)
const series = { last: 0.81, first: 1, count: 20, age: 0, window: () => values }
const scope = {
  value: (name) => (name === 'val/loss' ? 0.81 : undefined),
  series: () => series,
  control: (key) => (key === 'lr' ? 0.01 : undefined),
  step: 500,
  frac: 0.5,
}

function byHand() {
  let least = Infinity
  const window = scope.series('val/loss').window(20)
  for (let i = 0; i < window.length; i++) least = Math.min(least, window[i])
  return scope.value('val/loss') > 1.2 * least && scope.frac > 0.3 && !(scope.control('lr') < 1e-6)
}

/** Returns the median nanoseconds per call of each work. The works take turns, round by round. */
function inTurns(...works) {
  const rounds = works.map(() => [])
  let kept = 0
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, work] of works.entries()) {
      const start = performance.now()
      for (let call = 0; call < CALLS; call++) kept += work() ? 1 : 0
      rounds[i].push(((performance.now() - start) * 1e6) / CALLS)
    }
  }
  if (kept < 0) throw new Error('nothing was computed')
  return rounds.map((one) => quantile(one, 0.5))
}

const read = parse(TEXT, { dialect: 'rule' })
// The first comparison is false: a loss that falls. `or` makes all of it be evaluated.
const whole = parse(TEXT.replace(' and frac', ' or frac'), { dialect: 'rule' })
if (!read.ok || !whole.ok) throw new Error('the rule cannot be parsed')
const json = JSON.stringify(TEXT.split(' '))
const [ns, byHandNs, parsing, floor] = inTurns(
  () => evaluate(whole.value, scope).ok,
  byHand,
  () => parse(TEXT, { dialect: 'rule' }).ok,
  () => JSON.parse(json).length,
)
process.stdout.write(`${JSON.stringify({ ns, floor_ns: floor, by_hand_ns: byHandNs, parse_ns: parsing })}\n`)
