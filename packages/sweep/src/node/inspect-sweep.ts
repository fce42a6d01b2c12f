import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readLines } from '@hotcb/journal'
import { readJournalLine } from '../journal/event.ts'
import { isEnd } from '../journal/fold.ts'
import { claimHolder } from './claims.ts'
import { isRunning, readMarks } from './marks.ts'
import type { Workspace } from './workspace.ts'

/** The state of a workspace's own files, for a check. */
export interface SweepInspection {
  /** Who writes at this moment; null for nobody. */
  readonly holder: string | null
  readonly journal: {
    readonly lines: number
    /** Lines that no version of this program writes. */
    readonly bad: number
    /** Lines of a writer whose claim another process had taken. They do not count. */
    readonly void: number
  }
  /** Attempts that run here although the journal does not know them, or says that they ended: `trial-attempt`. */
  readonly strays: readonly string[]
}

/** Looks at claims, journal and marks. Writes nothing. */
export function inspectSweep({ paths, journal }: Workspace): SweepInspection {
  journal.refresh()
  let lines = 0
  let bad = 0
  for (const name of journalNames(paths.journal)) {
    for (const { text } of readLines(join(paths.journal, name))) {
      if (readJournalLine(text) === null) bad++
      else lines++
    }
  }
  return {
    holder: claimHolder(paths.claims),
    journal: { lines, bad, void: lines - journal.lines().length },
    strays: straysOf({ paths, journal }),
  }
}

function straysOf({ paths, journal }: Pick<Workspace, 'paths' | 'journal'>): readonly string[] {
  return [...readMarks(paths.marks)].flatMap(([key, { begun, ended }]) => {
    if (begun?.kind !== 'local' || ended !== null || isRunning(begun) !== true) return []
    const [i, n] = key.split('-').map(Number)
    const attempt = journal.fold.trials.get(Number(i))?.attempts.find((one) => one.n === n)
    return attempt === undefined || isEnd(attempt.seen) ? [key] : []
  })
}

function journalNames(dir: string): readonly string[] {
  try {
    return readdirSync(dir).filter((name) => name.endsWith('.jsonl'))
  } catch {
    // No sweep was started here.
    return []
  }
}
