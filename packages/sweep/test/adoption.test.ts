import { describe, expect, test } from 'vitest'
import { adoptionOf, planEvents } from '../src/adopt/adopt.ts'
import { parsePythonJson, readPythonValue } from '../src/adopt/python-json.ts'
import { type HerdFiles, readHerdFiles } from '../src/adopt/read-views.ts'
import type { SeenState, SweepEvent } from '../src/journal/event.ts'
import { createFold, type Fold } from '../src/journal/fold.ts'
import { bool, float, int, NONE, str } from '../src/value.ts'

// The events that HyperHerd's files are converted to. adopt.test.ts reads the files in whole workspaces.

function foldOf(...events: readonly SweepEvent[]): Fold {
  const fold = createFold()
  for (const [k, event] of events.entries()) fold.apply({ n: 0, k, ts: 1000, by: '', event })
  return fold
}

const plan = (...indices: readonly number[]): SweepEvent => ({
  type: 'plan',
  trials: indices.map((i) => ({ i, hash: `h${i}`, params: { x: i }, extras: {}, name: `x-${i}` })),
})
const attempt = (i: number, job: string, n = 1, executor = 'slurm'): SweepEvent[] => [
  { type: 'intent', sid: `s${i}-${n}`, executor, attempts: [[i, n]] },
  { type: 'sent', sid: `s${i}-${n}`, job },
]
const seen = (i: number, state: SeenState, n = 1): SweepEvent => ({ type: 'seen', rows: [[i, n, 0, state, {}]] })

const record = (i: number, status = 'ready', hash = `h${i}`) => ({
  trial: { i, hash, params: [['x', int(i)]] as const, extras: [], name: `x-${i}` },
  status,
})
const job = (number: string, ...indices: readonly number[]) => ({ job: number, indices })
const intent = (sid: string, number: string, attempts: readonly (readonly [number, number])[], recorded: readonly (SeenState | null)[]) => ({ type: 'intent', sid, executor: 'slurm', attempts, job: number, recorded }) // biome-ignore format: short

function adopted(fold: Fold, records: HerdFiles['records'], ...jobs: HerdFiles['jobs']): unknown {
  const outcome = adoptionOf(fold, { records, jobs })
  return outcome.ok ? outcome.value : outcome.message
}

describe('a plan by HyperHerd', () => {
  test('is added, revived and dropped, and leads to no events if its files agree with the journal', () => {
    const known = foldOf(plan(0, 1, 2), { type: 'drop', trials: [1] })
    expect(adopted(known, null)).toEqual([])
    expect(adopted(known, [record(0), record(2)])).toEqual([])
    expect(adopted(known, [record(0), record(1), record(3)])).toEqual([plan(3), { type: 'revive', trials: [1] }, { type: 'drop', trials: [2] }]) // biome-ignore format: short
  })

  test('does not drop a trial that is running, is paused or has results', () => {
    const events = [...attempt(0, '7'), seen(0, 'running'), ...attempt(1, '8'), seen(1, 'completed'), ...attempt(2, '9'), seen(2, 'failed')] // biome-ignore format: short
    const fold = foldOf(plan(0, 1, 2, 3), ...events, { type: 'wish', trials: [3], want: 'pause' })
    expect(adopted(fold, [])).toEqual([{ type: 'drop', trials: [2] }])
  })

  test('may reuse the index of a trial that never started, but no other index', () => {
    const fold = foldOf(plan(0, 1), { type: 'drop', trials: [0] }, ...attempt(1, '7'))
    expect(adopted(fold, [record(0, 'ready', 'new'), record(1)])).toEqual([
      { type: 'plan', trials: [{ i: 0, hash: 'new', params: { x: 0 }, extras: {}, name: 'x-0' }] },
    ])
    expect(adopted(fold, [record(1, 'ready', 'new')])).toBe(
      'trial 1 is `x-1` in manifest.json and `x-1` in the journal of this sweep',
    )
  })

  test('is written in lines of at most 500 trials', () => {
    const trials = Array.from({ length: 1001 }, (_, i) => record(i).trial)
    const events = planEvents(trials)
    expect(events.map((event) => (event.type === 'plan' ? event.trials.length : 0))).toEqual([500, 500, 1])
    expect(events.flatMap((event) => (event.type === 'plan' ? event.trials.map(({ i }) => i) : []))).toEqual(trials.map(({ i }) => i)) // biome-ignore format: short
    expect(planEvents([])).toEqual([])
    expect(planEvents(trials.slice(0, 500))).toHaveLength(1)
  })
})

describe('a submission by HyperHerd', () => {
  test('becomes attempts with the ends that HyperHerd recorded', () => {
    const statuses: readonly (readonly [string, SeenState | null])[] = [
      ...([['completed', 'completed'], ['cancelled', 'cancelled'], ['failed', 'failed'], ['timeout', 'failed']] as const), // biome-ignore format: pairs
      ...(['preempted', 'boot_fail', 'deadline', 'node_fail', 'out_of_memory'] as const).map((one) => [one, 'failed'] as const), // biome-ignore format: short
      ...(['running', 'queued', 'submitted', 'ready'] as const).map((one) => [one, null] as const),
    ]
    const indices = statuses.map((_, i) => i)
    const fold = foldOf(plan(...indices))
    const records = statuses.map(([status], i) => record(i, status))
    expect(adopted(fold, records, job('9', ...indices))).toEqual([
      intent('hyperherd-9', '9', indices.map((i) => [i, 1] as const), statuses.map(([, end]) => end)), // biome-ignore format: short
      // A trial with a single job cannot be mistaken for another one.
      seen(0, 'completed'),
    ])
  })

  test('continues the numbering of attempts, and ends earlier requests', () => {
    const fold = foldOf(plan(0, 1), ...attempt(0, '7'), { type: 'wish', trials: [0], want: 'stop' })
    expect(adopted(fold, [record(0, 'running'), record(1, 'running')], job('7', 0), job('8', 0, 1), job('9', 0))).toEqual([
      { type: 'call', trials: [0] },
      intent('hyperherd-8', '8', [[0, 2], [1, 1]], [null, null]), // biome-ignore format: pairs
      { type: 'call', trials: [0] },
      intent('hyperherd-9', '9', [[0, 3]], [null]),
    ]) // biome-ignore format: a table
  })

  test('is identified by job and trial, as often as the journal contains it, and only on SLURM', () => {
    const fold = foldOf(plan(0, 1), ...attempt(0, '7'), ...attempt(1, '7', 1, 'local'))
    expect(adopted(fold, null, job('7', 0))).toEqual([])
    expect(adopted(fold, null, job('7', 0, 1))).toEqual([intent('hyperherd-7', '7', [[1, 2]], [null])])
    expect(adopted(fold, null, job('7', 0), job('7', 0))).toEqual([intent('hyperherd-7', '7', [[0, 2]], [null])])
    // Each submission name is used only once.
    const events = adopted(fold, null, job('9', 0), job('9', 0), job('9', 1))
    expect((events as readonly { readonly sid: string }[]).map(({ sid }) => sid)).toEqual(['hyperherd-9', 'hyperherd-9-2', 'hyperherd-9-3']) // biome-ignore format: short
    const later = foldOf(plan(0), intent('hyperherd-9', '9', [[0, 1]], [null]) as SweepEvent)
    expect(adopted(later, null, job('9', 0), job('9', 0))).toEqual([intent('hyperherd-9-2', '9', [[0, 2]], [null])])
  })

  test('belongs to a new trial even if the journal contains an older one with that index', () => {
    const fold = foldOf(plan(0), { type: 'wish', trials: [0], want: 'stop' })
    expect(adopted(fold, [record(0, 'running', 'new')], job('9', 0))).toEqual([
      { type: 'plan', trials: [{ i: 0, hash: 'new', params: { x: 0 }, extras: {}, name: 'x-0' }] },
      intent('hyperherd-9', '9', [[0, 1]], [null]),
    ])
  })
})

describe('the states recorded by HyperHerd', () => {
  test('become requests and ends for trials without a job, or are refused', () => {
    const fold = foldOf(plan(0, 1, 2, 3, 4, 5))
    const statuses = ['ready', 'pending', 'cancelled', 'pruned', 'paused', 'completed']
    expect(
      adopted(
        fold,
        statuses.map((status, i) => record(i, status)),
      ),
    ).toEqual([
      { type: 'wish', trials: [2], want: 'stop' },
      { type: 'wish', trials: [3], want: 'prune' },
      { type: 'wish', trials: [4], want: 'pause' },
      intent('hyperherd-unknown-5', '', [[5, 1]], ['completed']),
      seen(5, 'completed'),
    ])
    expect(adopted(foldOf(plan(0)), [record(0, 'timeout')])).toEqual([intent('hyperherd-unknown-0', '', [[0, 1]], ['failed']), seen(0, 'failed')]) // biome-ignore format: short
    expect(adopted(foldOf(plan(0, 1)), [record(0, 'running'), record(1, 'queued')])).toBe(
      'trial 0 is running in manifest.json, but job_ids.json contains no job for it; trial 1 is queued in manifest.json, but job_ids.json contains no job for it',
    )
  })

  test('become requests that were already sent, for pruned and paused trials', () => {
    const running = [...attempt(0, '7'), seen(0, 'running')]
    const told = { type: 'told', i: 0, n: 1, what: 'signal' }
    const wish = (want: string) => ({ type: 'wish', trials: [0], want })
    expect(adopted(foldOf(plan(0), ...running), [record(0, 'pruned')])).toEqual([wish('prune'), told])
    expect(adopted(foldOf(plan(0), ...running), [record(0, 'paused')])).toEqual([wish('pause'), told])
    const pruned = foldOf(plan(0), ...running, { type: 'wish', trials: [0], want: 'prune' })
    expect(adopted(pruned, [record(0, 'pruned')])).toEqual([])
    expect(adopted(pruned, [record(0, 'paused')])).toEqual([wish('pause'), told])
    // A newer attempt started by HyperHerd has not received the request.
    expect(adopted(pruned, [record(0, 'pruned')], job('9', 0))).toEqual([
      { type: 'call', trials: [0] },
      intent('hyperherd-9', '9', [[0, 2]], ['cancelled']),
      wish('prune'),
      { ...told, n: 2 },
    ])
    const over = foldOf(plan(0), { type: 'wish', trials: [0], want: 'prune' })
    expect(adopted(over, [record(0, 'pruned')])).toEqual([])
    expect(adopted(over, [record(0, 'paused')])).toEqual([wish('pause')])
  })

  test('count as certain for a completed trial only if HyperHerd submitted its only attempt', () => {
    const completed = [record(0, 'completed')]
    const ours = foldOf(plan(0), ...attempt(0, '7'))
    expect(adopted(ours, completed)).toEqual([])
    const theirs = (...more: readonly SweepEvent[]) => foldOf(plan(0), intent('hyperherd-7', '7', [[0, 1]], ['completed']) as SweepEvent, ...more) // biome-ignore format: short
    expect(adopted(theirs(), completed)).toEqual([seen(0, 'completed')])
    expect(adopted(theirs(seen(0, 'running')), completed)).toEqual([seen(0, 'completed')])
    expect(adopted(theirs(seen(0, 'failed')), completed)).toEqual([])
    expect(adopted(theirs(), completed, job('8', 0))).toEqual([intent('hyperherd-8', '8', [[0, 2]], ['completed'])])
    expect(adopted(theirs(), [record(0, 'failed')])).toEqual([])
  })
})

describe("HyperHerd's files", () => {
  const manifest = (...records: readonly string[]) => `[\n  ${records.join(',\n  ')}\n]`

  test('contain trials and jobs; files written by hotcb contain nothing about HyperHerd', () => {
    const one = '{\n"index": 3, "hash": "a", "experiment_name": "n", "status": "failed", "params": {"x": 1.0}, "extras": {"y": [1, true]}}' // biome-ignore format: short
    const extras = [['y', { type: 'list', items: [int(1), bool(true)] }]]
    expect(readHerdFiles(manifest(one), '[{"slurm_job_id": "12", "indices": [3, 0]}]')).toEqual({
      ok: true,
      value: {
        records: [{ trial: { i: 3, hash: 'a', params: [['x', float(1)]], extras, name: 'n' }, status: 'failed' }],
        jobs: [{ job: '12', indices: [3, 0] }],
      },
    })
    expect(readHerdFiles('[\n  {"index": 0}\n]', '[\n  {"slurm_job_id": "1"}\n]')).toEqual({ ok: true, value: { records: null, jobs: [] } }) // biome-ignore format: short
    expect(readHerdFiles('[]', null)).toEqual({ ok: true, value: { records: [], jobs: [] } })
    // Hash, name and status are missing.
    const bare = readHerdFiles('[{"index": 0, "params": {"x": 1}}]', null)
    expect(bare.ok && bare.value.records).toEqual([
      { trial: { i: 0, hash: expect.stringMatching(/^[0-9a-f]{12}$/), params: [['x', int(1)]], extras: [], name: '' }, status: 'ready' }, // biome-ignore format: short
    ])
  })

  const DAMAGED: readonly (readonly [manifest: string, jobs: string | null, message: string])[] = [
    ['[{"index": 0', null, 'manifest.json is not JSON'],
    ['{}', null, 'manifest.json is not a list'],
    ['[1, {"index": -1}, {"index": 1.5}]', null, ['1', '2', '3'].map((at) => `manifest.json, record ${at}: \`index\` is not a whole number >= 0`).join('; ')], // biome-ignore format: short
    ['[{"index": 4}, {"index": 4}]', null, 'manifest.json, record 2: index 4 occurs twice'],
    ['[{"index": 4, "params": [], "extras": 1}]', null, 'manifest.json, trial 4: `params` is not a mapping; manifest.json, trial 4: `extras` is not a mapping'], // biome-ignore format: short
    ['[{"index": 4, "params": {"x": {"a": 1}, "y": 9007199254740993}}]', null, 'manifest.json, trial 4: params.x is a mapping, or a whole number above 2^53; manifest.json, trial 4: params.y is a mapping, or a whole number above 2^53'], // biome-ignore format: short
    ['[]', '[1', 'job_ids.json is not JSON'],
    ...['7', '{"slurm_job_id": 7, "indices": []}', '{"slurm_job_id": "7_1", "indices": []}', '{"slurm_job_id": "7"}', '{"slurm_job_id": "7", "indices": [-1]}'].map((row) => ['[]', `[${row}]`, 'job_ids.json, record 1: expected a job number and a list of indices'] as const), // biome-ignore format: short
  ]

  test.each(DAMAGED)('%s and %s are refused', (text, jobs, message) => {
    expect(readHerdFiles(text, jobs)).toEqual({ ok: false, message })
  })

  test('have numbers as Python writes them, whole numbers and floats', () => {
    const parsed = parsePythonJson(
      '[1, 1.0, 1e3, -0.5, -2, NaN, Infinity, -Infinity, "1.0 \\" NaN", null, true, [1.0, "x"], [{}], 9007199254740992]',
    )
    expect(parsed.ok && (parsed.value as unknown[]).map(readPythonValue)).toEqual([
      ...[int(1), float(1), float(1000), float(-0.5), int(-2), float(Number.NaN), float(Number.POSITIVE_INFINITY)],
      ...[float(Number.NEGATIVE_INFINITY), str('1.0 " NaN'), NONE, bool(true)],
      ...[{ type: 'list', items: [float(1), str('x')] }, undefined, undefined],
    ])
    expect(readPythonValue({ a: 1 })).toBeUndefined()
    expect(readPythonValue(Number.MAX_SAFE_INTEGER)).toEqual(int(Number.MAX_SAFE_INTEGER))
  })
})
