import type { Json, LedgerLine } from '@hotcb/protocol'
import { describe } from '@hotcb/run'
import { openRunDirectory } from '@hotcb/run/node'
import { shortNumber } from './progress.ts'

/** Announces changes in the ledger as they happen. */
export interface Changes {
  /** Returns one line of text for each ledger line since the last call that matters to a person. */
  read(): readonly string[]
  /** The latest checkpoint since the start, in the part of the ledger that has been read. */
  readonly saved: SavedCheckpoint | null
  close(): void
}

/** A saved checkpoint according to the ledger. */
export interface SavedCheckpoint {
  readonly tag: string
  /** The next step to train from it. */
  readonly step: number
}

/** Follows a run's ledger from where it ends. */
export function followChanges(runDir: string): Changes {
  const ledger = openRunDirectory(runDir).follow('ledger', 'end')
  let saved: SavedCheckpoint | null = null
  return {
    get saved() {
      return saved
    },
    read() {
      const { records } = ledger.read()
      for (const { value } of records) saved = savedBy(value) ?? saved
      return records.filter(({ value }) => isNews(value)).map(({ value }) => describeLine(value))
    },
    close: () => ledger.close(),
  }
}

function savedBy({ module, op, decision, payload }: LedgerLine): SavedCheckpoint | null {
  if (module !== 'core' || op !== 'checkpoint' || decision !== 'applied' || payload?.['action'] !== 'save') return null
  const { tag, step } = payload
  return typeof tag === 'string' && typeof step === 'number' ? { tag, step } : null
}

// The kernel's own seams and the trainer's own checkpoints are not news, unless a checkpoint could not be saved. Lost ranks are reported
// elsewhere.
function isNews({ module, op, source, decision }: LedgerLine): boolean {
  if (module !== 'core') return true
  if (op === 'checkpoint' && source === 'trainer') return decision !== 'applied'
  return op !== 'attempt' && op !== 'yaml' && op !== 'collective'
}

/** Describes a ledger line briefly: the step, the change with its old and new values, and the author. */
export function describeLine(line: LedgerLine): string {
  const { step, decision, error, source, of, author } = line
  const who = [...(author === null ? [] : [author]), source, ...(of === null ? [] : [`again, of seq ${of}`])]
  const place = step === null ? 'before the first step' : `step ${step}`
  const what = `${place}: ${describe(line, { unicode: false, showValue: show })}`
  if (decision === 'applied') return `${what}   (${who.join(', ')})`
  return `${what} ${decision}${error === null ? '' : `: ${error}`}   (${who.join(', ')})`
}

function show(value: Json | undefined): string {
  if (typeof value === 'number') return shortNumber(value)
  if (!Array.isArray(value)) return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
  const shown = value.map(show)
  return new Set(shown).size === 1 ? (shown[0] ?? '') : `[${shown.join(', ')}]`
}
