import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { branch, choice, createStudy, float, int, randomSampler, type Study } from '../src/index.ts'
import { fromOptuna, toOptuna } from '../src/optuna.ts'
import { plotScale } from '../src/plot/svg.ts'
import * as plots from '../src/plot.ts'
import { searched, space } from './searched.ts'

// Written by Optuna 5.0.0: two studies, with parameters of all kinds, a pruned, a failed, an infinite and a waiting trial.
const JOURNAL = readFileSync(new URL('./fixtures/optuna-journal.log', import.meta.url), 'utf8')

test('an Optuna journal becomes a study: kinds, states, reports, attributes and times', () => {
  const { document, skipped } = fromOptuna(JOURNAL, { name: 'demo' })
  expect(document.direction).toBe('maximize')
  expect(document.space).toEqual({
    lr: float(1e-5, 1, { log: true }),
    n: int(1, 8),
    s: float(0, 1, { step: 0.25 }),
    c: choice(['a', null, 3, true]),
    only_a: branch({ absent: {}, present: { value: float(0, 1) } }),
  })
  expect(skipped).toEqual([{ number: 7, why: 'it is waiting' }])
  const study = createStudy({ space: document.space, direction: 'maximize', sampler: randomSampler() })
  study.import(document)
  expect(study.trials.map(({ state }) => state)).toEqual([
    'complete',
    'complete',
    'pruned',
    'failed',
    'complete',
    'complete',
    'running',
  ])
  expect(study.best).toMatchObject({ number: 4, value: Infinity })
  expect(study.trials[0]).toMatchObject({
    params: { lr: 0.0012164941464151843, n: 6, s: 0, c: 'a', only_a: { kind: 'present', value: 0.34556072704304774 } },
    value: 6.001216494146415,
    userAttrs: { k: [1, 2] },
    reports: [
      { step: 1, value: 0.5 },
      { step: 2, value: Number.NaN },
    ],
  })
  expect(study.trials[1]?.params).toMatchObject({ c: 3, only_a: { kind: 'absent' } })
  expect((study.trials[0]?.endedMs ?? 0) - (study.trials[0]?.startedMs ?? 0)).toBeGreaterThanOrEqual(0)
  // The running trial has no parameters yet.
  expect(study.misfits.map(({ number }) => number)).toEqual([6])
})

test('the JSON of an Optuna study gives the same result as its journal', () => {
  const json = readFileSync(new URL('./fixtures/optuna-study.json', import.meta.url), 'utf8')
  const plain = (text: string, name?: string) => {
    const { document } = fromOptuna(text, name === undefined ? {} : { name })
    return {
      ...document,
      trials: document.trials.map(({ startedMs: _s, endedMs: _e, heartbeatMs: _h, ...trial }) => trial),
    }
  }
  expect(plain(json)).toEqual(plain(JOURNAL, 'demo'))
})

test('several objectives are imported, and one of two studies must be selected', () => {
  const { document } = fromOptuna(JOURNAL, { name: 'multi' })
  expect([document.directions, document.trials[0]?.values]).toEqual([
    ['minimize', 'maximize'],
    [0.6086142279859746, 1],
  ])
  expect(() => fromOptuna(JOURNAL)).toThrow(
    'the journal contains the studies demo, multi: pass the name of one, got undefined',
  )
  expect(() => fromOptuna('hello\n')).toThrow('the text contains no Optuna study')
  // A line that was truncated by a kill is skipped.
  expect(fromOptuna(`${JOURNAL}{"op_code":6,"tri`, { name: 'multi' }).document.trials.length).toBe(1)
})

test('a study is converted to an Optuna journal and back, including its branches', () => {
  const study = searched()
  const { document } = fromOptuna(toOptuna(study.toJSON()))
  expect(document.space).toMatchObject({ lr: space['lr'], n: space['n'], c: space['c'], head: space['head'] })
  expect(document.trials.length).toBe(41)
  for (const [i, trial] of document.trials.entries()) {
    const { params, value, state, reports } = study.trials[i] as (typeof study.trials)[0]
    expect(trial.params).toEqual(params)
    expect([trial.state, trial.value, trial.reports?.length]).toEqual([
      state,
      value === Infinity ? 'Infinity' : value,
      reports.length || undefined,
    ])
  }
  expect(document.trials[8]?.constraints).toEqual([1, -1])
  expect(document.trials[3]?.userAttrs).toEqual({ i: 3 })
})

test('the plots of any study are complete drawings with a mark for each trial', () => {
  const study = searched()
  const several = createStudy({ space, directions: ['minimize', 'maximize'], sampler: randomSampler() })
  for (let i = 0; i < 10; i++) several.tell(several.ask(), [i, (i * 3) % 7])
  let now = 0
  const timed = createStudy({ space, sampler: randomSampler(), clock: () => (now += 500) })
  for (let i = 0; i < 5; i++) timed.tell(timed.ask(), i)
  const empty = createStudy({ space, sampler: randomSampler() })
  const drawings = (of: Study<typeof space>) => [
    plots.plotHistory(of),
    plots.plotSlice(of, 'lr'),
    plots.plotSlice(of, 'c'),
    plots.plotContour(of, 'lr', 'head'),
    plots.plotRank(of, 'head.mlp.width', 'n'),
    plots.plotParallelCoordinate(of),
    plots.plotParamImportances(of),
    plots.plotTimeline(of),
  ]
  for (const drawing of [...drawings(study), ...drawings(empty), ...drawings(timed), plots.plotParetoFront(several)]) {
    expect(drawing).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [\s\S]*<\/svg>\n$/)
    expect(drawing).not.toMatch(/NaN|undefined|Infinity"/)
    // Every tag that is opened is closed.
    expect(drawing.match(/<text/g)?.length ?? 0).toBe(drawing.match(/<\/text>/g)?.length ?? 0)
  }
  expect(plots.plotHistory(study).match(/<circle/g)?.length).toBe(37)
  expect(plots.plotTimeline(timed).match(/<title>trial /g)?.length).toBe(5)
  expect(() => plots.plotSlice(study, 'lrr')).toThrow('`lrr` is not a parameter of the space')
  expect(() => plots.plotParetoFront(study)).toThrow('plotParetoFront needs two objectives, the study has 1')
})

test('the ticks of an axis are round numbers', () => {
  const ticks = (values: readonly number[], log = false) => plotScale(values, log).ticks.map(({ label }) => label)
  expect(ticks([0, 79])).toEqual(['0', '20', '40', '60'])
  expect(ticks([0.0803, 8.24])).toEqual(['2', '4', '6', '8'])
  expect(ticks([1, 3])).toEqual(['1', '2', '3'])
  expect(ticks([12_340, 12_390])).toEqual(['12340', '12350', '12360', '12370', '12380', '12390'])
  expect(ticks([0.000036, 0.223], true)).toEqual(['0.0001', '0.001', '0.01', '0.1'])
  expect(ticks([0.02, 0.3], true)).toEqual(['0.02', '0.05', '0.1', '0.2'])
  expect(ticks([5])).toEqual(['5'])
  expect(ticks([0.1, 0.3])).not.toContain('0.30000000000000004')
})
