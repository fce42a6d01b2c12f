import type { SweepTrialState } from '@hotcb/sweep'
import type { SweepStatus, TrialStatus } from '@hotcb/sweep/node'
import { expect, test } from 'vitest'
import { liveRows } from '../../src/commands/sweep/live-rows.ts'
import { laterText, stageJson, stagesJson } from '../../src/commands/sweep/stages.ts'
import { statusRows, totalsOf } from '../../src/commands/sweep/status-rows.ts'
import { markedTerminal } from '../marked-terminal.ts'

const plain = (text: string): string => text
const STYLES = { bold: plain, dim: plain, red: plain, green: plain, yellow: plain, cyan: plain }

function trial(i: number, state: SweepTrialState, some: Partial<TrialStatus> = {}): TrialStatus {
  return {
    trial: { i, hash: `h${i}`, params: [], extras: [], name: `t-${i}` },
    ...{ state, status: state, attempt: 1, reason: null, isOrphan: false, lastLogLine: null, step: null },
    ...{ stepsPerMinute: null, ...some },
  }
}

function status(trials: readonly TrialStatus[], some: Partial<SweepStatus> = {}): SweepStatus {
  const progress = { over: 0, called: 0, leftSeconds: null }
  return { trials, driver: null, needsDriver: false, progress, silent: [], stages: [], askedStages: null, ...some }
}

test('the table shows steps and their rate, and why a trial ended or waits', () => {
  const trials = [
    trial(0, 'running', { step: 1234, stepsPerMinute: 1234.5, lastLogLine: 'loss 1' }),
    trial(1, 'running', { step: 0, stepsPerMinute: 99.6 }),
    trial(2, 'running', { stepsPerMinute: 10 }),
    trial(3, 'running', { stepsPerMinute: 9.96 }),
    trial(4, 'running', { stepsPerMinute: 0.996 }),
    trial(5, 'running', { stepsPerMinute: 100 }),
    trial(6, 'running', { stepsPerMinute: 1 }),
    trial(7, 'failed', { reason: 'oom', attempt: 2, lastLogLine: 'no' }),
    trial(8, 'failed', { lastLogLine: 'no' }),
    trial(9, 'completed', { isOrphan: true, lastLogLine: 'no' }),
    trial(10, 'queued', { reason: 'Priority' }),
    trial(11, 'queued', { reason: 'x, JobHeldUser' }),
    trial(12, 'queued', { reason: 'PartitionTimeLimit' }),
    trial(13, 'paused', { reason: 'JobHeldUser' }),
  ]
  const rows = statusRows(status(trials, { needsDriver: true }), trials, markedTerminal(STYLES))
  expect(`\n${rows.join('\n')}\n`).toMatchInlineSnapshot(`
    "
    Trial  Name  Status     Step   Steps/min  Last log
    0      t-0   RUNNING    1,234  1,235/m    loss 1
    1      t-1   RUNNING    0      100/m
    2      t-2   RUNNING           10/m
    3      t-3   RUNNING           10.0/m
    4      t-4   RUNNING           1.00/m
    5      t-5   RUNNING           100/m
    6      t-6   RUNNING           1.0/m
    7      t-7   FAILED                       oom, attempt 2
    8      t-8   FAILED
    9      t-9   COMPLETED                    no longer in the config
    10     t-10  QUEUED                       Priority
    11     t-11  QUEUED                       x, JobHeldUser: release it with \`scontrol release\`
    12     t-12  QUEUED                       PartitionTimeLimit: it cannot start as submitted; stop it with \`herd stop\`, then change the request
    13     t-13  PAUSED                       JobHeldUser

    Total: 14 | QUEUED: 3 RUNNING: 7 PAUSED: 1 COMPLETED: 1 FAILED: 2 | no driver is running: continue with \`herd run\` or \`herd drive\`
    "
  `)
})

test('without steps the table has no column for them, and each state has its colour', () => {
  const states = ['ready', 'waiting', 'running', 'completed', 'failed', 'pruned'] as const
  const trials = states.map((state, i) => trial(i, state))
  const driver = { host: 'node7', pid: 42 } as SweepStatus['driver']
  const silent = [{ source: 'queue', why: 'squeue is silent' }] as SweepStatus['silent']
  const rows = statusRows(status(trials, { driver, silent, needsDriver: true }), trials, markedTerminal())
  expect(`\n${rows.join('\n')}\n`).toMatchInlineSnapshot(`
    "
    <bold>Trial</bold>  <bold>Name</bold>  <bold>Status</bold>       <bold>Last log</bold>
    0                   t-0                <dim>READY</dim>
    1                   t-1                <dim>WAITING</dim>
    2                   t-2                <cyan>RUNNING</cyan>
    3                   t-3                <green>COMPLETED</green>
    4                   t-4                <red>FAILED</red>
    5                   t-5                <yellow>PRUNED</yellow>

    Total: 6 | READY: 1 WAITING: 1 RUNNING: 1 PRUNED: 1 COMPLETED: 1 FAILED: 1<yellow> | squeue is silent</yellow><dim> | driver node7:42</dim><yellow> | no driver is running: continue with \`herd run\` or \`herd drive\`</yellow>
    "
  `)
  const narrow = statusRows(status(trials), trials, markedTerminal({ ...STYLES, columns: () => 8, unicode: false }))
  expect(narrow.slice(0, 2)).toEqual(['Trial  .', '0      .'])
  expect(totalsOf([trial(0, 'failed'), trial(1, 'failed'), trial(2, 'ready')])).toEqual({
    total: 3,
    failed: 2,
    ready: 1,
  })
})

test('the live table shows running trials first, then failed, waiting, ended and ready ones, if there is room', () => {
  const trials = [
    trial(0, 'ready'),
    trial(1, 'completed'),
    trial(2, 'waiting'),
    trial(3, 'failed'),
    trial(4, 'paused'),
    trial(5, 'running'),
    trial(6, 'running'),
  ]
  const progress = { over: 2, called: 6, leftSeconds: 61.2 }
  const shown = (rows: number, some: Partial<SweepStatus> = {}, trouble: string | null = null): readonly string[] =>
    liveRows(status(trials, { progress, ...some }), markedTerminal(STYLES), { columns: 60, rows, trouble })
  const indices = (rows: number): readonly string[] =>
    shown(rows).flatMap((line) => line.match(/^\d(?= +t-)/)?.[0] ?? [])
  expect([1, 7, 8, 9, 10, 11, 12, 13].map((rows) => indices(rows).join(''))).toEqual([
    '5',
    '5',
    '56',
    '356',
    '2356',
    '23456',
    '123456',
    '0123456',
  ])
  expect(`\n${shown(8, {}, 'the disk is full').join('\n')}\n`).toMatchInlineSnapshot(`
    "
    ██████████░░░░░░░░░░░░░░░░░░░░ 2 of 6 done, about 1 min left
    Trial  Name  Status   Last log
    5      t-5   RUNNING
    6      t-6   RUNNING
    5 more; show all with \`hotcb sweep status\`

    Total: 7 | READY: 1 WAITING: 1 RUNNING: 2 PAUSED: 1 COMPLET…
    the disk is full
    "
  `)
  expect(shown(13)).toHaveLength(11)
  const first = (some: Partial<SweepStatus['progress']>): string | undefined =>
    shown(8, { progress: { ...progress, ...some } })[0]
  expect([first({ over: 6 }), first({ called: 0, over: 0 }), first({ leftSeconds: null })]).toMatchInlineSnapshot(`
    [
      "████████████████████████████████████████ 6 of 6 done",
      "░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░░ 0 of 0 done",
      "█████████████░░░░░░░░░░░░░░░░░░░░░░░░░░░ 2 of 6 done",
    ]
  `)
  const dim = liveRows(status(trials), markedTerminal(), { columns: 60, rows: 7, trouble: 'oh' })
  expect(dim.filter((line) => line.includes('more:') || line.includes('oh'))).toMatchInlineSnapshot(`
    [
      "<yellow>oh</yellow>",
    ]
  `)
})

/** A trial as the journal records it. */
function record(i: number, state: 'ready' | 'waiting' | 'running' | 'failed' | 'cancelled' | 'paused') {
  const wish = state === 'cancelled' ? 'stop' : state === 'paused' ? 'pause' : null
  const seen = state === 'running' || state === 'failed' ? state : null
  const attempts = seen === null ? [] : [{ n: 1, seen, told: [], facts: {}, job: '7' }]
  return { trial: trial(i, 'ready').trial, isCalled: state === 'waiting', wish, attempts }
}

type Progress = Parameters<typeof laterText>[0]

function stage(some: object): Progress {
  const base = { name: 'tune', after: 'train', take: { kind: 'best', count: 2 } }
  return {
    stage: { ...base, ...some },
    parts: [],
    waitsFor: [],
    isSettled: false,
    unplanned: 0,
    ...some,
  } as unknown as Progress
}

test('a later stage is described with its parents and what it is waiting for', () => {
  const waiting = (...records: readonly object[]): string => laterText(stage({ waitsFor: records }), null)
  expect([
    laterText(stage({}), null),
    laterText(stage({ take: { kind: 'all' } }), null),
    laterText(stage({ take: { kind: 'each' } }), ['tune']),
    laterText(stage({}), ['train', 'other']),
    laterText(stage({ isSettled: true, unplanned: 3 }), null),
    waiting(record(0, 'running'), record(1, 'failed'), record(2, 'failed')),
    waiting(record(0, 'waiting'), record(1, 'failed')),
    waiting(record(0, 'failed')),
    waiting(record(0, 'ready'), record(4, 'paused')),
    waiting(record(3, 'cancelled')),
    waiting(record(0, 'ready')),
  ]).toMatchInlineSnapshot(`
    [
      "tune takes the best 2 of train once all have ended",
      "tune takes the completed trials of train once all have ended",
      "tune takes each trial of train as soon as it completes",
      "tune takes the best 2 of train after another \`herd run\`: the last one only requested train, other",
      "tune can start: 3 trial(s) of train have no children yet",
      "tune takes the best 2 of train once all have ended: 1 running, 2 failed",
      "tune takes the best 2 of train once all have ended: 1 waiting, 1 failed",
      "tune takes the best 2 of train once all have ended: 1 failed; run it again with \`herd run\`, or abandon it with \`herd prune 0\`",
      "tune takes the best 2 of train once all have ended: 1 ready, 1 paused; resume it with \`herd resume 4\`, or abandon it with \`herd prune 4\`",
      "tune takes the best 2 of train once all have ended: 1 cancelled; run it again with \`herd run\`, or abandon it with \`herd prune 3\`",
      "tune takes the best 2 of train once all have ended: 1 ready",
    ]
  `)
})

test('the JSON of a trial and of the sweep contains stages', () => {
  const own = { ...trial(3, 'ready').trial }
  expect([stageJson(own), stageJson({ ...own, stage: 'tune', parent: 1 })]).toEqual([{}, { stage: 'tune', parent: 1 }])
  const trials = [{ trial: { ...own, stage: 'tune' } }, { trial: { ...own, stage: 'train' } }]
  expect(stagesJson({ stages: [], askedStages: null }, trials)).toEqual({})
  const stages = [
    stage({ waitsFor: [record(4, 'ready')] }),
    stage({ name: 'train', isSettled: true }),
    stage({ isSettled: true, unplanned: 1 }),
  ]
  const shared = { name: 'tune', after: 'train', trials: 1 }
  expect(stagesJson({ stages, askedStages: ['train'] }, trials)).toEqual({
    stages: [
      { ...shared, waits_for: [4], settled: false, asked_for: false },
      { ...shared, name: 'train', waits_for: [], settled: true, asked_for: true },
      { ...shared, waits_for: [], settled: false, asked_for: false },
    ],
  })
  expect(stagesJson({ stages: stages.slice(0, 1), askedStages: null }, trials)).toMatchObject({
    stages: [{ asked_for: true }],
  })
})
