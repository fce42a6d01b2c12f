import { expect, expectTypeOf, test } from 'vitest'
import { checkOptions, describeShape, type OptionKeys, optionProblem } from '../src/index.ts'

interface Options {
  readonly lookMs?: number | undefined
  readonly modules?: readonly string[]
}

const KEYS: OptionKeys<Options> = { lookMs: true, modules: true }

test.each<[unknown, string | null]>([
  [{}, null],
  [{ lookMs: 2, modules: [] }, null],
  [Object.create({ inherited: 1 }), null],
  [{ lookMS: 2 }, '`open` has no option `lookMS`: did you mean `lookMs`?'],
  [{ module: [] }, '`open` has no option `module`: did you mean `modules`?'],
  [{ colour: 1 }, '`open` has no option `colour`: choose from lookMs, modules'],
  [{ constructor: 1 }, '`open` has no option `constructor`: choose from lookMs, modules'],
  [{ toString: 1 }, '`open` has no option `toString`: choose from lookMs, modules'],
  [null, 'the options of `open` must be an object, got null'],
  [[1, 2], 'the options of `open` must be an object, got a list of 2'],
  ['dir', 'the options of `open` must be an object, got "dir"'],
  [Math.max, 'the options of `open` must be an object, got the function max'],
])('options %j: %s', (options, problem) => {
  expect(optionProblem('open', options, KEYS)).toBe(problem)
  if (problem === null) checkOptions('open', options, KEYS)
  else expect(() => checkOptions('open', options, KEYS)).toThrow(new TypeError(problem))
})

test('a shape is described in a few words, however large the value is', () => {
  expect(describeShape('x'.repeat(100))).toBe(`"${'x'.repeat(59)}…"`)
  expect(describeShape(Promise.resolve())).toBe('a promise')
  expect(describeShape(() => 1)).toBe('a function')
  expect(describeShape({ a: 1 })).toBe('an object')
  expect(describeShape(undefined)).toBe('undefined')
  expect(describeShape(-0.5)).toBe('-0.5')
  expect(describeShape(Symbol('s'))).toBe('Symbol(s)')
})

test('the compiler checks the keys against the type of the options', () => {
  expectTypeOf<OptionKeys<Options>>().toEqualTypeOf<{ readonly lookMs: true; readonly modules: true }>()
})
