import { expect, test } from 'vitest'
import type { Usage } from '../src/executor/executor.ts'
import type { SweepEvent } from '../src/journal/event.ts'
import { trialUsage } from '../src/node/trial-usage.ts'
import { USAGE_COLUMNS, usageRow } from '../src/node/usage-rows.ts'
import { answeringPrograms } from './answering-programs.ts'
import { attemptIn, writtenWorkspace } from './written-workspace.ts'

const YAML = 'name: t\nlauncher: ./l.sh\ngrid: all\nparameters:\n  x: {type: discrete, values: [1, 2, 3, 4, 5]}\n'
const UNKNOWN = { state: null, maxRssBytes: null, aveRssBytes: null, reqMemBytes: null }
const NO_TIME = { elapsed: null, elapsedSeconds: null }

async function sweepWith(yaml: string, ...events: readonly SweepEvent[]) {
  const { workspace } = await writtenWorkspace(
    yaml,
    [1, 2, 3, 4, 5].map((x) => ({ x })),
    ...events,
  )
  const at5000 = { ...workspace, clock: { ...workspace.clock, now: () => 5000.5 } }
  return { workspace: at5000, records: [...workspace.journal.fold.trials.values()] }
}

test('for a local attempt only the time is known: up to now while it is running', async () => {
  const { workspace, records } = await sweepWith(
    YAML,
    ...attemptIn(0, 'completed', { begun: 1000, ended: 1000 + 2 * 86_400 + 3 * 3600 + 4 * 60 + 5 }),
    ...attemptIn(0, 'completed', { begun: 1000, ended: 1059 }, 2),
    ...attemptIn(1, 'running', { begun: 1400 }),
    ...attemptIn(2, 'failed', { begun: 1400 }),
    ...attemptIn(3, 'failed', { begun: 90, ended: 80 }),
  )
  const { byTrial, silent, unasked } = await trialUsage(workspace, records)
  expect([...byTrial.values()]).toEqual([
    { i: 0, n: 2, ...UNKNOWN, elapsed: '00:00:59', elapsedSeconds: 59 },
    { i: 1, n: 1, ...UNKNOWN, elapsed: '01:00:00', elapsedSeconds: 3600 },
    { i: 2, n: 1, ...UNKNOWN, ...NO_TIME },
    { i: 3, n: 1, ...UNKNOWN, elapsed: '00:00:00', elapsedSeconds: 0 },
  ])
  expect([silent, unasked]).toEqual([[], 0])
  const first = await trialUsage(workspace, records, { attempt: 1 })
  expect(first.byTrial.get(0)).toEqual({ i: 0, n: 1, ...UNKNOWN, elapsed: '2-03:04:05', elapsedSeconds: 183_845 })
  expect([...(await trialUsage(workspace, records, { attempt: 2 })).byTrial.keys()]).toEqual([0])
})

test('for an attempt on SLURM the accounting supplies the rest, and a missing answer has a reason', async () => {
  const { workspace, records } = await sweepWith(
    `${YAML}slurm: {partition: p}\n`,
    ...attemptIn(0, 'completed', { begun: 1000, ended: 1060 }, 1, 'slurm'),
    ...attemptIn(1, 'completed', { begun: 1000, ended: 1060 }),
  )
  const { answer } = answeringPrograms('sacct')
  answer('sacct', '!sacct: error: connection refused\n')
  const local = { i: 1, n: 1, ...UNKNOWN, elapsed: '00:01:00', elapsedSeconds: 60 }
  const unknown = await trialUsage(workspace, records)
  expect(unknown.silent).toEqual(['sacct: sacct: error: connection refused'])
  expect(unknown.byTrial).toEqual(new Map([[0, { ...local, i: 0 }], [1, local]])) // biome-ignore format: pairs
  answer('sacct', '70_0|COMPLETED|00:00:58|||4G\n70_0.batch|COMPLETED|00:00:58|2M|1M|\n')
  const known = await trialUsage(workspace, records)
  const used = { i: 0, n: 1, state: 'COMPLETED', elapsed: '00:00:58', elapsedSeconds: 58, maxRssBytes: 2 * 2 ** 20, aveRssBytes: 2 ** 20, reqMemBytes: 4 * 2 ** 30 } // biome-ignore format: short
  expect(known).toEqual({ byTrial: new Map<number, Usage>([[0, used], [1, local]]), silent: [], unasked: 0 }) // biome-ignore format: pairs
})

test('a row of `herd stats` has a cell for each column, and a dash for unknown values', async () => {
  const { records } = await sweepWith(YAML)
  const [record] = records
  if (record === undefined) throw new Error('no trial')
  const none = { i: 0, n: 1, ...UNKNOWN, ...NO_TIME }
  expect(usageRow(record, none)).toEqual(['0', '-', '-', '-', '-', '-', 't-0'])
  const [maxRssBytes, aveRssBytes, reqMemBytes] = [1.5 * 2 ** 30, 0, 4 * 2 ** 30]
  const used = { ...none, state: 'FAILED', elapsed: '00:00:01', maxRssBytes, aveRssBytes, reqMemBytes }
  const named = { trial: { ...record.trial, name: 'a\x1bb' } }
  expect(usageRow(named, used)).toEqual(['0', 'FAILED', '00:00:01', '1.50G', '0.00G', '4.00G', expect.not.stringContaining('\x1b')]) // biome-ignore format: short
  expect(USAGE_COLUMNS).toHaveLength(usageRow(record, none).length)
})
