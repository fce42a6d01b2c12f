import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { resultsFile, statsFile, trialsFile } from '../src/node/tables.ts'
import { sweep } from './sweeps.ts'
import { outlookOf, trialOf } from './trials.ts'

test('each parameter and each final metric of any trial has a column, and missing values are empty', () => {
  const { workspace } = sweep('true', { trials: 1 })
  const { results } = workspace.paths
  mkdirSync(results, { recursive: true })
  writeFileSync(join(results, '0.json'), '{"loss": 0.5, "note": "a\\tb"}')
  writeFileSync(join(results, '2.json'), '{"loss": 0, "acc": 1}')
  const outlook = outlookOf([
    trialOf(0, { params: { lr: 0.1, opt: 'a\nb' } }),
    trialOf(1, { state: 'failed', params: { lr: 0 } }),
    trialOf(2, { state: 'completed', params: { seed: false } }),
  ])
  expect(resultsFile({ workspace, outlook })).toEqual({
    ...{ name: 'results.tsv', about: 'The results of 3 trials.' },
    content: [
      'trial_id\texperiment_name\tstate\tlr\topt\tseed\tloss\tnote\tacc',
      '0\tt0\tready\t0.1\ta b\t\t0.5\ta b\t',
      '1\tt1\tfailed\t0\t\t\t\t\t',
      '2\tt2\tcompleted\t\t\tfalse\t0\t\t1',
    ].join('\n'),
  })
})

test("a trial's state contains its attempt, and its step and reason if there are any", () => {
  const trials = [
    trialOf(0),
    trialOf(1, { state: 'running', attempt: 2, step: 0 }),
    trialOf(2, { state: 'failed', attempt: 1, step: 7, reason: 'oom', name: 'a\r\tb' }),
  ]
  expect(trialsFile({ outlook: outlookOf(trials) })).toEqual({
    ...{ name: 'trials.tsv', about: 'The state of 3 trials.' },
    content: [
      'trial_id\tstate\tattempt\tstep\treason\texperiment_name',
      '0\tready\t0\t\t\tt0',
      '1\trunning\t2\t0\t\tt1',
      '2\tfailed\t1\t7\toom\ta  b',
    ].join('\n'),
  })
})

test('before a sweep has been started, there are no statistics', async () => {
  const { workspace, root } = sweep('true', { trials: 1 })
  const why = `no sweep has been started in \`${root}\`; use \`herd run\` to start one`
  await expect(statsFile({ workspace }, null)).rejects.toMatchObject({ code: 'refused', message: why })
})
