import { isLive, type SweepProgress } from '@hotcb/sweep'
import type { SweepStatus, TrialStatus } from '@hotcb/sweep/node'
import { showSeconds } from '../../print/figures.ts'
import { progressBar } from '../../print/progress-bar.ts'
import { cutTo } from '../../print/table.ts'
import type { Terminal } from '../../print/terminal.ts'
import { typedName } from './place.ts'
import { statusRows } from './status-rows.ts'

/** The parts of a live table, other than the trials. */
export interface LiveView {
  readonly columns: number
  readonly rows: number
  /** The problem that stops the driver from working; null if there is none. */
  readonly trouble: string | null
}

/**
 * The number of lines other than trial lines: progress, the table header, the number of hidden trials, an empty line, the footer, a
 * problem.
 */
const OTHER_ROWS = 6

/** Returns a sweep's table for a screen: the progress, and as many trials as fit. Running trials are preferred. */
export function liveRows(
  status: SweepStatus,
  terminal: Terminal,
  { columns, rows, trouble }: LiveView,
): readonly string[] {
  const shown = fitting(status.trials, Math.max(1, rows - OTHER_ROWS))
  const hidden = status.trials.length - shown.length
  const table = statusRows(status, shown, terminal)
  const lines = [
    progressText(status.progress, terminal, columns),
    ...table.slice(0, shown.length + 1),
    ...(hidden === 0 ? [] : [terminal.dim(`${hidden} more; show all with \`${typedName()} status\``)]),
    ...table.slice(shown.length + 1),
    ...(trouble === null ? [] : [terminal.yellow(trouble)]),
  ]
  return lines.map((line) => cutTo(line, columns, terminal.unicode))
}

function progressText({ over, called, leftSeconds }: SweepProgress, terminal: Terminal, columns: number): string {
  const left = leftSeconds === null || over === called ? '' : `, about ${showSeconds(Math.ceil(leftSeconds))} left`
  return progressBar(called === 0 ? 0 : over / called, ` ${over} of ${called} done${left}`, columns, terminal)
}

/**
 * Returns the trials for which there is room, in the order of their indices. Running trials are preferred, then failed, waiting and
 * finished ones.
 */
function fitting(trials: readonly TrialStatus[], room: number): readonly TrialStatus[] {
  if (trials.length <= room) return trials
  return [...trials]
    .sort((a, b) => rankOf(a) - rankOf(b) || a.trial.i - b.trial.i)
    .slice(0, room)
    .sort((a, b) => a.trial.i - b.trial.i)
}

function rankOf({ state }: TrialStatus): number {
  if (isLive(state)) return 0
  if (state === 'failed') return 1
  if (state === 'waiting' || state === 'paused') return 2
  return state === 'ready' ? 4 : 3
}
