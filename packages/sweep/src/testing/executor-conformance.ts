import type { Answer, Chunk, Executor, OpenAttempt } from '../executor/executor.ts'
import type { AttemptRef, SeenState } from '../journal/event.ts'

/** One requirement for an executor. `run` throws if the requirement is not met. */
export interface ConformanceCase {
  /** A sentence that is true for a correct implementation. */
  readonly title: string
  readonly run: () => Promise<void>
}

/** An executor under test, in its own workspace. */
export interface ExecutorUnderTest {
  readonly executor: Executor
  /** Returns a submission with one attempt, number `n` of trial `i`, whose launcher exits immediately with `code`. */
  readonly chunk: (sid: string, i: number, n: number, code: number) => Chunk
  /** Called when the case is finished. */
  readonly close?: () => void
}

/** Returns the requirements for every executor, as cases for any test runner; `make` returns one that has run nothing. */
export function executorConformance(make: () => ExecutorUnderTest): readonly ConformanceCase[] {
  return CASES.map(({ title, run }) => ({
    title,
    run: async () => {
      const given = make()
      try {
        await run(given)
      } finally {
        given.close?.()
      }
    },
  }))
}

interface ExecutorCase {
  readonly title: string
  readonly run: (given: ExecutorUnderTest) => Promise<void>
}

const SID = 'c0ffee000001'
const OTHER = 'c0ffee000002'

async function endsWith(given: ExecutorUnderTest, code: number, wanted: SeenState): Promise<void> {
  const seen = await outcomeOf(given.executor, await submitted(given, code))
  check(seen.state === wanted, `an attempt whose launcher exits with ${code} to be ${wanted}`, seen.state)
  check(seen.code === code, `its exit code to be ${code}`, seen.code)
}

async function findsSent(given: ExecutorUnderTest): Promise<void> {
  const open = await submitted(given, 0)
  await outcomeOf(given.executor, open)
  const found = requireAnswer(await given.executor.find([{ sid: SID, at: open.at, attempts: [refOf(open)] }]), 'find')
  const one = found.get(SID)
  check(one?.kind === 'sent' && one.job === open.job, `the submission to be found as job ${open.job}`, one)
}

async function findsNoOther(given: ExecutorUnderTest): Promise<void> {
  await outcomeOf(given.executor, await submitted(given, 0))
  const found = requireAnswer(
    await given.executor.find([{ sid: OTHER, at: Date.now() / 1000, attempts: [[7, 1]] }]),
    'find',
  )
  check(found.get(OTHER)?.kind !== 'sent', 'a submission that was never made not to be found', found.get(OTHER))
}

async function startsOnce(given: ExecutorUnderTest): Promise<void> {
  const first = await submitted(given, 0)
  await outcomeOf(given.executor, first)
  // The driver of the first submission may have been killed before it recorded the answer.
  requireAnswer(await given.executor.submit(given.chunk(OTHER, 0, 1, 3)), 'submit')
  const again = await outcomeOf(given.executor, first)
  check(again.state === 'completed', 'an attempt that was submitted twice to have run once', again.state)
}

async function saysNothingNew(given: ExecutorUnderTest): Promise<void> {
  const { rows } = await given.executor.observe([])
  check(rows.length === 0, 'no rows if no attempt is open', rows)
  const told = requireAnswer(await given.executor.cancel([], false), 'cancel')
  check(told.length === 0, 'no attempt to be notified if no attempt is open', told)
}

async function hasLimits({ executor }: ExecutorUnderTest): Promise<void> {
  const limits = requireAnswer(await executor.limits([]), 'limits')
  check(limits.chunk >= 1 && limits.maxTask >= -1, 'room for at least one attempt in a submission', limits)
  const hasQueue = limits.places === null
  check(hasQueue || limits.places.length > 0, 'a place for the first attempt', limits.places)
}

const CASES: readonly ExecutorCase[] = [
  { title: 'has room for a first attempt', run: hasLimits },
  { title: 'reports nothing about attempts that were not queried', run: saysNothingNew },
  { title: 'follows an attempt until it ends', run: (given) => endsWith(given, 0, 'completed') },
  { title: 'reports the exit code of a failed attempt', run: (given) => endsWith(given, 3, 'failed') },
  { title: 'finds a submission whose answer was lost', run: findsSent },
  { title: 'never finds a submission that was not made', run: findsNoOther },
  { title: 'runs an attempt once, although it is submitted twice', run: startsOnce },
]

async function submitted(given: ExecutorUnderTest, code: number): Promise<OpenAttempt> {
  const at = Date.now() / 1000
  const sent = requireAnswer(await given.executor.submit(given.chunk(SID, 0, 1, code)), 'submit')
  if (sent.kind !== 'sent') throw new Error(`expected the submission to be accepted, got: ${sent.why}`)
  return { i: 0, n: 1, sid: SID, task: 0, job: sent.job, at, seen: null, r: 0, facts: {} }
}

function refOf({ i, n }: OpenAttempt): AttemptRef {
  return [i, n]
}

const LOOKS = 600
const LOOK_MS = 100

/** Observes the executor until the attempt has ended. */
async function outcomeOf(
  executor: Executor,
  open: OpenAttempt,
): Promise<{ readonly state: SeenState; readonly code: number | undefined }> {
  for (let looks = 0; looks < LOOKS; looks++) {
    const { rows } = await executor.observe([open])
    const row = rows.find(([i, n]) => i === open.i && n === open.n)
    if (row !== undefined && row[3] !== 'running' && row[3] !== 'queued') return { state: row[3], code: row[4].code }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
  throw new Error(`expected the attempt to end within ${LOOKS} checks`)
}

function requireAnswer<Value>(given: Answer<Value>, what: string): Value {
  if (given.answered) return given.value
  throw new Error(`expected an answer to ${what}, got none: ${given.why}`)
}

function check(holds: boolean, expected: string, seen: unknown): asserts holds {
  if (!holds) throw new Error(`expected ${expected}, got ${JSON.stringify(seen)}`)
}
