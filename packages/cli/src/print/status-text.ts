import {
  BUILT_IN_TABLE,
  type ControlDescription,
  isObject,
  isRampMoving,
  type Json,
  type ModuleTable,
  textWidth,
} from '@hotcb/protocol'
import { callbacksOf, decisionText, describe, doneText } from '@hotcb/run'
import type { HeldStatus, QueuedStatus, RunStatus, TrainerStatus } from '../commands/look/read-status.ts'
import { callbackRows } from './callback-rows.ts'
import { showCount, showFigure, showNumber, showSeconds } from './figures.ts'
import { describeOrigin } from './origin-text.ts'
import { alignColumns } from './table.ts'
import type { Terminal } from './terminal.ts'
import { describeSilence } from './trainer-silence.ts'

/** Returns the status as lines of text. */
export function renderStatus(
  status: RunStatus,
  terminal: Terminal,
  table: ModuleTable = BUILT_IN_TABLE,
): readonly string[] {
  const { bold, dim, yellow } = terminal
  const head: (readonly string[])[] = [
    [dim('trainer'), describeTrainer(status.trainer, terminal)],
    [dim('freeze'), describeFreeze(status, terminal)],
    ...(status.origin === null ? [] : [[dim('started'), describeOrigin(status.origin, terminal)]]),
    ...titled(dim('metrics'), status.metrics === null ? [] : allMetricLines(status.metrics, terminal)),
    ...titled(dim('at the end'), status.final_metrics === null ? [] : valueLines(status.final_metrics, [], terminal)),
  ]
  const parts = [bold(status.run_dir), ...alignColumns(head).map(indent)]
  for (const warning of status.warnings) parts.push(`  ${yellow('warning')}  ${warning}`)
  const sections: [string, readonly string[]][] = [
    [queuedTitle(status), queuedRows(status.queued, terminal, table)],
    ['waiting for a step', heldRows(status.held, terminal, table)],
    ['controls', controlRows(status.controls, status.trainer.step, terminal)],
    ['callbacks', callbackLines(status, terminal)],
    [status.last_complete ? 'last changes' : 'last changes (in the latest lines)', lastRows(status, terminal, table)],
  ]
  for (const [title, rows] of sections) if (rows.length > 0) parts.push('', bold(title), ...rows.map(indent))
  return parts
}

/** Returns the lines with a title in front of the first one. */
function titled(title: string, lines: readonly string[]): readonly (readonly string[])[] {
  return lines.map((line, at) => [at === 0 ? title : '', line])
}

/** Describes in one line whether the trainer is alive, and its step. */
export function describeTrainer(trainer: TrainerStatus, { green, yellow, dim }: Terminal): string {
  const { kernel, alive, reason, closed, paused, step, max_steps: total, step_seconds: pace, ranks } = trainer
  if (trainer.foreign) return describeForeign(trainer, dim)
  if (kernel === null) {
    return reason === null ? 'none has opened this run yet' : `${yellow('unknown')} whether it is alive: ${reason}`
  }
  const place = step === null ? 'before the first step' : placeOf(step, total)
  const attempt = kernel.attempt > 1 ? `, attempt ${kernel.attempt}` : ''
  const who = dim(
    `  ${kernel.name} ${kernel.version}${kernel.pid === null ? '' : `, process ${kernel.pid}`}${attempt}${ranks === null ? '' : `, ${ranks} ranks`}`,
  )
  const age = showSeconds(trainer.age_seconds ?? 0)
  if (closed) return `ended ${place}, ${age} ago${who}`
  if (alive === null) return `${yellow('unknown')} whether it is alive: ${reason}; last ${place}, ${age} ago${who}`
  if (!alive) return `${yellow(describeSilence(reason, trainer.age_seconds))}; last ${place}${who}`
  const speed = pace === null ? '' : `, ${showSeconds(pace)} a step`
  return `${paused ? yellow('paused') : green('alive')} ${place}${speed}${who}`
}

function placeOf(step: number, total: number | null): string {
  return [`at step ${showCount(step)}`, doneText(step, total)].filter((part) => part !== '').join(', ')
}

function describeForeign({ step, max_steps: total }: TrainerStatus, dim: Terminal['dim']): string {
  const place = step === null ? '' : `, last ${placeOf(step, total)}`
  return `trained by hotcb in Python${place}${dim('  its kernel does not report whether it is alive')}`
}

function describeFreeze({ freeze }: RunStatus, { bold, yellow }: Terminal): string {
  const { mode, recipe_path: recipe, adjust_path: adjust, policy, step_offset: offset } = freeze
  if (mode === 'off') return 'off'
  if (mode === 'prod') return `${yellow(bold('prod'))}: all changes are refused`
  const parts = [`recipe ${recipe ?? 'none'}`, ...(adjust === null ? [] : [`adjusted by ${adjust}`]), policy]
  if (offset !== 0) parts.push(`${offset > 0 ? '+' : ''}${offset} steps`)
  return `${yellow(bold(mode))}: ${parts.join(', ')}`
}

// Adds metrics that are not in the latest line, such as validation metrics, with their step.
function allMetricLines({ step, values, earlier }: Measured, terminal: Terminal): readonly string[] {
  const steps = [...new Set(Object.values(earlier).map((one) => one.step))].sort((a, b) => b - a)
  const before = steps.slice(0, 3).flatMap((at) => {
    const some = Object.entries(earlier).filter(([, one]) => one.step === at)
    return metricLines({ step: at, values: Object.fromEntries(some.map(([name, one]) => [name, one.value])) }, terminal)
  })
  return [...metricLines({ step, values }, terminal), ...before]
}

type Measured = NonNullable<RunStatus['metrics']>

// The lines are wrapped to the width of the terminal. Without a terminal, there is one line.
function metricLines({ step, values }: Pick<Measured, 'step' | 'values'>, terminal: Terminal): readonly string[] {
  const place = `at step ${showCount(step)}`
  return valueLines(values, [{ width: place.length, text: terminal.dim(place) }], terminal)
}

interface Part {
  readonly width: number
  readonly text: string
}

function valueLines(
  values: Readonly<Record<string, number | null>>,
  end: readonly Part[],
  terminal: Terminal,
): readonly string[] {
  const { bold } = terminal
  const room = terminal.isTerminal ? terminal.columns() - '  metrics  '.length : Number.POSITIVE_INFINITY
  const shown = Object.entries(values).slice(0, 8)
  const parts = shown.map(([name, value], at) => {
    const [number, comma] = [showNumber(value), at < shown.length - 1 ? ',' : '']
    return { width: textWidth(`${name} ${number}${comma}`), text: `${name} ${bold(number)}${comma}` }
  })
  const lines: string[] = []
  let left = 0
  for (const { width, text } of [...parts, ...end]) {
    if (lines.length > 0 && left > width) {
      lines[lines.length - 1] += ` ${text}`
      left -= width + 1
    } else {
      lines.push(text)
      left = room - width
    }
  }
  return lines
}

function queuedTitle({ trainer }: RunStatus): string {
  return trainer.alive === true ? 'queued, not answered yet' : 'queued for the next trainer'
}

function queuedRows(queued: readonly QueuedStatus[], terminal: Terminal, table: ModuleTable): readonly string[] {
  const { unicode, dim } = terminal
  const rows = queued
    .slice(-MAX_QUEUED)
    .map(({ at, command, author, ts, cid }) => [
      command === null ? '?' : describe(command, { unicode, table, showValue: showFigure }),
      at === null ? '' : `for step ${showCount(at.step)}`,
      [author, ts === null ? null : `${showSeconds(Math.max(0, Date.now() / 1000 - ts))} ago`]
        .filter(Boolean)
        .join(', '),
      dim(cid ?? ''),
    ])
  const more = queued.length - rows.length
  return [...(more > 0 ? [dim(`${more} more before these`)] : []), ...alignColumns(rows)]
}

const MAX_QUEUED = 20

function heldRows(held: readonly HeldStatus[], terminal: Terminal, table: ModuleTable): readonly string[] {
  return alignColumns(
    held.map(({ at, command, cid }) => [
      `step ${showCount(at.step)}${at.event ? ` ${at.event}` : ''}`,
      command === null ? '?' : describe(command, { unicode: terminal.unicode, table, showValue: showFigure }),
      terminal.dim(cid),
    ]),
  )
}

function controlRows(
  controls: readonly ControlDescription[],
  step: number | null,
  terminal: Terminal,
): readonly string[] {
  const { bold, dim, green, yellow } = terminal
  const paint = { init: dim, untouched: dim, unverified: yellow, verified: green, disabled: yellow }
  return alignColumns(
    controls.map((control) => [
      control.param_key,
      bold(showCurrent(control)) + (control.unit ? ` ${control.unit}` : ''),
      (paint[control.state] ?? dim)(control.state ?? ''),
      dim(describeRange(control, terminal.unicode)),
      isRampMoving(control.ramp, step) ? describeRamp(control, terminal.unicode) : '',
    ]),
  )
}

/** Returns the current value, or one value per named group if they differ. */
export function showCurrent({ current, groups = [] }: ControlDescription): string {
  const values = groups.map(({ value }) => showFigure(value))
  if (new Set(values).size <= 1) return showFigure(current)
  return groups.map(({ name, place }, i) => `${name || `group ${place ?? i}`} ${values[i]}`).join(' | ')
}

/** Describes the ramp of a control: `linear 0 → 1 until step 600`; empty if there is none. */
function describeRamp({ ramp }: ControlDescription, unicode: boolean): string {
  if (!isObject(ramp)) return ''
  const { type, start, end, steps, first_step: first } = ramp
  if (typeof steps !== 'number' || typeof first !== 'number') return 'ramp'
  // The casts are safe, because these values were parsed from JSON.
  const [from, to] = [showFigure(start as Json), showFigure(end as Json)]
  return `${String(type)} ramp ${from} ${unicode ? '→' : '->'} ${to}, steps ${showCount(first)} to ${showCount(first + steps)}`
}

/** Describes the values that a control accepts. */
export function describeRange({ type, min, max, choices }: ControlDescription, unicode = true): string {
  if (type === 'bool') return 'true or false'
  if (choices !== null && choices !== undefined) return choices.map(showFigure).join(', ')
  const dots = unicode ? '…' : '..'
  if ((min ?? null) === null && (max ?? null) === null) return ''
  return `${min ?? ''} ${dots} ${max ?? ''}`.trim()
}

function callbackLines({ modules }: RunStatus, terminal: Terminal): readonly string[] {
  const callbacks = callbacksOf(modules) ?? []
  return callbacks.length === 0 ? [] : callbackRows(callbacks, terminal)
}

function lastRows({ last }: RunStatus, terminal: Terminal, table: ModuleTable): readonly string[] {
  const entries = Object.entries(last).sort(([, a], [, b]) => b.seq - a.seq)
  const rows = entries
    .slice(0, 20)
    .map(([handle, { op, step, decision, line }]) => [
      handle,
      step === null ? '' : `step ${showCount(step)}`,
      line === null ? op : describe(line, { unicode: terminal.unicode, table, showValue: showFigure }),
      decision === 'applied' ? terminal.green(decision) : terminal.red(decisionText({ decision })),
    ])
  return [...alignColumns(rows), ...(entries.length > 20 ? [terminal.dim(`and ${entries.length - 20} more`)] : [])]
}

function indent(line: string): string {
  return `  ${line}`
}
