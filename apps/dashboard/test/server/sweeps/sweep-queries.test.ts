import { expect, onTestFinished, test } from 'vitest'
import { attemptIn, curve, writtenWorkspace } from '../../../../../packages/sweep/test/written-workspace.ts'
import { type OpenSweep, openSweep } from '../../../src/server/sweeps/open-sweep.ts'
import { contourOf, curvesOf, decisionsOf, importanceOf, lineageOf } from '../../../src/server/sweeps/sweep-queries.ts'

const YAML = `name: grid
launcher: ./l.sh
parameters:
  x: {type: int, low: 1, high: 4}
  kind: {type: discrete, values: [a, b]}
objective: {metric: loss, direction: min}
grid: all
`
type SweepEvents = ReturnType<typeof attemptIn>

const TRIALS = [1, 2, 3, 4].flatMap((x) => ['a', 'b'].map((kind) => ({ x, kind })))
const EVERY = TRIALS.map((_, i) => i)
const FINISHED = EVERY.flatMap((i) => attemptIn(i, i === 7 ? 'failed' : 'completed'))

async function written(yaml = YAML, events = FINISHED): Promise<OpenSweep & { readonly root: string }> {
  const made = await writtenWorkspace(yaml, TRIALS, ...events)
  for (const [i, { x }] of TRIALS.entries()) made.result(`${i}/hotcb.metrics.jsonl`, curve('loss', 9, 1.23456789 * x))
  const sweep = openSweep(made.root)
  onTestFinished(() => sweep.close())
  return { ...sweep, root: made.root }
}

test('the curves of trials are thinned to the number of points, and always end with the last one', async () => {
  const made = await writtenWorkspace(YAML, TRIALS, ...FINISHED)
  made.result('1/hotcb.metrics.jsonl', curve('loss', 1, 2, 3, 4, 5, 6, 7, 8))
  made.result('2/hotcb.metrics.jsonl', curve('loss', 1.23456789))
  const sweep = openSweep(made.root)
  onTestFinished(() => sweep.close())
  expect(curvesOf(sweep, 'loss', [2, 1, 0, 99], 200)).toEqual({
    curves: [
      { i: 2, steps: [1], values: [1.23457] },
      { i: 1, steps: [1, 2, 3, 4, 5, 6, 7, 8], values: [1, 2, 3, 4, 5, 6, 7, 8] },
    ],
  })
  const thin = (points: number) => curvesOf(sweep, 'loss', [1], points).curves[0]?.steps
  expect([thin(8), thin(7), thin(4), thin(3), thin(2)]).toEqual([
    [1, 2, 3, 4, 5, 6, 7, 8],
    [1, 3, 5, 7, 8],
    [1, 3, 5, 7, 8],
    [1, 4, 7, 8],
    [1, 5, 8],
  ])
  expect(curvesOf(sweep, 'loss', [1], 3).curves[0]?.values).toEqual([1, 4, 7, 8])
  expect(curvesOf(sweep, null, [1], 3)).toEqual({ curves: [] })
})

test('decisions are columns; evidence that is not a number is null', async () => {
  const decide = { type: 'decide', planner: 'asha' } as const
  const sweep = await written(YAML, [
    {
      ...decide,
      key: 'a',
      trial: 1,
      verdict: 'promote',
      evidence: { step: 3, value: 0.123456789, ahead: 0, cohort: 5 },
    },
    { ...decide, key: 'b', trial: 2, verdict: 'prune', evidence: { step: '3', value: null } },
  ])
  expect(decisionsOf(sweep, 0)).toEqual({
    count: 2,
    trial: [1, 2],
    planner: ['asha', 'asha'],
    verdict: ['promote', 'prune'],
    step: [3, null],
    value: [0.123457, null],
    ahead: [0, null],
    cohort: [5, null],
  })
  expect(decisionsOf(sweep, 1)).toMatchObject({ count: 2, trial: [2], verdict: ['prune'], step: [null] })
  expect(decisionsOf(sweep, 2)).toMatchObject({ count: 2, trial: [] })
  expect(lineageOf(sweep)).toEqual({ steps: [] })
})

test('the lineage of a population has cells as values', async () => {
  const evidence = { tag: 'p', seq: 7, as: 'from-0', cid: 'c', from: 0, set: {}, step: 20, donor_step: 18 }
  const decide = { type: 'decide', planner: 'pbt', verdict: 'exploit', key: 'k', trial: 3 } as const
  const sweep = await written(YAML, [{ ...decide, evidence: { ...evidence, params: { x: 2, kind: 'b' } } }])
  expect(lineageOf(sweep)).toEqual({
    steps: [{ trial: 3, step: 20, from: 0, donor_step: 18, params: { x: 2, kind: 'b' }, outcome: null }],
  })
})

test('the importance of parameters comes from completed trials that have a value', async () => {
  const sweep = await written()
  const all = importanceOf(sweep, { metric: 'loss', stage: null, trials: null })
  expect(all.trials).toBe(7)
  // These are too few trials to attribute any variance to a parameter.
  expect(all.importance).toEqual([
    { name: 'x', share: 0 },
    { name: 'kind', share: 0 },
  ])
  expect(importanceOf(sweep, { metric: 'loss', stage: null, trials: [0, 3, 7, 99] }).trials).toBe(2)
  expect(importanceOf(sweep, { metric: 'acc', stage: null, trials: null }).trials).toBe(0)
  expect(importanceOf(sweep, { metric: null, stage: null, trials: null })).toEqual({ importance: [], trials: 0 })
})

test('a contour has axes, a grid with short values, and the trials as points', async () => {
  const sweep = await written()
  const contour = contourOf(sweep, { metric: 'loss', stage: null, trials: null, x: 'x', y: 'kind' })
  expect([contour.x, contour.y]).toEqual([
    { name: 'x', places: [1, 2, 3, 4], log: false },
    { name: 'kind', places: ['a', 'b'], log: false },
  ])
  expect(contour.grid.map((row) => row.length)).toEqual([4, 4])
  for (const value of contour.grid.flat()) expect(value).toBe(Number(value?.toPrecision(6)))
  expect(contour.points).toHaveLength(7)
  expect(contour.points[3]).toEqual({ i: 3, x: 2, y: 'b', value: 1.23456789 * 2 })
  const none = contourOf(sweep, { metric: null, stage: null, trials: null, x: 'x', y: 'kind' })
  expect(none.points).toEqual([])
  expect(() => contourOf(sweep, { metric: 'loss', stage: null, trials: null, x: 'x', y: 'z' })).toThrow(
    new RangeError('there is no parameter `z`; choose from x, kind'),
  )
})

test('a plot shows at most a thousand points', async () => {
  const many = Array.from({ length: 1001 }, (_, i) => ({ x: 1 + (i % 4), kind: 'a' }))
  const made = await writtenWorkspace(YAML, many, ...rows(many.length))
  const sweep = openSweep(made.root)
  onTestFinished(() => sweep.close())
  const valued = { ...sweep, courses: () => ({ metric: 'loss', isKnown: () => true, read: () => ({ steps: [], values: [], value: 1 }) }) } // biome-ignore format: one line
  const { points } = contourOf(valued, { metric: 'loss', stage: null, trials: null, x: 'x', y: 'kind' })
  expect(points).toHaveLength(1000)
})

/** Completed attempts of trials, in one submission. */
function rows(count: number): SweepEvents {
  const all = Array.from({ length: count }, (_, i) => i)
  return [
    { type: 'intent', sid: 's', executor: 'local', attempts: all.map((i) => [i, 1] as const) },
    { type: 'sent', sid: 's', job: '1' },
    { type: 'seen', rows: all.map((i) => [i, 1, 0, 'completed', {}] as const) },
  ]
}

test('in a sweep with stages, the first stage is analysed unless another one is named', async () => {
  const stages = 'stages:\n  one:\n  two:\n    after: one\n    take: all\n    grid: all\n    parameters:\n      wd: {type: int, low: 1, high: 2}\n' // biome-ignore format: a file
  const made = await writtenWorkspace(`${YAML}${stages}`, [])
  const trial = (i: number, stage: string, params: object) => ({ i, hash: `h${i}`, params: { ...params }, extras: {}, name: `t${i}`, stage }) // biome-ignore format: one line
  await made.write(
    { type: 'plan', trials: [trial(0, 'one', { x: 1, kind: 'a' }), trial(1, 'one', { x: 2, kind: 'b' }), { ...trial(2, 'two', { wd: 1 }), parent: 0 }] }, // biome-ignore format: one line
    ...[0, 1, 2].flatMap((i) => attemptIn(i, 'completed')),
  )
  for (const i of [0, 1, 2]) made.result(`${i}.json`, `{"loss": ${i}}`)
  const sweep = openSweep(made.root)
  onTestFinished(() => sweep.close())
  const asked = { metric: 'loss', trials: null }
  const names = (stage: string | null) => {
    const { importance, trials } = importanceOf(sweep, { ...asked, stage })
    return [trials, ...importance.map(({ name }) => name).sort()]
  }
  expect([names(null), names('one'), names('two')]).toEqual([
    [2, 'kind', 'x'],
    [2, 'kind', 'x'],
    [1, 'wd'],
  ])
})
