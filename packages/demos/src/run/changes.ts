import type { Json, LedgerLine } from '@hotcb/protocol'
import { describe } from '@hotcb/run'
import { runAt } from '@hotcb/run/node'
import { shortNumber } from './progress.ts'

/** What the ledger says of changes, as they happen. */
export interface Changes {
  /** One line of text for each ledger line since the last time that a person wants to hear of. */
  read(): readonly string[]
  close(): void
}

/** Follows a run's ledger from where it ends. */
export function followChanges(runDir: string): Changes {
  const ledger = runAt(runDir).follow('ledger', 'end')
  return {
    read: () =>
      ledger
        .read()
        .records.filter(({ value }) => isNews(value))
        .map(({ value }) => describeLine(value)),
    close: () => ledger.close(),
  }
}

// The kernel's own seams and the trainer's regular checkpoints are no news; lost ranks are noted in words of their own.
function isNews({ module, op, source }: LedgerLine): boolean {
  if (module !== 'core') return true
  return op !== 'attempt' && op !== 'yaml' && op !== 'collective' && !(op === 'checkpoint' && source === 'trainer')
}

/** A ledger line in a few words: step, what, from, to, who. */
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
