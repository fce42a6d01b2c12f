import { statSync } from 'node:fs'
import { join } from 'node:path'
import { type LedgerLine, runFiles } from '@hotcb/protocol'
import { type HistorySave, historyOf, seamOf } from '@hotcb/recipe'
import { openRunDirectory } from '@hotcb/run/node'

/** What the ledger of a member contains about its checkpoints. */
export interface MemberLedger {
  readonly lines: readonly LedgerLine[]
  /** The newest checkpoint load that was applied. */
  readonly load: LedgerLine | null
  /** Applied saves of the sweep since that load, by tag. */
  readonly saves: ReadonlyMap<string, HistorySave>
  /** The line where the current history started, with a load or a cut: earlier lines belong to another history. 0: none. */
  readonly course: number
  /** Tags of all checkpoints that it ever saved. */
  readonly savedTags: ReadonlySet<string>
  /** How a command of the sweep was decided. */
  answer(cid: string): LedgerLine | undefined
}

/** The prefix of the tags of a population's checkpoints. */
export const TAG = 'pbt-'

/** Reads the ledgers of members repeatedly; an unchanged ledger is not read again. */
export function createMemberLedgers(results: string): (i: number) => MemberLedger {
  const known = new Map<number, { readonly size: number; readonly ledger: MemberLedger }>()
  return (i) => {
    const dir = join(results, String(i))
    const size = statSync(join(dir, runFiles.ledger), { throwIfNoEntry: false })?.size ?? 0
    const before = known.get(i)
    if (before?.size === size) return before.ledger
    const ledger = size === 0 ? NONE : readMemberLedger(dir)
    known.set(i, { size, ledger })
    return ledger
  }
}

const NONE: MemberLedger = {
  lines: [],
  load: null,
  saves: new Map(),
  course: 0,
  savedTags: new Set(),
  answer: () => undefined,
}

export function readMemberLedger(dir: string): MemberLedger {
  const lines = [...openRunDirectory(dir).records('ledger')].map(({ value }) => value)
  const load = lines.findLast(isLoad) ?? null
  const after = load?.seq ?? 0
  const saves = [...historyOf(lines).saves].filter(([tag, { seq }]) => tag.startsWith(TAG) && seq >= after)
  // Of a command that was sent twice, by a driver that continues the work of another one, a second line says that it is known. It may
  // come before the first one, which waits for its step.
  const answers = new Map<string, LedgerLine>()
  for (const line of lines) {
    if (line.cid?.startsWith(TAG) === true && line.decision !== 'skipped_noop') answers.set(line.cid, line)
  }
  const course = lines.findLast((line) => seamOf(line) !== null)?.seq ?? 0
  const savedTags = new Set(lines.flatMap(savedTag))
  return { lines, load, saves: new Map(saves), course, savedTags, answer: (cid) => answers.get(cid) }
}

/** Whether a line is a checkpoint load that was applied. */
export function isLoad({ module, op, decision, params }: LedgerLine): boolean {
  return module === 'core' && op === 'checkpoint' && decision === 'applied' && params?.['action'] === 'load'
}

function savedTag({ module, op, decision, params, payload }: LedgerLine): readonly string[] {
  if (module !== 'core' || op !== 'checkpoint' || decision !== 'applied') return []
  const { action = 'save' } = params ?? {}
  return action === 'save' && typeof payload?.['tag'] === 'string' ? [payload['tag']] : []
}
