import type { ControlDescription, ModuleTable } from '@hotcb/protocol'
import { showCount, showNumber, showSeconds } from '../../../print/figures.ts'
import { dayOf, type LogEntry, logEntry } from '../../../print/log-entry.ts'
import { progressBar } from '../../../print/progress-bar.ts'
import { showCurrent } from '../../../print/status-text.ts'
import { alignColumns, cutStartTo, cutTo, padTo, visibleWidth } from '../../../print/table.ts'
import type { Terminal } from '../../../print/terminal.ts'
import { describeSilence } from '../../../print/trainer-silence.ts'
import type { LedgerRecord } from '../../../run.ts'
import type { RunStatus } from '../read-status.ts'
import type { MetricSeries } from './metric-history.ts'
import { sparkline } from './sparkline.ts'

/** Everything that `hotcb watch` shows. */
export interface WatchView {
  readonly status: RunStatus
  readonly metrics: readonly MetricSeries[]
  /** The latest step in any of the run's files. */
  readonly step: number | null
  /** Steps per second. */
  readonly speed: number | null
  /** The planned number of steps. */
  readonly maxSteps: number | null
  /** The latest ledger lines, oldest first. */
  readonly ledger: readonly LedgerRecord[]
  /** The modules of the run. @defaultValue the built-in ones */
  readonly table?: ModuleTable
  /** Epoch seconds. */
  readonly now: number
}

export interface FrameSize {
  readonly columns: number
  readonly rows: number
}

/**
 * Renders the view for a terminal of any size.
 *
 * The first line is the run's status. The metrics, the controls and the ledger share the remaining lines. Each section gets a
 * heading and at least one line, or is left out; unused lines go to the other sections.
 */
export function frame(view: WatchView, terminal: Terminal, { columns, rows }: FrameSize): readonly string[] {
  const head = headLines(view, terminal, columns).slice(0, rows)
  const sections = [
    { title: 'metrics', lines: metricLines(view.metrics, terminal, columns) },
    { title: 'controls', lines: controlLines(view.status.controls, terminal, columns) },
    { title: 'ledger', lines: ledgerLines(view, terminal) },
  ].filter(({ lines }) => lines.length > 0)
  const heights = share(
    rows - head.length,
    sections.map(({ lines }) => lines.length),
  )
  const body = sections.flatMap(({ title, lines }, i) => {
    const height = heights[i] ?? 0
    if (height === 0) return []
    // For the ledger, keep the latest lines, which come last.
    const shown = title === 'ledger' ? lines.slice(-height) : lines.slice(0, height)
    return ['', terminal.bold(title), ...shown.map((line) => `  ${line}`)]
  })
  return [...head, ...body].slice(0, rows).map((line) => cutTo(line, columns, terminal.unicode))
}

/** Distributes rows among sections, each of which has two heading lines. A section without rows has no heading. */
export function share(rows: number, wanted: readonly number[]): readonly number[] {
  const given = wanted.map(() => 0)
  let left = rows
  // Each section first gets one line, as long as any are left. The rest are then distributed in turn.
  for (const [i] of wanted.entries()) {
    if (left < 3) break
    given[i] = 1
    left -= 3
  }
  for (let gave = true; gave && left > 0; ) {
    gave = false
    for (const [i, want] of wanted.entries()) {
      if (left <= 0 || given[i] === 0 || (given[i] ?? 0) >= want) continue
      given[i] = (given[i] ?? 0) + 1
      left--
      gave = true
    }
  }
  return given
}

const SHORTEST_PATH = 12

function headLines(view: WatchView, terminal: Terminal, columns: number): readonly string[] {
  const { bold, dim, green, yellow } = terminal
  const { trainer, freeze, run_dir: dir, queued, held, warnings } = view.status
  const parts = [view.step === null ? dim('no step yet') : `step ${bold(showCount(view.step))}`]
  if (view.speed !== null && trainer.alive === true && !trainer.paused)
    parts.push(`${showNumber(Number(view.speed.toPrecision(3)))} steps/s`)
  if (trainer.foreign) parts.push(dim('trained by hotcb in Python'))
  else if (trainer.alive === null) parts.push(yellow('status unknown'))
  else if (trainer.kernel === null) parts.push(dim('no trainer'))
  else if (trainer.closed) parts.push(dim('ended'))
  else if (!trainer.alive) parts.push(yellow(describeSilence(trainer.reason, trainer.age_seconds)))
  else parts.push(trainer.paused ? yellow('paused') : green('alive'))
  if (freeze.mode !== 'off') parts.push(yellow(`frozen: ${freeze.mode}`))
  if (queued.length > 0) parts.push(yellow(`${queued.length} queued`))
  if (held.length > 0) parts.push(`${held.length} waiting`)
  const state = parts.join('  ')
  // A long path must not push the state off the line; the end of the path names the run.
  const room = Math.max(SHORTEST_PATH, columns - visibleWidth(state) - 2)
  const lines = [`${bold(cutStartTo(dir, room, terminal.unicode))}  ${state}`]
  const bar = progressLine(view, terminal, columns)
  if (bar !== undefined) lines.push(bar)
  return [...lines, ...warnings.map((warning) => yellow(warning))]
}

function progressLine(
  { step, maxSteps, speed, status }: WatchView,
  terminal: Terminal,
  columns: number,
): string | undefined {
  if (step === null || maxSteps === null || maxSteps <= 0) return undefined
  const done = Math.min(1, (step + 1) / maxSteps)
  const isMoving = speed !== null && speed > 0 && status.trainer.alive === true && !status.trainer.paused && done < 1
  const rest = isMoving ? `, ${showSeconds((maxSteps - step - 1) / speed)} left` : ''
  const text = ` ${Math.floor(done * 100)} % of ${showCount(maxSteps)}${rest}`
  return progressBar(done, text, columns, terminal)
}

function metricLines(metrics: readonly MetricSeries[], terminal: Terminal, columns: number): readonly string[] {
  const rows = metrics.map(({ name, latest, min, max }) => ({
    name: cutTo(name, 28, terminal.unicode),
    latest: showNumber(latest),
    range: min === null ? '' : `${showNumber(min)} ${terminal.unicode ? '…' : '..'} ${showNumber(max)}`,
  }))
  const nameWidth = Math.max(0, ...rows.map(({ name }) => visibleWidth(name)))
  const valueWidth = Math.max(0, ...rows.map(({ latest }) => latest.length))
  const rangeWidth = Math.max(0, ...rows.map(({ range }) => range.length))
  const room = columns - 2 - nameWidth - valueWidth - 4
  // In a narrow terminal, drop the range first, then the sparkline.
  const withRange = room - rangeWidth - 2 >= 20
  const width = Math.max(0, Math.min(60, withRange ? room - rangeWidth - 2 : room))
  return rows.map(({ name, latest, range }, i) => {
    const picture =
      width >= 4 ? terminal.cyan(padTo(sparkline(metrics[i]?.values ?? [], width, terminal.unicode), width)) : ''
    const value = terminal.bold(latest.padStart(valueWidth))
    return [padTo(name, nameWidth), value, picture, withRange ? terminal.dim(range) : '']
      .filter((cell) => cell !== '')
      .join('  ')
  })
}

function controlLines(controls: readonly ControlDescription[], terminal: Terminal, columns: number): readonly string[] {
  const cells = controls.map((control) => {
    const mark = MARKS[control.state] ?? ''
    return `${control.param_key} ${terminal.bold(showCurrent(control))}${mark === '' ? '' : terminal.yellow(mark)}`
  })
  const width = Math.max(0, ...cells.map(visibleWidth)) + 3
  const perLine = Math.max(1, Math.floor((columns - 2) / width))
  const lines: string[] = []
  for (let i = 0; i < cells.length; i += perLine) {
    lines.push(
      cells
        .slice(i, i + perLine)
        .map((cell) => padTo(cell, width))
        .join('')
        .trimEnd(),
    )
  }
  return lines
}

const MARKS: Readonly<Partial<Record<ControlDescription['state'], string>>> = { unverified: ' ?', disabled: ' off' }

function ledgerLines({ ledger, now, table }: WatchView, terminal: Terminal): readonly string[] {
  const style = { unicode: terminal.unicode, today: dayOf(now), ...(table !== undefined && { table }) }
  return alignColumns(ledger.map((record) => ledgerRow(logEntry(record, style), terminal)))
}

function ledgerRow({ when, step, who, what, outcome, why, isGood }: LogEntry, terminal: Terminal): readonly string[] {
  return [
    terminal.dim(when),
    step === '' ? '' : `step ${step}`,
    terminal.bold(what),
    isGood ? terminal.green(outcome) : terminal.red(outcome),
    terminal.dim([who, why].filter((text) => text !== '').join(': ')),
  ]
}
