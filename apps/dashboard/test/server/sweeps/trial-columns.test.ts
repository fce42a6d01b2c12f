import { expect, onTestFinished, test, vi } from 'vitest'
import { attemptIn, curve, writtenWorkspace } from '../../../../../packages/sweep/test/written-workspace.ts'
import { openSweep } from '../../../src/server/sweeps/open-sweep.ts'
import { createTrialTable } from '../../../src/server/sweeps/trial-columns.ts'
import { STATES } from '../../../src/shared/sweeps/sweep-wire.ts'

const YAML = `name: grid
launcher: ./l.sh
parameters:
  lr: {type: continuous, low: 0.001, high: 1, scale: log, steps: 4}
  kind: {type: discrete, values: [a, b]}
objective: {metric: loss, direction: min}
grid: all
`
const TRIALS = [
  { lr: 0.00123456, kind: 'a' },
  { lr: 0.01, kind: 'b' },
  { lr: 0.1, kind: 'a', s: 7 },
]
const [READY, COMPLETED, FAILED] = (['ready', 'completed', 'failed'] as const).map((state) => STATES.indexOf(state))

/** A sweep on a clock that only moves when the test says so, since a table reads values for a limited time. */
async function tabled(yaml = YAML) {
  vi.useFakeTimers({ toFake: ['performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const why = 'x'.repeat(300)
  const made = await writtenWorkspace(
    yaml,
    TRIALS,
    ...attemptIn(0, 'completed', { begun: 100, ended: 110.26, step: 3 }),
    ...attemptIn(1, 'failed', { begun: 100, ended: 90, reason: why }),
  )
  made.result('0/hotcb.metrics.jsonl', curve('loss', 3, 2, 1.23456789))
  const sweep = openSweep(made.root)
  onTestFinished(() => sweep.close())
  return { ...made, sweep }
}

test('the first answer has all trials as columns, with values rounded to a few digits', async () => {
  const { sweep } = await tabled()
  const columns = await createTrialTable(sweep, 'loss').since(null)
  expect(columns).toEqual({
    version: expect.stringMatching(/^[a-z0-9]{1,6}:1$/),
    whole: true,
    unread: 0,
    index: [0, 1, 2],
    state: [COMPLETED, FAILED, READY],
    why: [null, 'x'.repeat(200), null],
    attempt: [1, 1, 0],
    step: [3, null, null],
    value: [1.23457, null, null],
    // A clock that went back makes no negative duration.
    seconds: [10.3, 0, null],
    stage: [],
    parent: [],
    params: [
      { name: 'lr', values: [0.0012346, 0.01, 0.1] },
      { name: 'kind', values: ['a', 'b', 'a'] },
    ],
  })
})

test('a table without a metric has no values, and the parameter of the seeds is a column', async () => {
  const { sweep } = await tabled(`${YAML}seeds: {count: 2, param: s}\n`)
  const { value, params } = await createTrialTable(sweep, null).since(null)
  expect(value).toEqual([null, null, null])
  expect(params.map(({ name }) => name)).toEqual(['lr', 'kind', 's'])
  expect(params[2]?.values).toEqual([null, null, 7])
})

test('a later answer has only the trials that changed; any other version gets all of them', async () => {
  const { sweep, write } = await tabled()
  const table = createTrialTable(sweep, 'loss')
  const first = await table.since(null)
  const same = await table.since(first.version)
  expect(same).toMatchObject({
    version: first.version,
    whole: false,
    index: [],
    value: [],
    params: [{ values: [] }, {}],
  })
  await write({ type: 'wish', trials: [2], want: 'stop', why: 'no need' })
  sweep.hasChanged()
  const changed = await table.since(first.version)
  expect(changed).toMatchObject({ whole: false, index: [2], why: ['no need'], params: [{ values: [0.1] }, {}] })
  const [token] = first.version.split(':')
  expect(changed.version).toBe(`${token}:2`)
  expect(await table.since(changed.version)).toMatchObject({ version: changed.version, whole: false, index: [] })
  for (const version of [`${token}:`, `${token}:1x`, `${token}:x1`, `${token}`, `zz${token}:1`, ':1', ''])
    expect([version, await table.since(version)]).toMatchObject([version, { whole: true, index: [0, 1, 2] }])
  expect(await table.since(`${token}:0`)).toMatchObject({ whole: false, index: [0, 1, 2] })
})

test('the trials of stages have their stage and parent, and a child has the values of its parent', async () => {
  const stages = 'stages:\n  pretrain:\n  finetune:\n    after: pretrain\n    take: best 1\n    grid: all\n    parameters:\n      wd: {type: discrete, values: [1, 2]}\n' // biome-ignore format: a file
  const { sweep, write } = await tabled(`${YAML}${stages}`)
  const child = { i: 3, hash: 'h3', params: { wd: 1 }, extras: { lr: 0.5, kind: 'a' }, name: 'c' }
  await write(
    { type: 'drop', trials: [0, 1, 2] },
    { type: 'plan', trials: [{ ...child, stage: 'finetune', parent: 0 }] },
  )
  expect(await createTrialTable(sweep, 'loss').since(null)).toMatchObject({
    index: [3],
    stage: ['finetune'],
    parent: [0],
    params: [
      { name: 'lr', values: [0.5] },
      { name: 'kind', values: ['a'] },
      { name: 'wd', values: [1] },
    ],
  })
})

test('values that there is no time to read are counted, and later requests read them', async () => {
  const { sweep } = await tabled()
  const courses = sweep.courses('loss')
  let readings: number[] = []
  const slow = (readMs: number) => ({
    ...sweep,
    courses: () => ({
      ...courses,
      isKnown: ({ trial }: Parameters<typeof courses.read>[0]) => trial.i === 2,
      read: (record: Parameters<typeof courses.read>[0]) => {
        readings.push(record.trial.i)
        vi.advanceTimersByTime(readMs)
        return courses.read(record)
      },
    }),
  })
  // The first request may spend 30 ms on values. Values that are already known cost no time.
  const table = createTrialTable(slow(30), 'loss')
  expect(await table.since(null)).toMatchObject({ unread: 1, value: [1.23457, null, null] })
  expect(readings).toEqual([0, 2])
  readings = []
  // Later requests may spend 150 ms.
  await table.since(null)
  expect(readings).toEqual([0, 1, 2])
  readings = []
  const slower = createTrialTable(slow(29), 'loss')
  await slower.since(null)
  expect(readings).toEqual([0, 1, 2])
})

test('a trial that there is no time to read again keeps its value', async () => {
  const { sweep } = await tabled()
  const courses = sweep.courses('loss')
  let readMs = 0
  const table = createTrialTable(
    {
      ...sweep,
      courses: () => ({
        ...courses,
        isKnown: () => false,
        read: (record) => {
          vi.advanceTimersByTime(readMs)
          return courses.read(record)
        },
      }),
    },
    'loss',
  )
  const { version } = await table.since(null)
  readMs = 150
  expect(await table.since(version)).toMatchObject({ unread: 2, index: [] })
  expect(await table.since(null)).toMatchObject({ unread: 2, value: [1.23457, null, null] })
})
