import { expect, test } from 'vitest'
import { createNames, evaluate, parse, type Scope, type Value } from '../src/index.ts'

const VALUES: Readonly<Record<string, readonly number[]>> = {
  loss: [4, 3, 2, 1],
  'val/loss': [0.5, 0.4, 0.7],
  'grad.norm': [1],
  empty: [],
}

const scope: Scope = {
  value: (name) => VALUES[name]?.at(-1),
  series: (name) => {
    const values = VALUES[name]
    return (
      values && {
        last: values.at(-1),
        first: values[0],
        count: values.length,
        age: values.length === 0 ? undefined : 3,
        window: (length) => values.slice(-length),
      }
    )
  },
  control: (key) => ({ lr: 0.01, on: true, name: 'adam' })[key],
  step: 120,
  frac: 0.25,
  names: createNames('rule', [...Object.keys(VALUES), 'a/b', 'a.b']),
}

function ofRule(text: string, change: Partial<Scope> = {}): unknown {
  const program = parse(text, { dialect: 'rule' })
  if (!program.ok) return `${program.problem.code}: ${program.problem.message}`
  const given = evaluate(program.value, { ...scope, ...change })
  if (!given.ok) return `${given.problem.code}: ${given.problem.message}`
  if (given.value.type === 'unknown') return `unknown ${given.value.name}`
  return plain(given.value)
}

function plain(value: Value): unknown {
  if ('items' in value) return value.items.map(plain)
  return value.type === 'none' ? null : value.value
}

test('a name is the last value of a metric, and functions read its past', () => {
  expect(ofRule('loss')).toBe(1)
  expect(ofRule('[last(loss), first(loss), count(loss), age(loss)]')).toEqual([1, 4, 4, 3])
  expect(
    ofRule('[delta(loss, 1), delta(loss, 3), mean(loss, 2), median(loss, 4), least(loss, 3), most(loss, 3)]'),
  ).toEqual([-1, -3, 1.5, 2.5, 1, 3])
  expect(ofRule('[slope(loss, 4), std(loss, 2)]')).toEqual([-1, Math.SQRT1_2])
})

test('a window with fewer values than requested uses the values that there are', () => {
  expect([ofRule('mean(loss, 100)'), ofRule('least(`val/loss`, 10_000)')]).toEqual([2.5, 0.4])
  expect([ofRule('delta(loss, 4)'), ofRule('std(`grad.norm`, 5)'), ofRule('slope(`grad.norm`, 5)')]).toEqual([
    'unknown loss',
    'unknown grad.norm',
    'unknown grad.norm',
  ])
})

test('a bare name finds the only metric that it can mean', () => {
  expect([ofRule('val_loss'), ofRule('grad_norm'), ofRule('mean(val_loss, 1)')]).toEqual([0.7, 1, 0.7])
  expect([ofRule('`val_loss`'), ofRule('a_b')]).toEqual(['unknown val_loss', 'unknown a_b'])
})

test('controls, the step and the completed fraction can be read', () => {
  expect([ofRule('ctl(lr)'), ofRule("ctl('name') == 'adam'"), ofRule('ctl(on)')]).toEqual([0.01, true, true])
  expect([ofRule('step // 100'), ofRule('frac > 0.2'), ofRule('ctl(missing) > 1')]).toEqual([
    1,
    true,
    'unknown missing',
  ])
  expect(ofRule('frac > 0.2', { frac: undefined })).toBe('unknown frac')
})

test('functions of values can also be written like those of Python’s math module', () => {
  expect([ofRule('math.log(1) + log(1)'), ofRule('math.sqrt(4.0)'), ofRule('exp(0)'), ofRule('abs(-3)')]).toEqual([
    0, 2, 1, 3,
  ])
  expect(ofRule('log(0)')).toBe('range: `log` takes a positive number: this is 0')
  expect(ofRule('exp(1000)')).toBe('range: the result is too large for a float')
})

test('a result that depends on a metric without a value is unknown, and other results are known', () => {
  const cases: readonly (readonly [string, unknown])[] = [
    ['none_yet > 1', 'unknown none_yet'],
    ['not (none_yet > 1)', 'unknown none_yet'],
    ['none_yet + 1', 'unknown none_yet'],
    ['last(empty) > 0', 'unknown empty'],
    ['count(none_yet) == 0', true],
    ['loss > 5 and none_yet > 1', false],
    ['none_yet > 1 and loss > 5', false],
    ['none_yet > 1 and loss > 0', 'unknown none_yet'],
    ['loss > 0 or none_yet > 1', true],
    ['none_yet > 1 or loss > 0', true],
    ['none_yet > 1 or loss > 5', 'unknown none_yet'],
    ['3 < loss < none_yet', false],
    ['none_yet < loss < 0', false],
    ['0 < loss < none_yet', 'unknown none_yet'],
    ['1 if none_yet > 1 else 2', 'unknown none_yet'],
    ['1 if loss > 0 else none_yet', 1],
    ['max(loss, none_yet)', 'unknown none_yet'],
    ['loss in (1, none_yet)', 'unknown none_yet'],
  ]
  expect(cases.map(([text]) => [text, ofRule(text)])).toEqual(cases)
})

test('a metric that is not finite has no value', () => {
  expect([ofRule('loss > 1', { value: () => Number.NaN }), ofRule('loss > 1', { value: () => Infinity })]).toEqual([
    'unknown loss',
    'unknown loss',
  ])
})

test('rules do not convert values to another kind', () => {
  expect([ofRule("loss == '1'"), ofRule('1 == true'), ofRule('1 == 1.0'), ofRule('None == 0')]).toEqual([
    false,
    false,
    true,
    false,
  ])
  expect(ofRule('loss and True')).toBe('type: `and` takes a bool: this is a number')
  expect(ofRule('not loss')).toBe('type: `not` takes a bool: this is a number')
  expect(ofRule('1 if loss else 2')).toBe('type: `if` takes a bool: this is a number')
  expect(ofRule("'a' + 'b'")).toBe('type: `+` does not take a string and a string')
  expect(ofRule("'a' * 2")).toBe('type: `*` does not take a string and a whole number')
  expect(ofRule('True + 1')).toBe('type: `+` does not take a bool and a whole number')
  expect(ofRule('-True')).toBe('type: `-` does not take a bool')
  expect(ofRule("loss < 'a'")).toBe('type: `<` does not take a number and a string')
})

test('a parameter of a sweep that has no value is a problem, and not unknown', () => {
  const program = parse('lrr > 1', { dialect: 'sweep' })
  const given = program.ok ? evaluate(program.value, { value: () => undefined }) : program
  expect(given).toEqual({ ok: false, problem: { code: 'name', message: 'no name `lrr`', start: 0, end: 3 } })
})
