import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { replaceDocument } from '@hotcb/journal'
import { openRunDirectory } from '@hotcb/run/node'
import type { SweepConfig } from '../config/config.ts'
import type { Executor } from '../executor/executor.ts'
import { openAttempt, openAttempts } from '../executor/open-attempts.ts'
import type { Attempt, TrialRecord } from '../journal/fold.ts'
import { crashPoint } from './crash-point.ts'
import type { JournalWriter } from './journal.ts'
import { hasKernel } from './trial/has-kernel.ts'
import type { Workspace } from './workspace.ts'

type Asked = readonly [TrialRecord, Attempt]
type Word = 'signal' | 'TERM' | 'KILL'

/**
 * Carries out requests about running trials: asks them to stop, and later kills them. Needs a claim.
 *
 * @returns Why an executor could not be notified; null if everything worked.
 */
export async function carryOutRequests(
  { paths, clock }: Workspace,
  config: SweepConfig,
  executor: Executor,
  writer: JournalWriter,
): Promise<string | null> {
  const wanted = openAttempts(writer.fold, executor.name).filter(([{ wish }]) => wish !== null && wish !== 'hold')
  const words = new Map<Word, Asked[]>()
  for (const [record, attempt] of wanted) {
    const word = nextWord(record, attempt, config, clock.now())
    if (word !== null) words.set(word, [...(words.get(word) ?? []), [record, attempt]])
  }
  for (const [record, attempt] of words.get('signal') ?? []) {
    writer.appendBy('driver', { type: 'told', i: record.trial.i, n: attempt.n, what: 'signal' })
    crashPoint('told')
    askToEnd(paths, record, attempt)
    crashPoint('asked')
  }
  for (const [record, attempt] of wanted) if (isAskLost(paths, record, attempt)) askToEnd(paths, record, attempt)
  const problems = [
    await endThem(executor, words.get('TERM') ?? [], 'TERM', writer),
    await endThem(executor, words.get('KILL') ?? [], 'KILL', writer),
  ]
  return problems.find((one) => one !== null) ?? null
}

async function endThem(
  executor: Executor,
  asked: readonly Asked[],
  what: 'TERM' | 'KILL',
  writer: JournalWriter,
): Promise<string | null> {
  if (asked.length === 0) return null
  const open = asked.map(([record, attempt]) => openAttempt(record, attempt))
  const told = await executor.cancel(open, what === 'KILL')
  if (!told.answered) return told.why
  const events = told.value.map(([i, n]) => ({ type: 'told', i, n, what }) as const)
  writer.appendBy('driver', ...events)
  return null
}

/** Returns the next signal; null while the attempt still has time. */
function nextWord(
  { wish, isKilled }: TrialRecord,
  { told, seen }: Attempt,
  { pruneGraceSeconds, local }: SweepConfig,
  now: number,
): Word | null {
  const saidAt = (word: string): number | undefined => told.find(({ what }) => what === word)?.ts
  const [signalled, terminated, killed] = [saidAt('signal'), saidAt('TERM'), saidAt('KILL')]
  if (killed !== undefined) return null
  if (isKilled && seen === 'running') return 'KILL'
  if (terminated !== undefined) return now - terminated >= local.killWait ? 'KILL' : null
  // An attempt that has not started has nothing to save.
  if (wish === 'stop' || seen !== 'running') return 'TERM'
  if (signalled === undefined) return 'signal'
  return pruneGraceSeconds > 0 && now - signalled >= pruneGraceSeconds ? 'TERM' : null
}

/** Whether a driver was killed after it recorded its request and before the trainer could see it. */
function isAskLost(paths: Workspace['paths'], { trial }: TrialRecord, { told, seen }: Attempt): boolean {
  if (seen !== 'running' || !told.some(({ what }) => what === 'signal')) return false
  return !existsSync(signalPath(paths, trial.i))
}

function signalPath({ results }: Workspace['paths'], i: number): string {
  return join(results, String(i), '_signal')
}

/**
 * Asks a trainer to stop: with commands to its kernel, if it has one, and a word in the `_signal` file. The word is written last, so if it
 * is in the file, the trainer was asked.
 */
function askToEnd(paths: Workspace['paths'], { trial, wish }: TrialRecord, { n }: Attempt): void {
  const dir = join(paths.results, String(trial.i))
  mkdirSync(dir, { recursive: true })
  askKernel(dir, wish, n)
  replaceDocument(signalPath(paths, trial.i), wish === 'pause' ? 'pause' : 'prune')
}

function askKernel(dir: string, wish: TrialRecord['wish'], n: number): void {
  if (!hasKernel(dir)) return
  const save = { module: 'core', op: 'checkpoint', params: { action: 'save', tag: `herd-${n}` } } as const
  const stop = { module: 'core', op: 'stop' } as const
  try {
    openRunDirectory(dir).send(wish === 'pause' ? [save, stop] : [stop], { source: 'sweep' })
  } catch {
    // The run directory accepts no commands. The trainer can still read `_signal` during the grace period.
  }
}
