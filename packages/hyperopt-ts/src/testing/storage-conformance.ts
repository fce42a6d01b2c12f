import { float, int } from '../dimension.ts'
import type { StudyEvent } from '../event.ts'
import { randomSampler } from '../random-sampler.ts'
import type { Storage } from '../storage.ts'
import { createStudy, type Study } from '../study.ts'
import { type ConformanceCase, check, checkSame } from './check.ts'

/** A storage under test: `open` returns one more view of the same events, as another process would have. */
export interface StorageUnderTest {
  readonly open: () => Storage
  /** Called when the case is finished. */
  readonly close?: () => void
}

/** Returns the requirements for every storage, as cases for any test runner; `make` returns an empty one. */
export function storageConformance(make: () => StorageUnderTest): ConformanceCase[] {
  const withStorage = (run: (open: () => Storage) => void) => (): void => {
    const { open, close } = make()
    try {
      run(open)
    } finally {
      close?.()
    }
  }
  return CASES.map(({ title, run }) => ({ title, run: withStorage(run) }))
}

interface StorageCase {
  readonly title: string
  readonly run: (open: () => Storage) => void
}

function givesBack(open: () => Storage): void {
  const storage = open()
  checkSame(storage.read(0), [], 'a new storage')
  checkSame(
    EVENTS.map((event) => storage.append(event)),
    EVENTS.map((_, i) => i),
    'the indexes',
  )
  checkSame(storage.read(0), EVENTS, 'the events')
  checkSame(storage.read(2), EVENTS.slice(2), 'the events from 2')
  checkSame(storage.read(EVENTS.length), [], 'the events from the end')
}

function seesOneOrder(open: () => Storage): void {
  const [a, b] = [open(), open()]
  for (let i = 0; i < 20; i++) {
    const index = (i % 3 === 0 ? a : b).append({ kind: 'enqueue', params: { i } })
    checkSame(index, i, 'the index')
  }
  checkSame(a.read(0), b.read(0), 'the events that both views read')
  checkSame(
    open()
      .read(0)
      .map((event) => event.kind === 'enqueue' && event.params.i),
    Array.from({ length: 20 }, (_, i) => i),
    'the order',
  )
}

function keepsIndexes(open: () => Storage): void {
  const storage = open()
  storage.append({ kind: 'enqueue', params: { i: 0 } })
  const first = storage.read(0)
  open().append({ kind: 'enqueue', params: { i: 1 } })
  checkSame(first.length, 1, 'the number of events read before')
  checkSame(storage.read(0)[0], first[0], 'the first event')
}

function keepsText(open: () => Storage): void {
  const reason = `line\nbreak \u2028 "quotes" \\ ünïcödé 😀 ${'x'.repeat(200_000)}`
  open().append({ kind: 'tell', number: 0, state: 'failed', reason })
  checkSame(open().read(0), [{ kind: 'tell', number: 0, state: 'failed', reason }], 'the event')
}

function sharesTrials(open: () => Storage): void {
  const make = (seed: number): Study =>
    createStudy({
      space: { x: float(0, 1), n: int(1, 9) },
      sampler: randomSampler(),
      seed,
      storage: open(),
    }) as unknown as Study // This only changes the type.
  const studies = [make(1), make(1), make(2)]
  const trials = Array.from({ length: 30 }, (_, i) => {
    const study = studies[i % 3] as Study // There are three studies.
    const trial = study.ask()
    study.report(trial, 1, i)
    if (i % 2 === 0) study.tell(trial, i === 4 ? -Infinity : i)
    return trial.number
  })
  checkSame(
    trials,
    Array.from({ length: 30 }, (_, i) => i),
    'the numbers',
  )
  for (const study of studies) study.refresh()
  const documents = studies.map((study) => JSON.stringify(study))
  check(
    documents.every((document) => document === documents[0]),
    'all studies to agree',
    documents,
  )
  checkSame(make(3).best?.number, 4, 'the best trial')
}

const EVENTS: readonly StudyEvent[] = [
  { kind: 'study', version: 1, space: { x: { kind: 'float', low: 0, high: 1 } }, direction: 'minimize' },
  { kind: 'ask', number: 0, params: { x: 0.1 + 0.2 } },
  { kind: 'report', number: 0, step: 1, value: 'NaN' },
  { kind: 'tell', number: 0, state: 'complete', value: '-Infinity' },
  { kind: 'add', number: 1, trial: { params: { x: 5e-324 }, state: 'failed', reason: '' } },
]

const CASES: readonly StorageCase[] = [
  { title: 'it returns appended events in order, from any index', run: givesBack },
  { title: 'all views return the same order', run: seesOneOrder },
  { title: 'an event that has been read does not change', run: keepsIndexes },
  { title: 'text of any kind and length is returned unchanged', run: keepsText },
  { title: 'studies on it share trials, and each number is assigned once', run: sharesTrials },
]
