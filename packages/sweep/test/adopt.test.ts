import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openWorkspace, readSweepStatus, requestTrials, runSweep, selectTrials, type Workspace } from '../src/node.ts'
import { type StandInCluster, startCluster } from './stand-in-cluster.ts'

let cluster: StandInCluster
let open: Workspace[] = []

beforeEach(() => {
  cluster = startCluster()
})

afterEach(() => {
  for (const one of open) one.close()
  open = []
  cluster.remove()
})

const inside = (name: string): string => join(cluster.root, '.hyperherd', name)
const calls = (): string =>
  existsSync(join(cluster.root, 'calls')) ? readFileSync(join(cluster.root, 'calls'), 'utf8') : ''
const answers = (of: 'queue' | 'accounts', text: string): void => writeFileSync(join(cluster.root, of), text)

function workspace(): Workspace {
  const one = openWorkspace(cluster.root)
  open.push(one)
  return one
}

interface Written {
  readonly index?: number
  readonly hash?: string
  readonly params?: object
  readonly extras?: object
  readonly experiment_name?: string
  readonly status?: string
}

const FIRST: Written = {
  index: 0,
  hash: 'aaaaaaaaaaaa',
  params: { x: 1 },
  extras: {},
  experiment_name: 'x-1',
  status: 'completed',
}
const SECOND: Written = { ...FIRST, index: 1, hash: 'bbbbbbbbbbbb', params: { x: 2 }, experiment_name: 'x-2' }

/** Writes HyperHerd's files. */
function herdWrote(records: readonly Written[], jobs: readonly (readonly [job: string, ...indices: number[]])[]): void {
  mkdirSync(inside('logs'), { recursive: true })
  writeFileSync(inside('manifest.json'), JSON.stringify(records, null, 2))
  const rows = jobs.map(([job, ...indices]) => ({ slurm_job_id: job, indices }))
  writeFileSync(inside('job_ids.json'), JSON.stringify(rows, null, 2))
}

const statesIn = async (one: Workspace): Promise<readonly string[]> =>
  (await readSweepStatus(one)).trials.map(({ state }) => state)
const attemptsIn = (one: Workspace): readonly (readonly [number, string | null])[] =>
  selectTrials(one, { all: true }).flatMap(({ attempts }) => attempts.map(({ n, job }) => [n, job] as const))

test('reading a HyperHerd workspace writes nothing', async () => {
  herdWrote([FIRST, { ...SECOND, status: 'ready' }], [['4', 0]])
  expect(await statesIn(workspace())).toEqual(['completed', 'ready'])
  expect((await runSweep(workspace(), { dryRun: true })).called).toEqual([1])
  expect(readdirSync(inside('.')).sort()).toEqual(['job_ids.json', 'logs', 'manifest.json'])
})

test('a trial that HyperHerd planned keeps its index, hash, name, extras and floats', async () => {
  const record = { ...FIRST, status: 'ready', params: { x: 1, lr: '1e-3' }, extras: { warm: true } }
  herdWrote([{ ...record, index: 4 }], [])
  const manifest = readFileSync(inside('manifest.json'), 'utf8')
  writeFileSync(inside('manifest.json'), manifest.replace('"x": 1,', '"x": 1.0, "far": Infinity, "none": null,'))
  await requestTrials(workspace(), 'hold', { index: 4 })
  const [adopted] = JSON.parse(readFileSync(inside('manifest.json'), 'utf8').replace('Infinity', '9'))
  expect(adopted).toMatchObject({ index: 4, hash: 'aaaaaaaaaaaa', experiment_name: 'x-1', extras: { warm: true } })
  expect(readFileSync(inside('manifest.json'), 'utf8')).toContain(
    '"params": {"x": 1.0, "far": Infinity, "none": null, "lr": "1e-3"}',
  )
})

test('submissions by HyperHerd are queried in SLURM, however old they are, and are not repeated', async () => {
  herdWrote(
    [
      { ...FIRST, status: 'failed' },
      { ...SECOND, status: 'submitted' },
    ],
    [
      ['4', 0],
      ['5', 0, 1],
    ],
  )
  const longAgo = '1600000000'
  answers('accounts', `5_0|RUNNING|${longAgo}|||None|n1|hyperherd_t\n5_1|COMPLETED|${longAgo}|||None|n1|hyperherd_t\n`)
  const one = workspace()
  expect(await statesIn(one)).toEqual(['running', 'completed'])
  expect((await runSweep(one)).called).toEqual([])
  expect(attemptsIn(one)).toEqual([
    [1, '4'],
    [2, '5'],
    [1, '5'],
  ])
  expect(calls()).not.toContain('sbatch')
})

test('if SLURM has forgotten how a trial ended, the end that HyperHerd recorded is used', async () => {
  herdWrote([FIRST, { ...SECOND, status: 'failed' }], [['4', 0, 1]])
  let now = 1_700_000_000
  const clock = { now: () => now, atLeast: () => {} }
  const one = openWorkspace(cluster.root, clock)
  open.push(one)
  expect(await statesIn(one)).toEqual(['completed', 'queued'])
  now += 200
  expect(await statesIn(one)).toEqual(['completed', 'failed'])
})

test('without access to the cluster, the ends that HyperHerd recorded are used', async () => {
  herdWrote([FIRST, { ...SECOND, status: 'failed' }], [['4', 0, 1]])
  process.env['PATH'] = '/nowhere'
  expect(await statesIn(workspace())).toEqual(['completed', 'failed'])
})

test('a trial that HyperHerd records as cancelled but that is still running is not submitted a second time', async () => {
  herdWrote([{ ...FIRST, status: 'cancelled' }, SECOND], [['4', 0, 1]])
  answers('queue', '4_0|RUNNING|None||||n1\n')
  expect((await runSweep(workspace())).called).toEqual([])
})

test.each(['pruned', 'paused'])(
  'a trial that HyperHerd records as %s gets that state once SLURM reports that it has ended',
  async (status) => {
    herdWrote([{ ...FIRST, status }, SECOND], [['4', 0, 1]])
    answers('queue', '4_0|RUNNING|None||||n1\n')
    const one = workspace()
    expect(await statesIn(one)).toEqual([status === 'pruned' ? 'pruning' : 'pausing', 'completed'])
    answers('queue', '')
    answers('accounts', '4_0|COMPLETED|||||n1|hyperherd_t\n')
    expect(await statesIn(one)).toEqual([status, 'completed'])
  },
)

test('an index that HyperHerd submitted and dropped is not reused, and its job stays in the files', async () => {
  herdWrote(
    [FIRST],
    [
      ['4', 0, 1],
      ['5', 7],
    ],
  )
  const one = workspace()
  expect((await runSweep(one)).called).toEqual([8])
  expect(JSON.parse(readFileSync(inside('job_ids.json'), 'utf8'))).toEqual([
    { slurm_job_id: '4', indices: [0, 1] },
    { slurm_job_id: '5', indices: [7] },
    { slurm_job_id: '7000', indices: [8] },
  ])
})

test('a submission that HyperHerd makes while hotcb is writing is not lost', async () => {
  const one = workspace()
  await runSweep(one, { indices: '0' })
  const records: Written[] = JSON.parse(readFileSync(inside('manifest.json'), 'utf8'))
  const { underClaim } = await import('../src/node/workspace.ts')
  await underClaim(one, 'test', () =>
    herdWrote(records, [
      ['7000', 0],
      ['9', 1],
    ]),
  )
  expect(attemptsIn(workspace())).toEqual([
    [1, '7000'],
    [1, '9'],
  ])
  expect(readFileSync(inside('job_ids.json'), 'utf8')).toContain('"9"')
})

test('the latest submission of a trial is the last one in the files, whatever ran before', async () => {
  // HyperHerd uses the last row that contains the index.
  answers('accounts', '')
  writeFileSync(join(cluster.root, 'holds'), '')
  const one = workspace()
  for (const indices of ['1', '0']) await runSweep(one, { indices })
  answers('accounts', '7000_1|FAILED|||||n1|\n7001_0|FAILED|||||n1|\n')
  await runSweep(one, { indices: '0,1' })
  const rows: { slurm_job_id: string; indices: number[] }[] = JSON.parse(readFileSync(inside('job_ids.json'), 'utf8'))
  expect(rows.map(({ slurm_job_id, indices }) => [slurm_job_id, ...indices])).toEqual([
    ['7000', 1],
    ['7001', 0],
    ['7002', 0, 1],
  ])
})

test('an outdated list from HyperHerd does not drop trials that were submitted in the meantime', async () => {
  writeFileSync(join(cluster.root, 'holds'), '')
  const one = workspace()
  await runSweep(one)
  const records: Written[] = JSON.parse(readFileSync(inside('manifest.json'), 'utf8'))
  herdWrote(records.slice(0, 1), [['7000', 0, 1]])
  expect(await statesIn(workspace())).toEqual(['submitted', 'submitted'])
})

test('a trial that HyperHerd drops disappears, and HyperHerd may reuse its index for a different trial', async () => {
  const one = workspace()
  await runSweep(one, { indices: '0' })
  const records: Written[] = JSON.parse(readFileSync(inside('manifest.json'), 'utf8'))
  const [first = {}, second = {}] = records
  const shown = async () => (await readSweepStatus(workspace())).trials.map(({ trial }) => [trial.i, trial.hash])
  herdWrote([first], [['7000', 0]])
  expect(await shown()).toEqual([[0, first.hash]])
  const other = { ...second, hash: 'cccccccccccc', params: { x: 3 }, status: 'ready' }
  herdWrote([first, other], [['7000', 0]])
  expect(await shown()).toEqual([
    [0, first.hash],
    [1, 'cccccccccccc'],
  ])
})

const DAMAGE: readonly (readonly [manifest: string, jobs: string, told: string])[] = [
  ['[{"index": 0', '[]', 'manifest.json is not JSON'],
  ['{}', '[]', 'manifest.json is not a list'],
  ['[{"params": {}}]', '[]', 'manifest.json, record 1: `index` is not a whole number >= 0'],
  ['[{"index": 0}, {"index": 0}]', '[]', 'index 0 occurs twice'],
  ['[{"index": 0, "params": {"x": {"a": 1}}}]', '[]', 'trial 0: params.x is a mapping'],
  ['[{"index": 0, "params": [1]}]', '[]', 'trial 0: `params` is not a mapping'],
  [
    '[{"index": 0, "status": "running"}]',
    '[]',
    'trial 0 is running in manifest.json, but job_ids.json contains no job for it',
  ],
  ['[{"index": 0}]', '[{"slurm_job_id": 7, "indices": [0]}]', 'job_ids.json, record 1'],
  ['[{"index": 0}]', '[{"slurm_job_id": "7"', 'job_ids.json is not JSON'],
  ['[{"index": -1}]', 'x', '`index` is not a whole number >= 0; job_ids.json is not JSON'],
]

test.each(DAMAGE)('%s with %s is refused in one line', (manifest, jobs, told) => {
  mkdirSync(inside('.'), { recursive: true })
  writeFileSync(inside('manifest.json'), manifest)
  writeFileSync(inside('job_ids.json'), jobs)
  expect(() => workspace()).toThrow(told)
  expect(() => workspace()).toThrow(/^[^\n]*$/)
})

test('a manifest with a different trial than the journal is refused, and is rewritten once it is removed', async () => {
  const one = workspace()
  await runSweep(one)
  const records: Written[] = JSON.parse(readFileSync(inside('manifest.json'), 'utf8'))
  const [first = {}, second = {}] = records
  herdWrote([{ ...first, hash: 'cccccccccccc' }, second], [['7000', 0, 1]])
  expect(() => workspace()).toThrow('trial 0 is `x-1` in manifest.json and `x-1` in the journal')
  rmSync(inside('manifest.json'))
  await runSweep(workspace())
  expect(readFileSync(inside('manifest.json'), 'utf8')).toContain(`"hash": "${first.hash}"`)
})

test('an outdated manifest of hotcb, written late by a suspended process, changes nothing', async () => {
  writeFileSync(join(cluster.root, 'holds'), '')
  const one = workspace()
  await runSweep(one, { indices: '0' })
  await requestTrials(one, 'prune', { index: 0 })
  const pruned = readFileSync(inside('manifest.json'), 'utf8').replaceAll('running', 'pruned')
  answers('accounts', '7000_0|CANCELLED|||||n1|\n')
  expect(await statesIn(one)).toEqual(['pruned', 'ready'])
  await runSweep(one, { indices: '0', force: true })
  writeFileSync(inside('manifest.json'), pruned)
  expect(await statesIn(workspace())).toEqual(['submitted', 'ready'])
})
