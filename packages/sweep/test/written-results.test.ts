import { describe, expect, test } from 'vitest'
import { parameterImportance, sweepContour, sweepStudy } from '../src/analysis/study.ts'
import { thinCourse } from '../src/analysis/thin.ts'
import type { Parameter } from '../src/config/config.ts'
import type { SweepEvent } from '../src/journal/event.ts'
import { readResults, studyOfResults, sweepFigure } from '../src/node/analyse.ts'
import { createTrialCourses, trialMetricNames } from '../src/node/trial-courses.ts'
import { configInForce, withExecutor, withMaxConcurrent, withResources } from '../src/node/workspace.ts'
import { levelsOf } from '../src/plan/levels.ts'
import { matchesPins, readIndices, readPins } from '../src/plan/select.ts'
import { isHeld, isNeverMet } from '../src/slurm/reasons.ts'
import { bool, float, fromJson, int, isClose, isEqual, isWholeFloat, NONE, numberInText, numberOf, str, toJson } from '../src/value.ts' // biome-ignore format: one line
import { attemptIn, curve, writtenWorkspace } from './written-workspace.ts'

const YAML = `name: t
launcher: ./l.sh
parameters:
  lr: {type: continuous, low: 0.001, high: 1, scale: log, steps: 4}
  n: {type: int, low: 1, high: 4}
objective: {metric: loss, direction: min}
grid: all
`
const SIX = [0, 1, 2, 3, 4, 5].map((i) => ({ lr: 10 ** (-3 + i / 2), n: 1 + (i % 4) }))

async function trained(...more: readonly SweepEvent[]) {
  const events = [0, 1, 2, 3, 4].flatMap((i) => attemptIn(i, i === 4 ? 'failed' : 'completed', { step: 10 * i }))
  const sweep = await writtenWorkspace(YAML, SIX, ...events, ...more)
  for (const i of [0, 1, 2, 3, 4]) sweep.result(`${i}/hotcb.metrics.jsonl`, curve('loss', 9, 1, i + 2))
  return sweep
}

describe('the analysed results', () => {
  test('are those for the objective, each trial with its last value, or for the named metric', async () => {
    const sweep = await trained({ type: 'drop', trials: [3] })
    sweep.result('0.json', '{"acc": 0.5, "note": "x"}')
    const { metric, direction, trials } = readResults(sweep.workspace, {})
    expect([metric, direction]).toEqual(['loss', 'min'])
    expect(trials.map(({ record, course }) => [record.trial.i, course.value])).toEqual([[0, 2], [1, 3], [2, 4], [4, 6], [5, null]]) // biome-ignore format: pairs
    expect(trials[0]?.course).toMatchObject({ steps: [1, 2, 3], values: [9, 1, 2] })
    const acc = readResults(sweep.workspace, { metric: 'acc', direction: 'max' })
    expect([acc.metric, acc.direction, acc.trials[0]?.course.value]).toEqual(['acc', 'max', 0.5])
    expect(readResults(sweep.workspace, { metric: 'acc' }).direction).toBe('min')
    expect(readResults(sweep.workspace, { direction: 'max' }).direction).toBe('max')
    expect(readResults(sweep.workspace, { pins: ['n=1'] }).trials.map(({ record }) => record.trial.i)).toEqual([0, 4])
    expect(trialMetricNames(sweep.workspace.paths, 0)).toEqual(['loss', 'acc'])
    expect(trialMetricNames(sweep.workspace.paths, 5)).toEqual([])
  })

  test('are refused for an unknown name, and the message lists the known names', async () => {
    const { workspace } = await trained()
    const read = (choice: Parameters<typeof readResults>[1]) => () => readResults(workspace, choice)
    expect(read({ metric: 'acc' })).toThrow('no trial has reported `acc`; choose from loss')
    expect(read({ stage: 'tune' })).toThrow('there is no stage `tune`')
    expect(read({ pins: ['n=9'] })).toThrow('no trial matches n=9')
    const bare = await writtenWorkspace(YAML.replace(/objective.*\n/, ''), SIX)
    expect(() => readResults(bare.workspace, {})).toThrow(
      'the config has no `objective`; name a metric with `--metric`',
    )
    expect(() => readResults(bare.workspace, { metric: 'x' })).toThrow('no trial has reported `x`; no trial has reported any metric') // biome-ignore format: short
    const empty = await writtenWorkspace(YAML, [])
    expect(() => readResults(empty.workspace, {})).toThrow('no sweep has been started in')
  })

  test('can be turned into a study of the completed trials, and into figures', async () => {
    const sweep = await trained()
    const results = readResults(sweep.workspace, {})
    const { study, outside } = studyOfResults(results)
    expect([study.trials.map(({ number, value }) => [number, value]), study.direction, outside]).toEqual([[[0, 2], [1, 3], [2, 4], [3, 5]], 'minimize', 0]) // biome-ignore format: pairs
    const draw = (kind: Parameters<typeof sweepFigure>[2], more = {}) =>
      sweepFigure(sweep.workspace, results, kind, more)
    const pathOf = (svg: string) => svg.match(/<path d="[^"]*"/g) ?? []
    expect(pathOf(draw('curves'))).toHaveLength(5)
    expect(draw('curves', { smooth: 2 })).not.toBe(draw('curves'))
    expect(draw('curves', { smooth: 1 })).toBe(draw('curves'))
    // A line for each of the five trials, and three axes.
    expect(pathOf(draw('parallel'))).toHaveLength(8)
    expect(draw('importance')).toMatch(/lr|n/)
    expect(draw('contour')).toContain('loss over')
    expect(draw('contour', { x: 'n', y: 'lr' })).toContain('loss over n and lr')
    expect(draw('contour', { x: 'n' })).toContain('loss over n and lr')
    expect(() => draw('contour', { x: 'q' })).toThrow('there is no parameter `q`; choose from lr, n')
    expect(() => draw('rungs')).toThrow('early stopping has not judged any trial')
    expect(() => draw('lineage')).toThrow('no trial has continued from a checkpoint of another trial')
  })

  test('show the rungs at which trials were judged, but no other decisions', async () => {
    const decide = (planner: string, trial: number, verdict: string, evidence: object): SweepEvent => ({ type: 'decide', planner, key: `${planner}/${trial}`, trial, verdict, evidence: { ...evidence } }) // biome-ignore format: short
    const sweep = await trained(
      decide('sync', 0, 'promote', { step: 2, value: 1 }),
      decide('asha', 1, 'prune', { step: 2, value: 5 }),
      decide('median', 2, 'prune', { value: 5 }),
      decide('pbt', 3, 'exploit', { step: 2, value: 5 }),
      decide('stages', 4, 'take', { step: 2, value: 5 }),
      decide('sync', 77, 'prune', { step: 2, value: 5 }),
    )
    const svg = sweepFigure(sweep.workspace, readResults(sweep.workspace, {}), 'rungs')
    expect([...svg.matchAll(/<title>(trial[^<]*)/g)].map(([, tip]) => tip)).toEqual(['trial 0 at step 2: 1', 'trial 1 at step 2: 5']) // biome-ignore format: short
    expect(svg).toContain('2: 1 of 2')
  })
})

test("a trial's curve is read once when the trial has ended, and again after another attempt", async () => {
  const sweep = await trained(...attemptIn(5, 'running'))
  sweep.result('5/hotcb.metrics.jsonl', curve('loss', 4))
  const courses = createTrialCourses(sweep.workspace.paths, { metric: 'loss', direction: 'min', value: 'best' })
  const record = (i: number) => {
    const found = sweep.workspace.journal.fold.trials.get(i)
    if (found === undefined) throw new Error('must be there')
    return found
  }
  expect([0, 5].map((i) => courses.isKnown(record(i)))).toEqual([false, false])
  expect([0, 5].map((i) => courses.read(record(i)).value)).toEqual([1, 4])
  expect([0, 5].map((i) => courses.isKnown(record(i)))).toEqual([true, false])
  for (const i of [0, 5]) sweep.result(`${i}/hotcb.metrics.jsonl`, curve('loss', 4, 0.5, 0.6))
  expect([0, 5].map((i) => courses.read(record(i)).value)).toEqual([1, 0.5])
  await sweep.write(...attemptIn(0, 'completed', {}, 2))
  expect(courses.read(record(0)).value).toBe(0.5)
  const max = createTrialCourses(sweep.workspace.paths, { metric: 'loss', direction: 'max', value: 'best' })
  expect(max.read(record(0)).value).toBe(4)
  const none = await writtenWorkspace(YAML, SIX)
  const ready = none.workspace.journal.fold.trials.get(0)
  expect(ready && [courses.isKnown(ready), courses.read(ready)]).toEqual([true, { steps: [], values: [], value: null }])
})

test('a config with a different executor, limits or resources has them in every stage', async () => {
  const stages = 'stages:\n  a: {}\n  b: {after: a, take: all}\n'
  const slurm = 'slurm: {partition: p, mem: 1G, time: "1:00:00"}\ngridengine: {mem: 2G}\n'
  const { workspace } = await writtenWorkspace(`${YAML}${slurm}${stages}`, SIX)
  const config = configInForce(workspace)
  const all = (of: typeof config) => [of, ...of.stages.map((stage) => stage.config)]
  expect(all(withExecutor(config, 'slurm')).map(({ executor }) => executor)).toEqual(['slurm', 'slurm', 'slurm'])
  expect(withMaxConcurrent(config, null)).toBe(config)
  for (const one of all(withMaxConcurrent(config, 7))) {
    expect([one.local.maxConcurrent, one.slurm?.maxConcurrent, one.gridEngine?.maxConcurrent]).toEqual([7, 7, 7])
  }
  const resources = (mem: string | null, time: string | null) => all(withResources(config, { mem, time })).map(({ slurm: own }) => [own?.mem, own?.time]) // biome-ignore format: short
  expect(resources('9G', null)).toEqual(Array(3).fill(['9G', '1:00:00']))
  expect(resources(null, '2:00:00')).toEqual(Array(3).fill(['1G', '2:00:00']))
})

describe('a reduced curve', () => {
  test('is unchanged except for values that are not finite; a longer one keeps its ends and every peak', () => {
    const points = [1, null, Number.NaN, 4].map((value, step) => ({ step, value, ts: null }))
    expect(thinCourse(points, 4)).toEqual({ steps: [0, 3], values: [1, 4] })
    const long = Array.from({ length: 1000 }, (_, step) => ({ step, value: step === 500 ? 99 : step === 501 ? -99 : Math.sin(step), ts: null })) // biome-ignore format: short
    const thin = thinCourse(long, 10)
    expect(thin.steps.length).toBeLessThanOrEqual(10)
    expect([thin.steps[0], thin.steps.at(-1)]).toEqual([0, 999])
    expect(thin.steps).toEqual([...thin.steps].sort((a, b) => a - b))
    expect(thin.values).toEqual(expect.arrayContaining([99, -99]))
    const flat = thinCourse(Array.from({ length: 100 }, (_, step) => ({ step, value: 1, ts: null })), 10) // biome-ignore format: short
    expect(flat.steps).toHaveLength(6)
  })
})

describe('a study of a sweep', () => {
  const parameters: readonly Parameter[] = [
    { kind: 'continuous', name: 'lr', abbrev: 'lr', default: null, low: 0.01, high: 1, isLog: true, steps: 1 },
    { kind: 'int', name: 'n', abbrev: 'n', default: null, low: 0, high: 9, isLog: false, step: 1 },
  ]
  const trial = (i: number, lr: number, n: number, value: number) => ({ trial: { i, hash: '', name: '', params: [['lr', float(lr)], ['n', int(n)]], extras: [] } as never, value }) // biome-ignore format: short
  const rows = Array.from({ length: 12 }, (_, i) => trial(i, 0.01 * 1.4 ** i, i % 10, Math.log(0.01 * 1.4 ** i)))

  test('leaves out trials outside the ranges, and shows which parameter matters', () => {
    const all = sweepStudy({ parameters }, [...rows, trial(99, 5, 1, 0)], 'max')
    expect([all.outside, all.study.trials.length, all.study.direction]).toEqual([1, 12, 'maximize'])
    const shares = parameterImportance(all)
    expect(shares.map(({ name }) => name).sort()).toEqual(['lr', 'n'])
    expect(shares[0]?.name).toBe('lr')
  })

  test('has a contour over two parameters, given by name', () => {
    const contour = sweepContour(sweepStudy({ parameters }, rows, 'min'), 'lr', 'n', 5)
    expect([contour.x.name, contour.x.isLog, contour.y.name, contour.y.isLog]).toEqual(['lr', true, 'n', false])
    expect([contour.grid.length, contour.grid[0]?.length]).toEqual([contour.y.places.length, contour.x.places.length])
    expect(contour.points[0]).toMatchObject({ i: 0, x: 0.01, y: 0 })
    expect(() => sweepContour(sweepStudy({ parameters }, rows, 'min'), 'x', 'n')).toThrow(RangeError)
  })
})

describe('command-line words', () => {
  test('pin values of any kind to parameters of the sweep', () => {
    const read = readPins(['a=1', 'b=1e-3', 'c=true', 'd=null', 'e=x=y', 'f=', 'g=-2', 'h=false'], [...'abcdefgh'])
    expect(read).toEqual({
      ok: true,
      value: [['a', int(1)], ['b', float(0.001)], ['c', bool(true)], ['d', NONE], ['e', str('x=y')], ['f', str('')], ['g', int(-2)], ['h', bool(false)]], // biome-ignore format: pairs
    })
    expect(readPins(['a'], ['a'])).toEqual({ ok: false, message: '--pin "a" is not NAME=VALUE' })
    expect(readPins(['=1'], ['a'])).toMatchObject({ ok: false })
    expect(readPins(['b=1'], ['a', 'c'])).toEqual({ ok: false, message: '--pin "b" is not a parameter of the sweep; choose from a, c' }) // biome-ignore format: short
    const params = [['a', float(1)], ['b', str('1')], ['c', NONE], ['d', str('null')]] as const // biome-ignore format: pairs
    const matches = (name: string, value: ReturnType<typeof int> | typeof NONE) => matchesPins(params, [[name, value]])
    expect([matches('a', int(1)), matches('a', int(2)), matches('b', int(1)), matches('c', NONE), matches('d', NONE), matches('x', NONE)]).toEqual([true, false, true, true, true, false]) // biome-ignore format: short
    expect(matchesPins(params, [])).toBe(true)
  })

  test('list indices, sorted and without duplicates', () => {
    expect(readIndices('0-3,5, 7-7 ,2')).toEqual({ ok: true, value: [0, 1, 2, 3, 5, 7] })
    expect(readIndices('1,2%4')).toEqual({ ok: true, value: [1, 2] })
    for (const wrong of ['', 'a', '3-1', '1-', '-1', '12345678', '1,,2'])
      expect(readIndices(wrong)).toMatchObject({ ok: false })
  })
})

test('the levels of a grid are spread evenly over a range or its logarithm', () => {
  const one = { name: 'x', abbrev: 'x', default: null }
  const numbers = (parameter: Parameter) => levelsOf(parameter).map((value) => numberOf(value))
  expect(numbers({ ...one, kind: 'continuous', low: 0, high: 1, isLog: false, steps: 5 })).toEqual([
    0, 0.25, 0.5, 0.75, 1,
  ])
  expect(numbers({ ...one, kind: 'continuous', low: 0.001, high: 1, isLog: true, steps: 4 })).toEqual([
    0.001, 0.01, 0.1, 1,
  ])
  expect(numbers({ ...one, kind: 'continuous', low: 3, high: 9, isLog: false, steps: 1 })).toEqual([3])
  expect(numbers({ ...one, kind: 'int', low: 1, high: 8, isLog: false, step: 3 })).toEqual([1, 4, 7])
  expect(numbers({ ...one, kind: 'int', low: 1, high: 20, isLog: true, step: 1 })).toEqual([1, 2, 4, 8, 16])
  expect(numbers({ ...one, kind: 'int', low: 2, high: 20, isLog: true, step: 5 })).toEqual([2, 7, 14])
  expect(levelsOf({ ...one, kind: 'normal', mean: 0, sd: 1 })).toEqual([])
})

test("some of SLURM's reasons never go away with time, and some need a person to release the task", () => {
  const never = ['AccountNotAllowed', 'BadConstraints', 'DependencyNeverSatisfied', 'InvalidAccount', 'InvalidQOS', 'PartitionConfig', 'PartitionNodeLimit', 'PartitionTimeLimit', 'QOSNotAllowed'] // biome-ignore format: names
  expect(never.every(isNeverMet)).toBe(true)
  expect([isNeverMet('Resources'), isNeverMet('Priority')]).toEqual([false, false])
  expect(['JobHeldUser', 'JobHeldAdmin', 'launch failed requeued held state', 'xJobHeld', 'Priority'].map(isHeld)).toEqual([true, true, true, false, false]) // biome-ignore format: short
})

describe('a value', () => {
  test('is converted to JSON and back; a whole float must be marked as one', () => {
    const values = [NONE, int(1), float(0.5), str('a'), bool(false), { type: 'list', items: [int(1), NONE] }] as const
    expect(values.map((value) => fromJson(toJson(value)))).toEqual(values)
    expect([fromJson(1, true), fromJson(undefined), fromJson(2 ** 60), fromJson({ a: 1 })]).toEqual([float(1), NONE, float(2 ** 60), str('{"a":1}')]) // biome-ignore format: short
    expect([float(1), float(1.5), int(1), float(2 ** 60)].map(isWholeFloat)).toEqual([true, false, false, false])
    expect([int(2), float(0.5), bool(true), bool(false), str('1'), NONE].map(numberOf)).toEqual([2, 0.5, 1, 0, undefined, undefined]) // biome-ignore format: short
  })

  test('equals another value as in Python, and numbers within a relative difference of 1e-9', () => {
    expect([isClose(1, 1 + 1e-10), isClose(1, 1 + 1e-8), isClose(1e12, 1e12 + 1), isClose(0, 1e-12), isClose(-5, -5)]).toEqual([true, false, true, false, true]) // biome-ignore format: short
    const list = (...items: readonly ReturnType<typeof int>[]) => ({ type: 'list', items }) as const
    const pairs = [[int(1), float(1)], [int(1), bool(true)], [str('a'), str('a')], [NONE, NONE], [list(int(1)), list(int(1))]] as const // biome-ignore format: pairs
    expect(pairs.map(([a, b]) => isEqual(a, b))).toEqual([true, true, true, true, true])
    const others = [[int(1), str('1')], [str('a'), str('b')], [NONE, str('')], [list(int(1)), list(int(2))], [list(int(1)), list()], [list(), NONE]] as const // biome-ignore format: pairs
    expect(others.map(([a, b]) => isEqual(a, b))).toEqual([false, false, false, false, false, false])
  })

  test('is read from text that looks like a number', () => {
    expect(['1', '-2', '+3', '-0'].map(numberInText)).toEqual([int(1), int(-2), int(3), int(0)])
    expect(['1.5', '.5', '1.', '1e3', '-1E-3', '1_000.5'].map(numberInText)).toEqual([1.5, 0.5, 1, 1000, -0.001, 1000.5].map(float)) // biome-ignore format: short
    expect(['', 'a', '1e', 'e5', '1e999', '0x10', '1 2', '.'].map(numberInText)).toEqual(Array(8).fill(undefined))
    expect(numberInText('12345678901234567890')).toEqual(float(Number('12345678901234567890')))
  })
})
