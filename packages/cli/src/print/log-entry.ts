import { type ModuleTable, printable } from '@hotcb/protocol'
import { decisionText, describe, plainReason } from '@hotcb/run'
import type { LedgerRecord } from '../run.ts'
import { isRevertTold } from './answer.ts'
import { showFigure } from './figures.ts'

/** One entry of the log, as text. */
export interface LogEntry {
  readonly seq: string
  /** The local time, with the date if it is not today. */
  readonly when: string
  readonly step: string
  /** The author, or the source if there is none; the source follows the author in brackets. */
  readonly who: string
  readonly what: string
  readonly outcome: string
  /** The note, the error and further remarks. */
  readonly why: string
  readonly isGood: boolean
}

/** Options of {@link describeEntry}. */
export interface LogStyle {
  readonly unicode: boolean
  /** The modules of the run. @defaultValue the built-in ones */
  readonly table?: ModuleTable
  /** Entries of this day, such as `2026-11-22`, show only the time. */
  readonly today: string
}

/** Converts a ledger line to text. */
export function logEntry({ value: line }: LedgerRecord, style: LogStyle): LogEntry {
  const { seq, step, author, source, decision, wall_time: time, error, notes, reverts, of } = line
  const back = isRevertTold(line) ? [] : [`reverts ${reverts}`]
  const again = of === null ? [] : [`again ${of}`]
  return {
    seq: String(seq),
    when: showTime(time, style.today),
    step: step === null ? '' : String(step),
    who: printable(author === null || author === source ? source : `${author} (${source})`),
    what: printable(describe(line, { ...style, showValue: showFigure })),
    outcome: decisionText({ decision }).replace(/,$/, ''),
    why: printable(
      [...back, ...again, ...[error, notes].flatMap((text) => (text === null ? [] : [plainReason(text)]))].join('; '),
    ),
    isGood: decision === 'applied',
  }
}

/** Returns the local day of a time, as `2026-11-22`. */
export function dayOf(epochSeconds: number): string {
  const date = new Date(epochSeconds * 1000)
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}

function showTime(epochSeconds: number, today: string): string {
  // hotcb 2's hand-written lines have no time.
  if (!(epochSeconds > 0)) return ''
  const date = new Date(epochSeconds * 1000)
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
  const day = dayOf(epochSeconds)
  return day === today ? time : `${day} ${time}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}
