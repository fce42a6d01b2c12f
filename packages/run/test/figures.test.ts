import { expect, test } from 'vitest'
import { beginLine, endLine } from '../src/hold-lines.ts'
import {
  callbacksOf,
  doneText,
  finalMetrics,
  hasConditions,
  isForeignKernel,
  isRunError,
  livenessReason,
  RunError,
  readMetricLine,
  registeredOf,
  shellWord,
  showCount,
  showHolder,
  showSeconds,
  writeDrafts,
} from '../src/index.ts'
import { observeState } from '../src/sighting.ts'
import { readVitals, silenceLimitMs } from '../src/vitals.ts'

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [1_234_567, '1,234,567'],
  [100_000, '100,000'],
])('%d is shown as %s', (value, text) => {
  expect(showCount(value)).toBe(text)
})

test.each([
  [0.00823, '8.2 ms'],
  [0.9994, '1000 ms'],
  [1, '1 s'],
  [9.96, '10 s'],
  [1.234, '1.2 s'],
  [10, '10 s'],
  [41.4, '41 s'],
  [59.4, '59 s'],
  [60, '1 min'],
  [89, '1 min'],
  [59 * 60, '59 min'],
  [3600, '1 h'],
  [3600 * 2 + 300, '2 h 5 min'],
  [3600 * 47 + 60, '47 h 1 min'],
  [3600 * 48, '2 d'],
  [3600 * 24 * 4.9, '4 d'],
])('%d seconds are %s', (seconds, text) => {
  expect(showSeconds(seconds)).toBe(text)
})

test('completed steps are counted from one, and the text is empty while a number is unknown', () => {
  expect([doneText(399, 400), doneText(0, 10), doneText(null, 10), doneText(5, null)]).toEqual([
    ...['400 of 400 done', '1 of 10 done', '', ''],
  ])
})

test('metrics are final once a run has ended', () => {
  const metrics = { loss: 0.1 }
  expect(finalMetrics({ completed_at: '2026-01-01T00:00:00Z', final_metrics: metrics })).toBe(metrics)
  expect(finalMetrics({ completed_at: null, final_metrics: metrics })).toBeNull()
  expect(finalMetrics({ completed_at: '2026-01-01T00:00:00Z', final_metrics: null })).toBeNull()
  expect(finalMetrics(undefined)).toBeNull()
})

test('a line of metrics is parsed, and a malformed one is undefined', () => {
  expect(readMetricLine('{"step":1,"metrics":{"loss":2}}')).toMatchObject({ step: 1 })
  expect(['', '{', '5', '{"metrics":3}', 'nonsense'].map(readMetricLine)).toEqual(Array(5).fill(undefined))
})

test.each([
  ['a/b-c_1.2:3,4=5+6@7%', 'a/b-c_1.2:3,4=5+6@7%'],
  ['', "''"],
  ['a b', "'a b'"],
  ["it's", "'it'\\''s'"],
  ['$HOME', "'$HOME'"],
  ['a\n', "'a\n'"],
])('the word %j is typed as %s', (word, typed) => {
  expect(shellWord(word)).toBe(typed)
})

test('a run error has a code, and is recognized by its name', () => {
  const error = new RunError('no-run', 'not a run', 'look elsewhere')
  expect({ ...error, message: error.message }).toEqual({
    name: 'RunError',
    message: 'not a run',
    code: 'no-run',
    hint: 'look elsewhere',
  })
  expect([error, new Error('a'), { name: 'RunError' }].map(isRunError)).toEqual([true, false, false])
})

test('the status of callbacks is read with defaults for missing fields', () => {
  const raw = {
    ...{ loaded: true, enabled: true, init: { every: 5 }, last_params: { a: 1 }, captured_path: 'x.ts', calls: 3 },
    ...{ errors: 1, mean_ms: 0.5, max_ms: 2, share: 0.1, reason: 'slow' },
    target: { kind: 'file', path: 'a.ts', symbol: 'A', more: 1 },
  }
  const bare = {
    ...{ loaded: false, enabled: false, target: null, init: {}, params: {}, capturedPath: null, calls: 0, errors: 0 },
    ...{ meanMs: 0, maxMs: 0, share: null, reason: null },
  }
  expect(callbacksOf({ cb: { full: raw, empty: {}, none: 5 } })).toEqual([
    {
      ...{ id: 'full', loaded: true, enabled: true, init: { every: 5 }, params: { a: 1 }, capturedPath: 'x.ts' },
      ...{ calls: 3, errors: 1, meanMs: 0.5, maxMs: 2, share: 0.1, reason: 'slow', raw },
      target: { kind: 'file', path: 'a.ts', symbol: 'A' },
    },
    { id: 'empty', ...bare, raw: {} },
  ])
  const wrong = {
    ...{ loaded: 'yes', enabled: 1, target: { kind: 'file', path: 5, symbol: 'A' }, init: [], last_params: 'x' },
    ...{ captured_path: 5, calls: '3', share: 'much', reason: 7 },
  }
  expect(callbacksOf({ cb: { a: wrong } })).toEqual([{ id: 'a', ...bare, raw: wrong }])
  for (const target of [
    { path: 'a', symbol: 'A' },
    { kind: 'file', path: 'a' },
  ]) {
    expect(callbacksOf({ cb: { a: { target } } })).toMatchObject([{ target: null }])
  }
  expect([callbacksOf(undefined), callbacksOf({}), callbacksOf({ cb: 5 })]).toEqual([undefined, undefined, undefined])
})

test('the status of registered functions is read with defaults for missing fields', () => {
  const raw = { description: 'Save one.', calls: 3, failed: 1 }
  expect(
    registeredOf({ ctl: { save: raw, bare: {}, none: 5, wrong: { description: 5, calls: 'x', failed: null } } }),
  ).toEqual([
    { path: 'save', ...raw, raw },
    { path: 'bare', description: '', calls: 0, failed: 0, raw: {} },
    { path: 'wrong', description: '', calls: 0, failed: 0, raw: { description: 5, calls: 'x', failed: null } },
  ])
  expect([registeredOf(undefined), registeredOf({}), registeredOf({ ctl: [] })]).toEqual([
    ...[undefined, undefined, undefined],
  ])
})

test('the last ledger line and the times of the documents show which kernel controls a run', () => {
  const facts = { lastLineIsForeign: null, actuatorsMs: null, stateMs: null }
  expect(isForeignKernel(facts)).toBe(false)
  expect(isForeignKernel({ ...facts, lastLineIsForeign: true, stateMs: 5 })).toBe(true)
  expect(isForeignKernel({ ...facts, lastLineIsForeign: false, actuatorsMs: 5 })).toBe(true)
  expect(isForeignKernel({ ...facts, actuatorsMs: 6000, stateMs: 1000 })).toBe(false)
  expect(isForeignKernel({ ...facts, actuatorsMs: 6001, stateMs: 1000 })).toBe(true)
  expect(isForeignKernel({ ...facts, stateMs: 1000 })).toBe(false)
})

test('the heartbeat fields are read even from a document that is otherwise invalid', () => {
  const kernel = { pid: 7, host: 'h', start: 's' }
  expect(readVitals({ protocol: 3, closed: true, step_seconds: 2, kernel })).toEqual({
    ...{ protocol: 3, closed: true, stepSeconds: 2, pid: 7, host: 'h', start: 's' },
  })
  const wrong = { protocol: 'x', closed: 1, step_seconds: Number.NaN, kernel: { pid: '7', host: 5, start: null } }
  expect(readVitals(wrong)).toEqual({
    ...{ protocol: undefined, closed: false, stepSeconds: null, pid: null, host: null, start: null },
  })
  expect([null, {}, { kernel: 5 }].map(readVitals)).toEqual([undefined, undefined, undefined])
  const limits = [null, 1, 2, 100].map((stepSeconds) => silenceLimitMs({ ...EMPTY, stepSeconds }))
  expect(limits).toEqual([5000, 5000, 6000, 300_000])
})

const EMPTY = { protocol: undefined, pid: null, host: null, start: null, closed: false, stepSeconds: null }

test('an empty state document is reported as a problem, and an incomplete one with its reason', () => {
  const file = { stamp: 's', modifiedMs: 9 }
  expect(observeState({ text: '{"kernel":{"pid":7}}', ...file })).toMatchObject({
    ...{ stamp: 's', modifiedMs: 9, vitals: { pid: 7 }, state: undefined },
    trouble: expect.stringMatching(/^cannot be read: /),
  })
  expect(observeState({ text: '{', ...file })).toMatchObject({
    vitals: undefined,
    trouble: expect.stringMatching(/^is not JSON: /),
  })
})

test.each([
  ['alive', 'change', null, null],
  ['dead', 'process', 7, 'its process 7 is gone'],
  ['dead', 'process', null, 'its process is gone'],
  ['unknown', 'process', 7, 'a process 7 is running, which may or may not be the trainer'],
  ['unknown', 'process', null, 'a process is running, which may or may not be the trainer'],
  ['unknown', 'unreadable', 7, 'its state document cannot be read'],
  ['unknown', 'future', 7, 'its state document has a time in the future according to the clock of its file system'],
  [
    'unknown',
    'watching',
    7,
    'its state document has not changed while we watched, and no file can be written next to it',
  ],
  ['dead', 'change', 7, null],
  ['dead', 'closed', 7, null],
] as const)('%s by %s: the reason', (verdict, by, pid, reason) => {
  const kernel = { name: 'k', version: '1', pid, host: null, attempt: 1, start: null }
  const read = observeState({ text: JSON.stringify({ protocol: 1, kernel, step: 1 }), stamp: '', modifiedMs: 0 })
  expect(read.state?.kernel.pid).toBe(pid)
  expect(livenessReason({ verdict, by, state: read.state })).toBe(reason)
})

test("a holder's lines identify it, and its description contains the known fields", () => {
  const holder = { n: 3, token: 't', host: 'h', pid: 7, start: 's', engine: 'notifier' }
  const { n: _, ...data } = holder
  expect(beginLine(holder, 12, { more: 1 })).toEqual({ kind: 'begin', ts: 12, n: 3, more: 1, data })
  expect(endLine(holder, 12, { more: 1 })).toEqual({ kind: 'end', ts: 12, n: 3, more: 1, data: { token: 't' } })
  expect([beginLine(holder, 12), endLine(holder, 12)].map((line) => Object.keys(line))).toEqual([
    ['kind', 'ts', 'data', 'n'],
    ['kind', 'ts', 'data', 'n'],
  ])
  expect(showHolder(holder)).toBe('notifier (process 7 on h)')
  expect(showHolder({ ...holder, host: null })).toBe('notifier (process 7)')
  expect(showHolder({ ...holder, pid: null })).toBe('notifier on h')
  expect(showHolder({ ...holder, pid: null, host: null })).toBe('notifier')
})

test('commands get an id, the time in seconds and their sender, and absent fields are left out', () => {
  let count = 0
  const clock = { nowMs: 1500, createId: () => `c${++count}` }
  const set = { module: 'opt', op: 'set_params', params: { lr: 1 } }
  const written = writeDrafts([set, { ...set, cid: 'own', note: null, at: { step: 1 } }], { source: 'api' }, clock)
  expect(written.ok && written.value.cids).toEqual(['c1', 'own'])
  const lines = written.ok ? written.value.text.trimEnd().split('\n') : []
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { cid: 'c1', ts: 1.5, source: 'api', ...set },
    { cid: 'own', ts: 1.5, source: 'api', ...set, at: { step: 1 } },
  ])
  const refusal = (second: object) => {
    const wrong = writeDrafts([set, { ...set, ...second }], { source: 'api' }, clock)
    return wrong.ok ? '' : wrong.reason
  }
  expect(refusal({ at: { step: -1 } })).toMatch(/^command 2: `at` must be/)
  expect(refusal({ params: { lr: Number.NaN } })).toMatch(/^command 2: \S/)
  expect(writeDrafts([], { source: 'api' }, clock)).toEqual({ ok: true, value: { cids: [], text: '' } })
})

test('a command has conditions if any of the three is given', () => {
  const none = { at: null, expires: null, expect: null } as unknown as Parameters<typeof hasConditions>[0]
  const given = [{ at: { step: 1 } }, { expires: { step: 1 } }, { expect: { lr: 1 } }, {}, none]
  expect(given.map((one) => hasConditions(one))).toEqual([true, true, true, false, false])
})
