import { expect, test } from 'vitest'
import { bestTrial, sweepSchedule, trialOverrides } from '../src/node/export-schedule.ts'
import { ledgerLine, load } from './written-ledger.ts'
import { attemptIn, curve, writtenWorkspace } from './written-workspace.ts'

const YAML = `name: t
launcher: ./l.sh
static_overrides: [a=1]
parameters:
  lr: {type: discrete, values: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]}
objective: {metric: loss, direction: min}
grid: all
`
const SIX = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6].map((lr) => ({ lr }))

/** Trials with these losses: 1 is dropped, 3 has failed, 4 has reported nothing, and 5 is as good as 2. */
async function trained(yaml = YAML) {
  const events = [0, 1, 2, 3, 4, 5].flatMap((i) => attemptIn(i, i === 3 ? 'failed' : 'completed'))
  const sweep = await writtenWorkspace(yaml, SIX, ...events, { type: 'drop', trials: [1] })
  for (const [i, loss] of [2, 0.5, 1, 0.1, null, 1].entries()) sweep.result(`${i}/hotcb.metrics.jsonl`, curve('loss', 3, loss)) // biome-ignore format: short
  sweep.result('4/hotcb.metrics.jsonl', '')
  return sweep
}

test('the best trial is the completed one with the best objective; in a tie, the first one', async () => {
  const { workspace } = await trained()
  expect(bestTrial(workspace)).toBe(2)
  const max = await trained(YAML.replace('min', 'max'))
  expect(bestTrial(max.workspace)).toBe(0)
  expect(bestTrial((await trained(YAML.replace(/objective.*\n/, ''))).workspace)).toBe(null)
  expect(bestTrial((await writtenWorkspace(YAML, SIX, ...attemptIn(0, 'running'))).workspace)).toBe(null)
})

test("a launcher's arguments contain the name, the values and the overrides that apply to all trials", async () => {
  const { workspace } = await trained()
  const record = workspace.journal.fold.trials.get(2)
  expect(record && trialOverrides(workspace, record)).toBe('experiment_name=t-2 lr=0.3 a=1')
})

test("a trial's schedule is refused if the trial was never started, or if the origin of its weights is unknown", async () => {
  const sweep = await writtenWorkspace(YAML, SIX, ...attemptIn(0, 'completed'), ...attemptIn(1, 'completed'))
  const scheduleOf = (index: number) => () => sweepSchedule(sweep.workspace, index)
  expect(scheduleOf(2)).toThrow('trial 2 was never started')
  expect(scheduleOf(9)).toThrow('trial 9 does not exist; list the trials with `herd ls`')
  sweep.result('1/hotcb.applied.jsonl', ledgerLine({ seq: 1, ...load(21, 'mine') }))
  expect(scheduleOf(1)).toThrow(
    'seq 1 of trial 1 loads a checkpoint that was not copied by the sweep, so its schedule would not reproduce the result',
  )
  const line = { seq: 1, step: 3, module: 'opt', op: 'set_params', params: { lr: 0.3 }, payload: { lr: 0.3 } }
  sweep.result('0/hotcb.applied.jsonl', ledgerLine(line))
  const { root, lineage, entries } = scheduleOf(0)()
  expect([root.trial.i, lineage]).toEqual([0, [{ trial: 0, after: 0, upTo: null, from: 0 }]])
  expect(entries.map(({ op, params, seq }) => ({ op, params, seq }))).toEqual([{ op: 'set_params', params: { lr: 0.3 }, seq: 1 }]) // biome-ignore format: short
})
