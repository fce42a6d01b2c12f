import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { OpenAttempt } from '../src/executor/executor.ts'
import type { TaskRow } from '../src/executor/task-row.ts'
import type { SeenRow } from '../src/journal/event.ts'
import { type JudgeContext, judgeAttempt, type Sources } from '../src/node/cluster/judge-attempt.ts'
import type { AttemptMarks, TaskMark } from '../src/node/marks.ts'
import { workspacePaths } from '../src/node/paths.ts'

// One attempt on a cluster, judged by the queue, the accounting and its wrapper's marks.

const BEGUN: TaskMark = { kind: 'slurm', job: '7', task: 3, host: 'n1', ts: 1000 }
const NOW = 5000

function ended(code: number, ts: number | null = 1100, more: Partial<NonNullable<AttemptMarks['ended']>> = {}) {
  return { r: 0, code, ts, cause: null, ...more }
}

function row(word: string, state: TaskRow['state'], more: Partial<TaskRow> = {}): TaskRow {
  return {
    ...{ id: { job: '7', tasks: [3], isBare: false }, jobName: 'j', word, state, reason: '', submitted: 900 },
    ...{ begun: null, ended: null, node: '', ...more },
  }
}
const pending = (more: Partial<TaskRow> = {}) => row('PENDING', { state: 'queued' }, more)
const running = (more: Partial<TaskRow> = {}) =>
  row('RUNNING', { state: 'running' }, { begun: 1000, node: 'n1', ...more })
const done = (more: Partial<TaskRow> = {}) => row('COMPLETED', { state: 'completed' }, { begun: 1000, ended: 1100, node: 'n1', ...more }) // biome-ignore format: short
const failed = (word = 'FAILED', reason?: string) => row(word, { state: 'failed', ...(reason !== undefined && { reason }) }, { begun: 1000, ended: 1100, node: 'n1' }) // biome-ignore format: short

function setUp() {
  const root = mkdtempSync(join(tmpdir(), 'judge-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const paths = workspacePaths(root)
  mkdirSync(paths.logs, { recursive: true })
  const context: JudgeContext = { paths, now: NOW, lagSeconds: 180 }
  const judge = (
    sources: Partial<Omit<Sources, 'marks'>> & {
      readonly begun?: TaskMark | null
      readonly ended?: AttemptMarks['ended']
    },
    attempt: Partial<OpenAttempt> = {},
    at: Partial<JudgeContext> = {},
  ): SeenRow | null => {
    const { begun = null, ended: end = null, ...rest } = sources
    const all = { queue: undefined, accounting: undefined, hasQueue: true, hasAll: true, hasSiblings: false, ...rest }
    const open = { i: 3, n: 1, r: 0, sid: 's', job: '7', task: null, at: 1000, seen: null, facts: {}, ...attempt }
    return judgeAttempt({ ...context, ...at }, open as OpenAttempt, { ...all, marks: { begun, ended: end } })
  }
  const stderr = (text: string) => writeFileSync(join(paths.logs, '3.err'), text)
  return { judge, stderr }
}

describe('an attempt in the queue', () => {
  test("waits with the scheduler's reason, which is recorded again only when it changes", () => {
    const { judge } = setUp()
    expect(judge({ queue: pending({ reason: 'Priority' }) })).toEqual([3, 1, 0, 'queued', { waits: 'Priority' }])
    expect(judge({ queue: pending({ reason: 'None' }) })).toEqual([3, 1, 0, 'queued', {}])
    const known = { seen: 'queued', facts: { waits: 'Priority' } } as const
    expect(judge({ queue: pending({ reason: 'Priority' }) }, known)).toBe(null)
    expect(judge({ queue: pending({ reason: 'Resources' }) }, known)).toEqual([
      3,
      1,
      0,
      'queued',
      { waits: 'Resources' },
    ])
  })

  test('is running with its node and its start time, which is recorded once', () => {
    const { judge } = setUp()
    expect(judge({ queue: running() })).toEqual([3, 1, 0, 'running', { node: 'n1', begun: 1000 }])
    expect(judge({ queue: running({ node: 'None assigned', begun: null }) })).toEqual([3, 1, 0, 'running', {}])
    expect(judge({ queue: running() }, { seen: 'running' })).toBe(null)
  })

  test("is running as soon as its mark is newer than the queue's information", () => {
    const { judge } = setUp()
    expect(judge({ queue: pending(), begun: BEGUN })?.[3]).toBe('running')
    // In the same second: it is running, unless it was running before and is pending now.
    expect(judge({ queue: pending({ submitted: 1000 }), begun: BEGUN })?.[3]).toBe('running')
    expect(judge({ queue: pending({ submitted: 1000 }), begun: BEGUN }, { seen: 'running' })?.[3]).toBe('queued')
    expect(judge({ queue: pending({ submitted: 1001 }), begun: BEGUN })).toEqual([
      3,
      1,
      0,
      'queued',
      { again: 'requeued' },
    ])
    expect(judge({ queue: pending({ submitted: null }), begun: { ...BEGUN, ts: null } })?.[3]).toBe('running')
  })

  test('that was restarted has a new run number, and the reason for the restart', () => {
    const { judge, stderr } = setUp()
    const again = { queue: pending({ submitted: 1200 }), begun: BEGUN, ended: ended(143) }
    expect(judge(again)).toEqual([3, 1, 1, 'queued', { again: 'requeued' }])
    stderr('slurmstepd: error: *** JOB 7 ON n1 CANCELLED AT 2026-01-01T00:00:00 DUE TO PREEMPTION ***\n')
    expect(judge(again)?.[4]).toEqual({ again: 'preempted' })
    stderr('*** JOB 7 CANCELLED AT 1 DUE TO PREEMPTION ***\n*** JOB 7 CANCELLED AT 2 DUE TO NODE FAILURE, x ***\nbye\n')
    expect(judge(again)?.[4]).toEqual({ again: 'node_fail' })
    stderr('*** JOB 7 CANCELLED AT 1 DUE TO TIME LIMIT ***\n')
    expect(judge(again)?.[4]).toEqual({ again: 'requeued' })
    expect(judge({ ...again, ended: ended(143, 1100, { r: 4 }) }, { r: 2 })?.[2]).toBe(5)
    expect(judge({ queue: running({ begun: 1101 }), ended: ended(143) })).toEqual([3, 1, 1, 'running', { node: 'n1', begun: 1101 }]) // biome-ignore format: short
    expect(judge(again, { seen: 'queued', r: 1, facts: { again: 'requeued' } })).toBe(null)
  })

  test('whose processes have exited is left to the controller for a while, and is then ended by its mark', () => {
    const { judge } = setUp()
    const over = { queue: running(), begun: BEGUN, ended: ended(0, 1100) }
    expect(judge(over, {}, { now: 1279 })).toBe(null)
    expect(judge(over, {}, { now: 1280 })).toEqual([
      3,
      1,
      0,
      'completed',
      { code: 0, begun: 1000, ended: 1100, last_log: '' },
    ])
    expect(judge({ ...over, ended: ended(1, null) }, {}, { now: 180 })?.[3]).toBe('failed')
  })
})

describe('an attempt that has ended', () => {
  test('has the end in the accounting, with the facts in its marks', () => {
    const { judge } = setUp()
    expect(judge({ accounting: done() })).toEqual([3, 1, 0, 'completed', { begun: 1000, ended: 1100, node: 'n1' }])
    expect(judge({ accounting: done({ node: 'None', begun: null, ended: null }) })).toEqual([3, 1, 0, 'completed', {}])
    expect(judge({ accounting: done(), begun: BEGUN, ended: ended(0, 1099) })).toEqual([
      ...[3, 1, 0, 'completed', { begun: 1000, ended: 1099, node: 'n1', code: 0, last_log: '' }],
    ])
    expect(judge({ accounting: row('CANCELLED', { state: 'cancelled' }) })).toEqual([3, 1, 0, 'cancelled', { reason: 'outside' }]) // biome-ignore format: short
    expect(judge({ queue: done() })?.[3]).toBe('completed')
  })

  test('with a different exit code than its launcher is a row of another task', () => {
    const { judge } = setUp()
    expect(judge({ accounting: done(), ended: ended(3) })).toMatchObject([
      3,
      1,
      0,
      'failed',
      { code: 3, reason: 'exit' },
    ])
  })

  test('failed for the reason reported by the scheduler, its mark or its log', () => {
    const { judge, stderr } = setUp()
    const reason = (sources: Parameters<typeof judge>[0]) => judge(sources)?.[4].reason
    expect(reason({ accounting: failed('TIMEOUT', 'timeout'), ended: ended(1) })).toBe('timeout')
    expect(reason({ accounting: failed(), ended: ended(137) })).toBe('signal')
    expect(reason({ accounting: failed() })).toBe('launch')
    expect(reason({ accounting: failed(), begun: BEGUN })).toBe('exit')
    stderr('torch.cuda.OutOfMemoryError: CUDA out of memory\n')
    expect(reason({ accounting: failed(), begun: BEGUN })).toBe('oom')
  })

  test.each([
    [1, null, { code: 1, reason: 'exit' }],
    [74, null, { code: 74, reason: 'launch' }],
    [75, null, { code: 75, reason: 'launch' }],
    [126, null, { code: 126, reason: 'launch' }],
    [127, null, { code: 127, reason: 'launch' }],
    [128, null, { code: 128, reason: 'exit' }],
    [137, null, { code: 137, reason: 'signal', signal: 9 }],
    [192, null, { code: 192, reason: 'signal', signal: 64 }],
    [193, null, { code: 193, reason: 'exit' }],
    [1, 'limit', { code: 1, reason: 'timeout' }],
    [1, 'parent', { code: 1, reason: 'parent' }],
  ] as const)('with code %d and the cause %s is judged by its mark alone', (code, cause, facts) => {
    const { judge } = setUp()
    const found = judge({ hasAll: false, ended: ended(code, 1100, { cause, r: 2 }) })
    expect(found).toEqual([3, 1, 2, 'failed', { ...facts, ended: 1100, last_log: '' }])
  })

  test.each([
    ...['out of memory', 'MemoryError', 'slurmstepd: error: Detected 1 oom-kill event', 'std::bad_alloc'],
    'exceeded memory limit',
  ])('with `%s` in its log ran out of memory', (text) => {
    const { judge, stderr } = setUp()
    stderr(`${text}\n${'later\n'.repeat(10)}`)
    expect(judge({ ended: ended(1) })?.[4].reason).toBe('oom')
    stderr(`${text}\n${'later\n'.repeat(20)}`)
    expect(judge({ ended: ended(1) })?.[4].reason).toBe('exit')
  })

  test.each(['PREEMPTED', 'NODE_FAIL', 'BOOT_FAIL'])(
    'with %s may be restarted: only a queue that does not list it shows that it was not',
    (word) => {
      const { judge } = setUp()
      expect(judge({ accounting: failed(word), hasQueue: false, hasAll: false })).toBe(null)
      expect(judge({ accounting: failed(word), begun: BEGUN })?.[3]).toBe('failed')
      expect(judge({ accounting: failed(), hasQueue: false, hasAll: false })?.[3]).toBe('failed')
    },
  )
})

describe('an attempt that is not in the queue', () => {
  test('is running according to the accounting or its mark', () => {
    const { judge } = setUp()
    expect(judge({ accounting: running() })).toEqual([3, 1, 0, 'running', { node: 'n1', begun: 1000 }])
    expect(judge({ begun: BEGUN })).toEqual([3, 1, 0, 'running', { node: 'n1', begun: 1000 }])
    expect(judge({ begun: { ...BEGUN, ts: null } })).toEqual([3, 1, 0, 'running', { node: 'n1' }])
    expect(judge({ begun: BEGUN, hasAll: false }, { seen: 'running' })).toBe(null)
  })

  test("is missing if no source lists it for the accounting's maximum lag, and is lost or vanished after the same time again", () => {
    const { judge } = setUp()
    const now = { now: 1180 }
    expect(judge({ hasAll: false }, {}, now)).toBe(null)
    expect(judge({}, {}, { now: 1179 })).toBe(null)
    expect(judge({}, {}, now)).toEqual([3, 1, 0, 'queued', { missing: 1180 }])
    expect(judge({ begun: BEGUN }, { seen: 'running' }, now)).toEqual([3, 1, 0, 'running', { missing: 1180 }])
    const missing = { seen: 'running', facts: { missing: 1180 } } as const
    expect(judge({}, missing, { now: 1359 })).toBe(null)
    expect(judge({}, missing, { now: 1360 })).toEqual([3, 1, 0, 'cancelled', { reason: 'vanished' }])
    expect(judge({ begun: BEGUN }, missing, { now: 1360 })).toEqual([3, 1, 0, 'failed', { reason: 'lost' }])
    const recorded = { ...missing, facts: { missing: 1180, recorded: 'completed' } } as const
    expect(judge({ begun: BEGUN }, recorded, { now: 1360 })).toEqual([3, 1, 0, 'completed', {}])
  })

  test('and never ran is missing immediately if other tasks of its job are listed', () => {
    const { judge } = setUp()
    expect(judge({ hasSiblings: true }, {}, { now: 1001 })).toEqual([3, 1, 0, 'queued', { missing: 1001 }])
    expect(judge({ hasSiblings: true }, { facts: { missing: 1001 } }, { now: 1002 })?.[3]).toBe('cancelled')
    expect(judge({ hasSiblings: true, begun: BEGUN }, { seen: 'running' }, { now: 1001 })).toBe(null)
  })

  test('is no longer missing once it is listed again', () => {
    const { judge } = setUp()
    const missing = { seen: 'running', facts: { missing: 1180 } } as const
    expect(judge({ queue: running() }, missing)).toEqual([3, 1, 0, 'running', { node: 'n1', begun: 1000, missing: 0 }])
    expect(judge({ queue: running() }, { ...missing, facts: { missing: 0 } })).toBe(null)
  })
})
