import type { JsonObject } from '@hotcb/protocol'
import { expect, test } from 'vitest'
import { createProcessFold, endedData, launchData, type ProcessStory, startedData } from '../src/process-log.ts'

const NOTHING: ProcessStory = {
  options: null,
  seed: null,
  cwd: null,
  startedAt: null,
  trainer: null,
  ended: null,
  failure: null,
  isAsked: false,
  stops: [],
  starts: 0,
  notes: [],
}

function storyOf(...lines: readonly JsonObject[]): ProcessStory {
  const fold = createProcessFold()
  for (const line of lines) fold.take(line)
  return fold.story
}

const by = { source: 'api', author: null }
const launch = (ts: number): JsonObject => ({
  kind: 'launch',
  ts,
  data: launchData({ options: { config: 'simple', max_steps: 5 }, seed: 7, cwd: '/home', by }),
})
const started: JsonObject = {
  kind: 'started',
  ts: 11,
  data: startedData({ pid: 40, start: 'boot/1', host: 'h' }, ['node', 'a.js'], false),
}
const ended: JsonObject = {
  kind: 'ended',
  ts: 20,
  data: endedData({ exitCode: null, signal: 'SIGTERM', asked: 'max-time', hadLeftovers: true }),
}

test('a log without lines has no history', () => {
  expect(storyOf()).toEqual(NOTHING)
  expect(storyOf({ kind: 'other', ts: 1, data: { pid: 40 } }, {}, { kind: 5 })).toEqual(NOTHING)
})

test('the lines of a start record what was started and how it ended', () => {
  const begun = {
    ...NOTHING,
    options: { config: 'simple', maxSteps: 5 },
    seed: 7,
    cwd: '/home',
    startedAt: 10,
    starts: 1,
  }
  expect(storyOf(launch(10))).toEqual(begun)
  const trainer = { pid: 40, start: 'boot/1', host: 'h' }
  expect(storyOf(launch(10), started)).toEqual({ ...begun, trainer })
  expect(storyOf(launch(10), started, ended)).toEqual({
    ...begun,
    trainer,
    ended: { exitCode: null, signal: 'SIGTERM', asked: 'max-time', hadLeftovers: true },
  })
})

test('stops, notes and failures are kept in their order, and a new start begins without them', () => {
  const lines: readonly JsonObject[] = [
    launch(10),
    started,
    { kind: 'stopping', data: { cid: 'c1' } },
    { kind: 'stopping', data: {} },
    { kind: 'stopping', data: { cid: 'c2' } },
    { kind: 'note', data: { text: 'one' } },
    { kind: 'note', data: { text: 5 } },
    { kind: 'note', data: { text: 'two' } },
    { kind: 'failed', data: { text: 'no such program' } },
  ]
  const story = storyOf(...lines, ended)
  expect(story).toMatchObject({
    isAsked: true,
    stops: ['c1', 'c2'],
    notes: ['one', 'two'],
    failure: 'no such program',
    starts: 1,
  })
  const again = storyOf(...lines, ended, launch(30))
  expect(again).toEqual({ ...storyOf(launch(30)), starts: 2 })
  // An adopted process is running; the recorded end belongs to an earlier one.
  expect(storyOf(launch(10), ended, started).ended).toBeNull()
  expect(storyOf({ kind: 'stopping' })).toMatchObject({ isAsked: true, stops: [] })
  expect(storyOf({ kind: 'failed', data: {} }).failure).toBe('it could not be started')
})

test('values of an unexpected type count as unknown, not as errors', () => {
  expect(storyOf({ kind: 'launch', ts: 'x', data: { options: { seed: -1 }, seed: 1.5, cwd: 5 } })).toEqual({
    ...NOTHING,
    starts: 1,
  })
  expect(storyOf({ kind: 'launch', ts: 3, data: 'x' })).toEqual({ ...NOTHING, options: {}, startedAt: 3, starts: 1 })
  expect(storyOf({ kind: 'launch', data: { seed: -1 } }).seed).toBeNull()
  expect(storyOf({ kind: 'launch', data: { seed: 0 } }).seed).toBe(0)
  const trainers = [{ pid: 0 }, { pid: 1 }, { pid: -5 }, { pid: '40' }, { pid: 1.5 }, {}]
  for (const data of trainers) expect([data, storyOf({ kind: 'started', data }).trainer]).toEqual([data, null])
  expect(storyOf({ kind: 'started', data: { pid: 2, start: 5, host: true } }).trainer).toEqual({
    pid: 2,
    start: null,
    host: null,
  })
  expect(storyOf({ kind: 'ended', data: { exit_code: '0', signal: 9, leftovers: 'yes' } }).ended).toEqual({
    exitCode: null,
    signal: null,
    asked: null,
    hadLeftovers: false,
  })
  expect(storyOf({ kind: 'ended', data: { exit_code: -1 } }).ended?.exitCode).toBe(-1)
})

test('the lines contain what readers of the log expect', () => {
  expect(launchData({ options: {}, seed: 1, cwd: '/', by: { source: 'cli', author: 'me' } })).toEqual({
    options: {},
    seed: 1,
    cwd: '/',
    by: { source: 'cli', author: 'me' },
  })
  const mark = { pid: 2, start: null, host: null }
  expect([startedData(mark, ['a'], true), startedData(mark, [], false)]).toEqual([
    { ...mark, argv: ['a'], adopted: true },
    { ...mark, argv: [] },
  ])
  expect(endedData({ exitCode: 3, signal: null, asked: null, hadLeftovers: false })).toEqual({
    exit_code: 3,
    signal: null,
    asked: null,
    leftovers: false,
  })
})
