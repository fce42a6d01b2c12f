import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createStudy, float, localSampler, memoryStorage, randomSampler } from '../src/index.ts'
import { journalStorage } from '../src/node.ts'
import { checkAttr, checkStale, toldBefore } from '../src/study-check.ts'

const space = { x: float(0, 1) }
const SAMPLER = randomSampler()

test.each<[string, object, string]>([
  ['seed', { seed: -1 }, '`seed` must be a whole number >= 0, got -1'],
  ['seed', { seed: 1.5 }, '`seed` must be a whole number >= 0, got 1.5'],
  ['sampler', { sampler: undefined }, '`sampler` must be a sampler such as tpe(), got undefined'],
  ['sampler', { sampler: randomSampler }, ': call it, `sampler: randomSampler()`'],
  ['pruner', { pruner: {} }, '`pruner` must be a pruner such as medianPruner()'],
  ['storage', { storage: { read: () => [] } }, '`storage` must be a storage such as memoryStorage()'],
  ['clock', { clock: 5 }, '`clock` must be a function that returns milliseconds, got 5'],
  ['owner', { owner: 5 }, '`owner` must be text, got 5'],
  ['direction', { direction: 'up' }, "`direction` must be 'minimize' or 'maximize', got "],
  ['directions', { directions: [] }, "`directions` must be a list of 'minimize' and 'maximize', got "],
  ['directions', { directions: ['minimize', 'up'] }, '`directions` must be a list of'],
  ['directions', { directions: 'minimize' }, '`directions` must be a list of'],
  ['both', { directions: ['minimize'], direction: 'minimize' }, 'set `direction` or `directions`, not both'],
])('an invalid option of a study is rejected: %s', (_name, wrong, message) => {
  expect(() => createStudy({ space, sampler: SAMPLER, ...wrong } as never)).toThrow(message)
})

test('valid options of a study are accepted, and a study without a direction minimizes', () => {
  const given = { space, sampler: SAMPLER, seed: 0, storage: memoryStorage(), clock: () => 1, owner: 'me' }
  expect(createStudy(given).directions).toEqual(['minimize'])
  expect(createStudy({ space, sampler: SAMPLER, direction: 'maximize' }).directions).toEqual(['maximize'])
  expect(createStudy({ space, sampler: SAMPLER, directions: ['maximize', 'minimize'] }).directions).toEqual([
    'maximize',
    'minimize',
  ])
  expect(() => createStudy(undefined as never)).toThrow('`createStudy` takes { space, sampler, ... }, got undefined')
})

test('a user attribute is text with JSON data', () => {
  for (const value of [null, 'a', true, 1.5, [], {}, { a: [1, { b: null }] }])
    expect(() => checkAttr('k', value)).not.toThrow()
  for (const key of ['', '__proto__', 3])
    expect(() => checkAttr(key as string, 1)).toThrow('the key of a user attribute must be a non-empty string, got ')
  const circle: unknown[] = []
  circle.push(circle)
  const wrong: [unknown, string][] = [
    [Number.NaN, 'NaN'],
    [{ a: [Number.POSITIVE_INFINITY] }, 'Infinity'],
    [circle, 'data that is nested too deeply or circular'],
    [new Date(0), 'an object that is not plain'],
    [{ a: new Map() }, 'an object that is not plain'],
    [{ a: undefined }, 'undefined'],
    [[() => 1], ''],
  ]
  for (const [value, lost] of wrong) {
    expect(() => checkAttr('k', value as never), lost).toThrow(
      `the user attribute \`k\` must be JSON data, got ${lost}`,
    )
  }
})

test('the options of stale trials are numbers of at least 0', () => {
  expect(checkStale({ olderThanMs: 0 })).toBe(0)
  expect(checkStale({ olderThanMs: 5, maxRetries: 0 })).toBe(5)
  expect(() => checkStale({ olderThanMs: -1 })).toThrow('`olderThanMs` must be a number >= 0, got -1')
  expect(() => checkStale(undefined as never)).toThrow('`olderThanMs` must be a number >= 0, got undefined')
  expect(() => checkStale({ olderThanMs: 1, maxRetries: Number.NaN })).toThrow(
    '`maxRetries` must be a number >= 0, got NaN',
  )
})

test('the error for a trial that was already told contains its state and reason', () => {
  expect(toldBefore(3).message).toBe('trial 3 was already told: tell a trial only once')
  expect(toldBefore(3, 'failed').message).toBe('trial 3 was already told and has state failed: tell a trial only once')
  expect(toldBefore(3, 'failed', 'no disk')).toMatchObject({
    code: 'already-told',
    message: expect.stringContaining('has state failed (no disk): '),
  })
})

test('a local sampler rejects invalid options', () => {
  expect(() => localSampler({ memory: 0 })).toThrow('`memory` must be a number >= 1, got 0')
  expect(() => localSampler({ repeatEvery: -1 })).toThrow('`repeatEvery` must be a whole number >= 0, got -1')
  expect(() => localSampler({ repeatEvery: 1.5 })).toThrow('`repeatEvery` must be a whole number >= 0, got 1.5')
  expect(() => localSampler({ memory: 1, repeatEvery: 0 })).not.toThrow()
})

function journal(): string {
  const directory = mkdtempSync(join(tmpdir(), 'hyperopt-ts-journal-'))
  onTestFinished(() => rmSync(directory, { recursive: true }))
  return join(directory, 'deep', 'study.jsonl')
}

test('a journal lists the lines that are not events, and keeps all others', () => {
  const path = journal()
  const storage = journalStorage(path)
  onTestFinished(() => storage.close())
  const study = createStudy({ space, sampler: SAMPLER, storage })
  study.tell(study.ask(), 1)
  const lines = readFileSync(path, 'utf8').split('\n').length - 1
  appendFileSync(path, '{"kind":"tell"}\n\nnot JSON\n{"kind":"ask","num')
  expect(storage.read(0)).toHaveLength(3)
  expect(storage.skipped).toEqual([
    { line: lines + 1, problem: 'has kind tell and no `number`' },
    { line: lines + 3, problem: 'is not JSON' },
  ])
  // A partial line from a killed process does not become the beginning of the next line.
  study.tell(study.ask(), 2)
  expect(storage.read(0)).toHaveLength(5)
  expect(storage.skipped.map(({ line }) => line)).toEqual([lines + 1, lines + 3, lines + 4])
  const other = journalStorage(path)
  onTestFinished(() => other.close())
  expect(other.read(3)).toEqual(storage.read(3))
  expect(other.owner).toBe(storage.owner)
})

test('appending to a journal fails if another program has truncated or changed it', () => {
  const path = journal()
  const storage = journalStorage(path)
  onTestFinished(() => storage.close())
  const study = createStudy({ space, sampler: SAMPLER, storage })
  study.tell(study.ask(), 1)
  truncateSync(path, 0)
  expect(() => study.ask()).toThrow(/cannot be read back, the file was (?:truncated|changed)$/)
})
