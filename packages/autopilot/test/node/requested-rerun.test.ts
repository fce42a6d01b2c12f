import { expect, test } from 'vitest'
import { DEFAULT_LIMITS } from '../../src/index.ts'
import { requestedRerun } from '../../src/node.ts'
import { asks, openEndpoint } from '../stand-ins/endpoint.ts'
import { advisedRun } from './advised-run.ts'

const ALLOWED = { ...DEFAULT_LIMITS, words: { ...DEFAULT_LIMITS.words, stop: 'auto', rerun: 'auto' } } as const

test('a run that its model abandoned has a next run once it has stopped', async () => {
  const endpoint = await openEndpoint(asks({ action: 'declare_rerun', text: 'dead units', learnings: [] }))
  const run = advisedRun({ ai: { baseUrl: endpoint.url }, limits: ALLOWED })
  expect(requestedRerun(run.steered.run, 0)).toBeNull()
  await run.pass()
  expect(run.commands()).toEqual(['ai stop applied'])
  const stop = run.steered.ledger().find(({ op }) => op === 'stop')
  const at = stop?.wall_time ?? Number.NaN
  const next = { verdict: 'dead units', runNumber: 2 }
  expect([requestedRerun(run.steered.run, 0), requestedRerun(run.steered.run, at)]).toEqual([next, next])
  expect(requestedRerun(run.steered.run, at + 1)).toBeNull()
})

test('a stop that is waiting for a person, or that a person sent, does not lead to a next run', async () => {
  const endpoint = await openEndpoint(asks({ action: 'declare_rerun', text: 'dead units', learnings: [] }))
  const run = advisedRun({ ai: { baseUrl: endpoint.url } })
  await run.pass()
  run.steered.run.send([{ module: 'core', op: 'stop' }], { source: 'cli' })
  run.steered.step()
  expect([run.actions()[0]?.state, requestedRerun(run.steered.run, 0)]).toEqual(['open', null])
})
