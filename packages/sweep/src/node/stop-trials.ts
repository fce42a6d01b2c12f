import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { replaceDocument } from '@hotcb/journal'
import { runAt } from '@hotcb/run/node'
import type { SweepConfig } from '../config/config.ts'
import type { Attempt, TrialRecord } from '../journal/fold.ts'
import type { JournalWriter } from './journal.ts'
import { isRunning, readMarks } from './marks.ts'
import { openLocalAttempts } from './observe-local.ts'
import type { WorkspacePaths } from './paths.ts'
import { hasKernel } from './trial/has-kernel.ts'

/** Does what is wished for running local trials: asks them to end, then makes them. */
export function fulfilWishes(paths: WorkspacePaths, config: SweepConfig, writer: JournalWriter): void {
  const wanted = openLocalAttempts(writer.fold).filter(([{ wish }]) => wish !== null && wish !== 'hold')
  if (wanted.length === 0) return
  const marks = readMarks(paths.marks)
  for (const [record, attempt] of wanted) {
    const begun = marks.get(`${record.trial.i}-${attempt.n}`)?.begun
    // A wrapper that is about to make its mark is told at the next look.
    if (!begun || isRunning(begun) !== true) continue
    const what = nextWord(record, attempt, config)
    if (what === null) continue
    writer.appendBy('driver', { type: 'told', i: record.trial.i, n: attempt.n, what })
    if (what === 'signal') askToEnd(paths, record, attempt)
    else signalGroup(begun.pid, what === 'TERM' ? 'SIGTERM' : 'SIGKILL')
  }
}

/** What it is told next; null where it has time left. */
function nextWord(
  { wish }: TrialRecord,
  { told }: Attempt,
  { pruneGraceSeconds, local }: SweepConfig,
): 'signal' | 'TERM' | 'KILL' | null {
  const now = Date.now() / 1000
  const saidAt = (word: string): number | undefined => told.find(({ what }) => what === word)?.ts
  const [signalled, terminated, killed] = [saidAt('signal'), saidAt('TERM'), saidAt('KILL')]
  if (killed !== undefined) return null
  if (terminated !== undefined) return now - terminated >= local.killWait ? 'KILL' : null
  if (wish === 'stop') return 'TERM'
  if (signalled === undefined) return 'signal'
  return pruneGraceSeconds > 0 && now - signalled >= pruneGraceSeconds ? 'TERM' : null
}

/** Asks a trainer to end by itself: a word in `_signal`, and commands to its kernel, where it has one. */
function askToEnd(paths: WorkspacePaths, { trial, wish }: TrialRecord, { n }: Attempt): void {
  const dir = join(paths.results, String(trial.i))
  mkdirSync(dir, { recursive: true })
  replaceDocument(join(dir, '_signal'), wish === 'pause' ? 'pause' : 'prune')
  if (!hasKernel(dir)) return
  const save = { module: 'core', op: 'checkpoint', params: { action: 'save', tag: `herd-${n}` } } as const
  const stop = { module: 'core', op: 'stop' } as const
  try {
    runAt(dir).send(wish === 'pause' ? [save, stop] : [stop], { source: 'sweep' })
  } catch {
    // A run directory that takes no commands: the word in `_signal` and the grace remain.
  }
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal)
  } catch {
    // It ended at this moment.
  }
}
