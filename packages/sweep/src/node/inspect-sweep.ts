import { join } from 'node:path'
import { readLines } from '@hotcb/journal'
import { parseJson } from '@hotcb/protocol'
import { readJournalLine } from '../journal/event.ts'
import { isEnd } from '../journal/fold.ts'
import { claimHolder } from './claims.ts'
import { journalFiles } from './journal.ts'
import { isRunning, readMarks } from './marks.ts'
import type { Workspace } from './workspace.ts'

/** The state of hotcb's files in a workspace, as a check reports it. */
export interface SweepInspection {
  /** The process that is writing now; null if there is none. */
  readonly holder: string | null
  readonly journal: {
    readonly lines: number
    /** Lines that no version of this program writes. */
    readonly bad: number
    /** Lines that are incomplete because their writer was killed or its disk was full. They are ignored. */
    readonly torn: number
    /** Lines from a writer whose claim had been taken over by another process. They are ignored. */
    readonly void: number
  }
  /**
   * Attempts that are running here although the journal does not contain them or records them as ended, each as `trial-attempt`.
   */
  readonly strays: readonly string[]
}

/** Reads the claims, the journal and the marks. Writes nothing. */
export function inspectSweep({ paths, journal }: Workspace): SweepInspection {
  journal.refresh()
  const counts = journalFiles(paths.journal).map((name) => countLines(join(paths.journal, name)))
  const sum = (of: keyof LineCounts): number => counts.reduce((all, one) => all + one[of], 0)
  const lines = sum('lines')
  return {
    holder: claimHolder(paths.claims),
    journal: { lines, bad: sum('bad'), torn: sum('torn'), void: lines - journal.lines().length },
    strays: straysOf({ paths, journal }),
  }
}

interface LineCounts {
  readonly lines: number
  readonly bad: number
  readonly torn: number
}

function countLines(path: string): LineCounts {
  let [lines, bad, torn] = [0, 0, 0]
  let before: 'whole' | 'cut' = 'whole'
  for (const { text } of readLines(path)) {
    const line = readJournalLine(text)
    // The next writer starts a new line, under its own claim.
    if (before === 'cut') line?.event.type === 'open' ? torn++ : bad++
    before = line === null && isCut(text) ? 'cut' : 'whole'
    if (line !== null) lines++
    else if (before === 'whole') bad++
  }
  return { lines, bad, torn: before === 'cut' ? torn + 1 : torn }
}

/** Whether a line may be the beginning of a longer line. */
function isCut(text: string): boolean {
  return (START.startsWith(text) || text.startsWith(START)) && !parseJson(text).ok
}

const START = '{"n":'

function straysOf({ paths, journal }: Pick<Workspace, 'paths' | 'journal'>): readonly string[] {
  return [...readMarks(paths.marks)].flatMap(([key, { begun, ended }]) => {
    if (begun?.kind !== 'local' || ended !== null || isRunning(begun) !== true) return []
    const [i, n] = key.split('-').map(Number)
    const attempt = journal.fold.trials.get(Number(i))?.attempts.find((one) => one.n === n)
    return attempt === undefined || isEnd(attempt.seen) ? [key] : []
  })
}
