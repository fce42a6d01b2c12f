import { expect, test } from 'vitest'
import type { DemoOptions } from '../src/index.ts'
import { formatConfig, readConfig } from '../src/run/config-text.ts'
import { CONFIGS, checkDemoOptions, isDemoConfig } from '../src/run/demo-options.ts'

const problemOf = (options: object): string | null => {
  try {
    // The test passes invalid values on purpose.
    checkDemoOptions(options as DemoOptions)
    return null
  } catch (error) {
    expect(error).toMatchObject({ name: 'DemoError', code: 'bad-option' })
    return (error as Error).message
  }
}

test.each<[object, string]>([
  [{ maxSteps: 0 }, '`maxSteps` must be a whole number >= 1, got 0'],
  [{ maxSteps: 1.5 }, '`maxSteps` must be a whole number >= 1, got 1.5'],
  [{ seed: -1 }, '`seed` must be a whole number >= 0, got -1'],
  [{ checkpointEvery: 0 }, '`checkpointEvery` must be a whole number >= 1, got 0'],
  [{ ranks: 0 }, '`ranks` must be a whole number >= 1, got 0'],
  [{ ranks: 5 }, '`ranks` must be one of 1, 2, 4, 8, 16, 32, which divide the batch of 32 images, got 5'],
  [{ maxTimeSeconds: 0 }, '`maxTimeSeconds` must be a number of seconds > 0, got 0'],
  [{ maxTimeSeconds: Number.NaN }, '`maxTimeSeconds` must be a number of seconds > 0, got NaN'],
  [{ stepDelaySeconds: -0.1 }, '`stepDelaySeconds` must be a number of seconds >= 0, got -0.1'],
  [{ tune: 'on' }, '`tune` must be off, observe, suggest, active, got on'],
  [{ config: 'cifar' }, '`config` must be digits, simple, digits-cosine, digits-adam, multitask, finetune, got cifar'],
  [{ takeOver: true }, '`takeOver` needs `continue`'],
  [{ golden: true, config: 'digits' }, '`config` must be multitask with `golden`, got digits'],
  [{ golden: true, continue: true }, '`golden` is only valid for a new run: a continued run keeps its recipe'],
  [{ golden: true, ranks: 2 }, '`ranks` must be 1 for multitask, got 2'],
  [{ config: 'multitask', ranks: 2 }, '`ranks` must be 1 for multitask, got 2'],
  [{ config: 'finetune', ranks: 4 }, '`ranks` must be 1 for finetune, got 4'],
])('%o is refused with a description of valid values', (options, problem) => {
  expect(problemOf(options)).toBe(problem)
})

test.each<object>([
  {},
  { maxSteps: 1, seed: 0, checkpointEvery: 1, ranks: 1, maxTimeSeconds: 0.001, stepDelaySeconds: 0 },
  { ranks: 32 },
  { ranks: 2, config: 'digits-cosine' },
  { golden: true, config: 'multitask' },
  { golden: true, ranks: 1 },
  { config: 'finetune', ranks: 1 },
  { takeOver: true, continue: true },
  { takeOver: false },
])('%o is accepted', (options) => {
  expect(problemOf(options)).toBeNull()
})

test('a config is recognized only by its exact name', () => {
  expect(CONFIGS.every(isDemoConfig)).toBe(true)
  expect(['', 'digit', 'Digits', 'digits '].some(isDemoConfig)).toBe(false)
})

const PLAIN = { config: 'digits', checkpointEvery: null, newFrom: null } as const

test.each([
  [PLAIN, 'digits'],
  [{ ...PLAIN, checkpointEvery: 50 }, 'digits checkpoint_every=50'],
  [{ config: 'finetune', checkpointEvery: 1, newFrom: 0 }, 'finetune checkpoint_every=1 new_from=0'],
] as const)('the config %o is recorded as one line of text, and read back', (config, text) => {
  expect(formatConfig(config)).toBe(text)
  expect(readConfig(text)).toEqual(config)
})

test.each([
  '',
  'cifar',
  'digits checkpoint_every=0',
  'digits checkpoint_every=-1',
  'digits checkpoint_every=',
  'digits checkpoint_every',
  'digits checkpoint_every=x',
  'digits checkpoint_every=1.5',
  'finetune new_from=-1',
  'finetune new_from=',
  'digits speed=3',
])('the text "%s" is from another program', (text) => {
  expect(readConfig(text)).toBeNull()
})
