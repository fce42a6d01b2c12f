import { statSync } from 'node:fs'
import { join } from 'node:path'
import { type LedgerLine, runFiles } from '@hotcb/protocol'
import { type HistorySave, historyOf, seamOf } from '@hotcb/recipe'
import { openRunDirectory } from '@hotcb/run/node'

/** What a member's ledger contains about checkpoints. */
export interface MemberLedger {
  readonly lines: readonly LedgerLine[]
  /** The latest checkpoint load that was applied. */
  readonly load: LedgerLine | null
  /** The saves that the sweep requested and the kernel applied since that load, by tag. */
  readonly saves: ReadonlyMap<string, HistorySave>
  /**
   * The line where the current history started, with a load or a rewind: earlier lines belong to another history. 0 if there is
   * no such line.
   */
  readonly course: number
  /** The tags of all checkpoints that it ever saved. */
  readonly savedTags: ReadonlySet<string>
  /** Returns the line that decided a command sent by the sweep. */
  answer(cid: string): LedgerLine | undefined
}

/** The tag prefix of a population's checkpoints. */
export const TAG = 'pbt-'

/** Reads member ledgers repeatedly; an unchanged ledger is not read again. */
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
  // A driver that takes over from another one may send a command twice. A second line then reports that the command is known. It may
  // precede the first line, because that command waits for its step.
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
