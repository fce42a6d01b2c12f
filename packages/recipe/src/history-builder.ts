import { type Attempt, BUILT_IN_TABLE, type LedgerLine, type ModuleTable, readAttempt } from '@hotcb/protocol'
import { createChangeFold } from './change-fold.ts'
import { createCheckpointFold } from './checkpoint-fold.ts'
import { createForeignReader } from './foreign.ts'
import type { History } from './history.ts'
import { isCut, type Seam, seamOf } from './place.ts'

/** Collects ledger lines, in file order, into a history. */
export interface HistoryBuilder {
  /**
   * @returns False for a line that is ignored because a newer kernel had taken over the directory, or because it is an
   * invalid attempt line.
   */
  add(line: LedgerLine): boolean
  history(): History
}

/** Options for reading a history. */
export interface HistoryOptions {
  /** The `cid`s to look up, see `History.decided`. @defaultValue none */
  readonly cids?: ReadonlySet<string>
  /** The run's modules. @defaultValue the built-in ones */
  readonly table?: ModuleTable
}

const NO_CIDS: ReadonlySet<string> = new Set()

/** Returns the history that a ledger's lines describe (run-directory.md, part 5). */
export function historyOf(lines: Iterable<LedgerLine>, options: HistoryOptions = {}): History {
  const builder = createHistory(options)
  for (const line of lines) builder.add(line)
  return builder.history()
}

/** Creates an empty history, to which lines can be added. */
export function createHistory({ cids = NO_CIDS, table = BUILT_IN_TABLE }: HistoryOptions = {}): HistoryBuilder {
  const changes = createChangeFold(table)
  const checkpoints = createCheckpointFold()
  const decisions = createDecisions(cids)
  const foreign = createForeignReader(table)
  const tokens = new Set<string>()
  let attempt: Attempt | null = null

  function addAttempt(line: LedgerLine): boolean {
    const opened = readAttempt(line)
    if (opened === null || opened.n < (attempt?.n ?? 0)) return false
    attempt = opened
    tokens.add(opened.token)
    foreign.read(line)
    changes.open()
    const seam = seamOf(line)
    if (seam !== null) for (const fold of [changes, checkpoints, decisions]) fold.cut(seam)
    return true
  }

  function addApplied(line: LedgerLine): void {
    if (line.module !== 'core') changes.add(line)
    else if (line.op === 'checkpoint') checkpoints.add(line)
  }

  return {
    add(line) {
      if (attempt !== null && line.attempt !== null && line.attempt < attempt.n) return false
      if (line.module === 'core' && line.op === 'attempt') return addAttempt(line)
      changes.pass(line.step)
      decisions.add(line)
      if (line.of !== null) changes.addAgain(line, line.of)
      else if (line.decision === 'applied') {
        const read = foreign.read(line)
        if (read !== null) addApplied(read)
      }
      return true
    },
    history: () => ({
      ...changes.result(),
      ...checkpoints.result(),
      tokens: new Set(tokens),
      decided: decisions.result(),
      attempt,
    }),
  }
}

/** Tracks which of the requested `cid`s already have a line in the history. */
function createDecisions(cids: ReadonlySet<string>) {
  let decided = new Map<string, { readonly seq: number; readonly step: number; readonly end: boolean }>()
  return {
    add({ cid, seq, step, end }: LedgerLine): void {
      if (cid !== null && cids.has(cid)) decided.set(cid, { seq, step: step ?? 0, end: end === true })
    },
    cut(seam: Seam): void {
      decided = new Map([...decided].filter(([, line]) => !isCut(line, seam)))
    },
    result: (): ReadonlySet<string> => new Set(decided.keys()),
  }
}
