import { beforeEach, describe, expect, test } from 'vitest'
import { createSafePointCheck, envProblem, type SafePointCheck } from '../src/index.ts'

let noted: string[] = []
let check: SafePointCheck
beforeEach(() => {
  noted = []
  check = createSafePointCheck(
    (problem) => {
      throw new Error(problem)
    },
    (message) => noted.push(message),
  )
})

describe('right arguments', () => {
  test.each([
    [{ step: 0 }, undefined],
    [{ step: 5, epoch: 1 }, []],
    [{ step: Number.MAX_SAFE_INTEGER }, ['val_end', '']],
  ])('%j with %j', (env, events) => {
    expect(check.isRight(env, events)).toBe(true)
  })
})

describe('wrong arguments', () => {
  test.each<[unknown, unknown]>([
    [{ step: -1 }, undefined],
    [{ step: 0.5 }, undefined],
    [{ step: '1' }, undefined],
    [{ step: 2 ** 53 }, undefined],
    [{}, undefined],
    [null, undefined],
    [3, undefined],
    [undefined, undefined],
    [{ step: 1 }, 'val_end'],
    [{ step: 1 }, ['a', 1]],
    [{ step: 1 }, null],
    [{ step: 1 }, { length: 0 }],
  ])('%j with %j', (env, events) => {
    expect(check.isRight(env, events)).toBe(false)
  })

  test.each<[unknown, string]>([
    [undefined, '`apply` must be given the step just trained, such as `apply({ step: 0 })`, got undefined'],
    [{}, '`apply` must be given the step just trained, such as `apply({ step: 0 })`, got an object without `step`'],
    [{ step: -1 }, 'the step of `apply` must be a whole number >= 0, got -1'],
    [{ step: 'x' }, 'the step of `apply` must be a whole number >= 0, got "x"'],
  ])('fail at the first safe point: %j', (env, problem) => {
    expect(() => check.corrected(env, undefined)).toThrow(problem)
    expect(noted).toEqual([])
  })
})

test('later a call without a step counts as another one of the last step, and is logged once', () => {
  check.isRight({ step: 7 }, undefined)
  expect(check.corrected({ epoch: 2 }, undefined)).toEqual([{ step: 7, epoch: 2 }, undefined])
  expect(check.corrected(null, undefined)).toEqual([{ step: 7 }, undefined])
  expect(noted).toHaveLength(1)
  expect(noted[0]).toMatch(/got an object without `step`; such a call counts as another call in the previous step$/)
})

test('later a corrected safe point is the last step of the next one', () => {
  check.isRight({ step: 1 }, undefined)
  check.corrected({ step: 4 }, 'val_end')
  expect(check.corrected(undefined, undefined)).toEqual([{ step: 4 }, undefined])
})

test('later text counts as one event, and anything that is not text is left out; each is logged once', () => {
  check.isRight({ step: 1 }, undefined)
  expect(check.corrected({ step: 2 }, 'val_end')[1]).toEqual(['val_end'])
  expect(check.corrected({ step: 3 }, ['a', 1, 'b'])[1]).toEqual(['a', 'b'])
  expect(check.corrected({ step: 4 }, 5)[1]).toEqual([])
  expect(noted).toEqual([
    'the events of `apply` must be a list of names, got "val_end": write `["val_end"]`; text counts as one event, and anything that is not text is left out',
  ])
})

test('getters of the env stay unread', () => {
  check.isRight({ step: 1 }, undefined)
  let reads = 0
  const env = {
    get loss() {
      reads++
      return 1
    },
  }
  const [place] = check.corrected(env, undefined)
  expect(reads).toBe(0)
  expect(place).toMatchObject({ step: 1, loss: 1 })
})

test('a call that needs the next step states which one', () => {
  expect(envProblem({ step: 1 }, 'before', 'to train next')).toBeNull()
  expect(envProblem({ step: -1 }, 'before', 'to train next')).toBe(
    'the step of `before` must be a whole number >= 0, got -1',
  )
  expect(envProblem({}, 'before', 'to train next')).toBe(
    '`before` must be given the step to train next, such as `before({ step: 0 })`, got an object without `step`',
  )
})
