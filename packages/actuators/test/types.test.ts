import type { Json } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import {
  type Actuator,
  boolActuator,
  choiceActuator,
  createMutableState,
  floatActuator,
  intActuator,
  logFloatActuator,
  tupleActuator,
} from '../src/index.ts'
import { holder, refusal, set } from './support.ts'

/** The result of setting a value: the new value of the control, or the error. */
function tried(make: () => { actuator: Actuator; held: { value: Json } }, value: Json): unknown {
  const { actuator, held } = make()
  const outcome = set(createMutableState([actuator]), { [actuator.key]: value })
  return outcome.ok ? { held: held.value, payload: outcome.payload } : outcome.error
}

const flag = () => {
  const held = holder<boolean>(false)
  return { held, actuator: boolActuator({ key: 'flag', ...held }) }
}
const workers = () => {
  const held = holder<number>(4)
  return { held, actuator: intActuator({ key: 'workers', min: 1, max: 16, ...held }) }
}
const dropout = () => {
  const held = holder<number>(0.5)
  return { held, actuator: floatActuator({ key: 'dropout', min: 0, max: 1, ...held }) }
}
const temperature = () => {
  const held = holder<number>(1)
  return { held, actuator: logFloatActuator({ key: 'temperature', ...held }) }
}
const sampler = () => {
  const held = holder<Json>('uniform')
  return { held, actuator: choiceActuator({ key: 'sampler', choices: ['uniform', 'hard', 2, [1, 2]], ...held }) }
}
const mix = () => {
  const held = holder<readonly number[]>([0.5, 0.5])
  return { held, actuator: tupleActuator({ key: 'mix', min: 0, max: 1, ...held }) }
}

test('a bool accepts true and false, but no text, number or null', () => {
  expect(tried(flag, true)).toEqual({ held: true, payload: { flag: true } })
  expect(tried(flag, 'true')).toBe('`flag` must be true or false, got "true"')
  expect(tried(flag, 1)).toBe('`flag` must be true or false, got 1')
})

test('an int accepts whole numbers within its bounds, also as text', () => {
  expect(tried(workers, 16)).toEqual({ held: 16, payload: { workers: 16 } })
  expect(tried(workers, '8')).toEqual({ held: 8, payload: { workers: 8 } })
  expect(tried(workers, 2.5)).toBe('`workers` must be a whole number, got 2.5')
  expect(tried(workers, 17)).toBe('`workers` must be between 1 and 16, got 17')
  expect(tried(workers, true)).toBe('`workers` must be a whole number, got true')
  expect(tried(workers, 2 ** 53)).toBe(
    '`workers` must be a whole number between -9007199254740991 and 9007199254740991, got 9007199254740992',
  )
})

test('a float accepts its bounds and nothing beyond them', () => {
  expect(tried(dropout, 0)).toEqual({ held: 0, payload: { dropout: 0 } })
  expect(tried(dropout, 1)).toEqual({ held: 1, payload: { dropout: 1 } })
  expect(tried(dropout, 1.0000001)).toBe('`dropout` must be between 0 and 1, got 1.0000001')
  expect(tried(dropout, -1e-9)).toBe('`dropout` must be between 0 and 1, got -1e-9')
})

test('numeric text of every notation is converted, other text is refused', () => {
  for (const [text, number] of [
    ['1e-4', 1e-4],
    [' .5 ', 0.5],
    ['+1', 1],
    ['3E-2', 0.03],
  ] as const) {
    expect(tried(dropout, text)).toEqual({ held: number, payload: { dropout: number } })
  }
  for (const text of ['', 'half', '0x1', '1_0', 'NaN', 'Infinity']) {
    expect(tried(dropout, text)).toBe(`\`dropout\` must be a number, got ${JSON.stringify(text)}`)
  }
  expect(tried(dropout, '1e999')).toBe('`dropout` must be a finite number, got "1e999"')
})

test('NaN and the infinities are refused, bounded or not', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    for (const make of [dropout, temperature]) {
      expect(tried(make, value)).toBe(`\`${make().actuator.key}\` must be a finite number, got ${value}`)
    }
    expect(tried(mix, [0.5, value])).toBe(`\`mix[1]\` must be a finite number, got ${value}`)
  }
})

test('minus zero is written as zero, since JSON has no minus zero', () => {
  const { held, actuator } = dropout()
  const outcome = set(createMutableState([actuator]), { dropout: -0, other: null })
  expect([held.value, outcome.ok && outcome.payload]).toEqual([0, { dropout: 0 }])
  expect(Object.is(held.value, 0)).toBe(true)
})

test('a log_float accepts numbers greater than 0', () => {
  expect(tried(temperature, 1e-300)).toEqual({ held: 1e-300, payload: { temperature: 1e-300 } })
  expect(tried(temperature, 0)).toBe('`temperature` must be greater than 0, got 0')
  expect(tried(temperature, -1)).toBe('`temperature` must be greater than 0, got -1')
})

test('a choice accepts one of its values, including lists', () => {
  expect(tried(sampler, 'hard')).toEqual({ held: 'hard', payload: { sampler: 'hard' } })
  expect(tried(sampler, [1, 2])).toEqual({ held: [1, 2], payload: { sampler: [1, 2] } })
  expect(tried(sampler, '2')).toBe('`sampler` must be one of "uniform", "hard", 2, [1,2], got "2"')
})

test('a tuple accepts as many numbers as it has, each within the bounds', () => {
  expect(tried(mix, [1, '0'])).toEqual({ held: [1, 0], payload: { mix: [1, 0] } })
  expect(tried(mix, [1])).toBe('`mix` must be a list of 2 numbers, got [1]')
  expect(tried(mix, 0.5)).toBe('`mix` must be a list of 2 numbers, got 0.5')
  expect(tried(mix, [0, 2])).toBe('`mix[1]` must be between 0 and 1, got 2')
})

test('a one-sided bound is reported as such', () => {
  const least = floatActuator({ key: 'x', min: 2, ...holder<number>(3) })
  const most = floatActuator({ key: 'x', max: 2, ...holder<number>(1) })
  expect(refusal(set(createMutableState([least]), { x: 1 }))).toBe('`x` must be at least 2, got 1')
  expect(refusal(set(createMutableState([most]), { x: 3 }))).toBe('`x` must be at most 2, got 3')
})

test('a value out of bounds at registration can be restored, but no other value out of bounds can be set', () => {
  const held = holder<number>(5)
  const state = createMutableState([floatActuator({ key: 'x', max: 1, ...held })])
  expect(set(state, { x: 0.5 })).toEqual({ ok: true, payload: { x: 0.5 }, old: { x: 5 } })
  expect(refusal(set(state, { x: 4 }))).toBe('`x` must be at most 1, got 4')
  expect(set(state, { x: 5 })).toEqual({ ok: true, payload: { x: 5 }, old: { x: 0.5 } })
  expect(held.value).toBe(5)
})

test('wrong registrations are refused immediately', () => {
  const float = (key: string) => floatActuator({ key, ...holder<number>(1) })
  expect(() => createMutableState([float('a')], [float('a')])).toThrow(
    new RangeError('two controls have the key `a`: keys must differ'),
  )
  for (const word of ['group', 'groups', 'key', 'value', 'scheduler_drop', 'ramps.x']) {
    expect(() => createMutableState([float(word)])).toThrow(
      new RangeError(`a control cannot be called \`${word}\`: commands use that name`),
    )
  }
  expect(() => floatActuator({ key: 'a', min: 2, max: 1, ...holder<number>(1) })).toThrow(
    new RangeError('`min` must not be above `max`, got min 2 and max 1'),
  )
  expect(() => choiceActuator({ key: 'a', choices: [], ...holder<Json>('x') })).toThrow(
    new RangeError('`a` needs at least one choice, got none'),
  )
  expect(() => choiceActuator({ key: 'a', choices: ['x', null], ...holder<Json>('x') })).toThrow(
    new RangeError('`a` cannot have null as a choice'),
  )
  expect(() => createMutableState([floatActuator({ key: 'a', ...holder<number>(Number.NaN) })])).toThrow(
    new TypeError('`a` must have an initial value of type float, got NaN'),
  )
})
