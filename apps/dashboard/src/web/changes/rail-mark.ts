import type { ModuleTable } from '@hotcb/protocol'
import { plainReason } from '@hotcb/run'
import type { Change } from '../../shared/describe.ts'
import { isRoutine } from '../../shared/markers.ts'
import type { QueuedRow } from '../../shared/queued-row.ts'
import { askerOf, placeText, queuedText } from '../../shared/queued-text.ts'
import type { Marker } from '../../shared/wire.ts'
import { type ChangeSource, decisionText, type Outcome, outcomeOf, revertedSeqs, sourceOf } from './change-look.ts'
import type { RampEnd } from './ramp-ends.ts'

/**
 * A mark on the rail, the row of flags above the charts. It is a change that the kernel decided, a change that is waiting for its
 * step, or the end of a running ramp.
 */
export interface RailMark {
  readonly id: string
  readonly step: number
  readonly source: ChangeSource
  readonly outcome: Outcome
  /** The ledger line; undefined if the change is still waiting. */
  readonly line: Marker | undefined
  /** The waiting command. */
  readonly waiting: QueuedRow | undefined
  /** The ramp that ends here. */
  readonly ramp: RampEnd | undefined
}

/** Which marks to show. `changes`: all except routine ones (`isRoutine`). */
export type MarkChoice = 'changes' | 'all' | 'none'

/** Selects the lines to show. */
export function chooseMarks(marks: readonly Marker[], choice: MarkChoice, table: ModuleTable): readonly Marker[] {
  if (choice === 'all') return marks
  return choice === 'none' ? [] : marks.filter((mark) => !isRoutine(mark, table))
}

/** Creates the marks for ledger lines, ordered by step. A line that another line in `all` reverts is marked as reverted. */
export function marksOfLines(lines: readonly Marker[], all: readonly Marker[] = lines): readonly RailMark[] {
  const reverted = revertedSeqs(all)
  return inOrder(
    lines.map((line) => ({
      id: `line-${line.seq}`,
      step: line.step,
      source: sourceOf(line.source),
      outcome: outcomeOf(line.decision, reverted.has(line.seq)),
      line,
      waiting: undefined,
      ramp: undefined,
    })),
  )
}

/** Creates the marks for future changes: commands for later steps, and the ends of running ramps. */
export function marksAhead(waiting: readonly QueuedRow[], ramps: readonly RampEnd[], now: number): readonly RailMark[] {
  const rest = { outcome: 'scheduled', line: undefined, waiting: undefined, ramp: undefined } as const
  return inOrder([
    ...waiting.map((row) => ({
      ...rest,
      id: `cid-${row.cid}`,
      step: row.at?.step ?? now,
      source: sourceOf(row.command?.source ?? ''),
      waiting: row,
    })),
    ...ramps.map((ramp) => ({ ...rest, id: `ramp-${ramp.key}`, step: ramp.step, source: ramp.source, ramp })),
  ])
}

/** Merges marks of different kinds into one list, ordered by step. */
export function inOrder(marks: readonly RailMark[]): readonly RailMark[] {
  return marks.toSorted((a, b) => a.step - b.step)
}

/** A mark's description, in parts. */
export interface MarkText {
  /** What changed: `lr 0.01 → 0.02`. */
  readonly what: string
  /** The author, otherwise the source. */
  readonly who: string
  /** The text of the outcome. */
  readonly outcome: string
  /** The reason; empty if none is known. */
  readonly reason: string
}

/** Describes a mark. */
export function textOfMark(mark: RailMark, describe: (change: Change) => string): MarkText {
  const { line, waiting, ramp } = mark
  if (line !== undefined) {
    const outcome = mark.outcome === 'reverted' ? 'reverted' : decisionText(line.decision)
    return { what: describe(line), who: line.author ?? line.source, outcome, reason: plainReason(line.note ?? '') }
  }
  if (waiting !== undefined) {
    const place = placeText(waiting) || 'for the next safe point'
    return { what: queuedText(waiting, describe), who: askerOf(waiting), outcome: `scheduled ${place}`, reason: '' }
  }
  if (ramp !== undefined)
    return { what: ramp.text, who: ramp.who, outcome: 'scheduled; the ramp is running', reason: '' }
  return { what: '', who: '', outcome: '', reason: '' }
}

/** Describes a mark in one sentence, for screen readers. */
export function sentenceOfMark(mark: RailMark, describe: (change: Change) => string): string {
  const { what, who, outcome, reason } = textOfMark(mark, describe)
  const by = who === '' ? '' : ` (${who})`
  return `step ${mark.step}: ${what}${by}, ${outcome}${reason === '' ? '' : `: ${reason}`}`
}
