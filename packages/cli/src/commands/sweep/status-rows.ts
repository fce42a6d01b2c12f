import { printable } from '@hotcb/protocol'
import { isHeld, isNeverMet, TRIAL_STATES } from '@hotcb/sweep'
import type { SweepStatus, TrialStatus } from '@hotcb/sweep/node'
import { alignColumns, cutTo } from '../../print/table.ts'
import type { Terminal } from '../../print/terminal.ts'
import { laterText } from './stages.ts'

/** Returns the table of trials and its footer. */
export function statusRows(status: SweepStatus, trials: readonly TrialStatus[], terminal: Terminal): readonly string[] {
  const hasSteps = trials.some(({ step }) => step !== null)
  const head = ['Trial', 'Name', 'Status', ...(hasSteps ? ['Step', 'Steps/min'] : []), 'Last log']
  const rows = trials.map((one) => [
    String(one.trial.i),
    printable(one.trial.name),
    paint(one, terminal),
    ...(hasSteps ? [one.step === null ? '' : one.step.toLocaleString('en'), rateText(one.stepsPerMinute)] : []),
    printable(detailOf(one)),
  ])
  const width = terminal.columns()
  const table = alignColumns([head.map((word) => terminal.bold(word)), ...rows]).map((row) =>
    cutTo(row, width, terminal.unicode),
  )
  const later = status.stages
    .filter(({ isSettled, unplanned }) => !isSettled || unplanned > 0)
    .map((one) => terminal.dim(laterText(one, status.askedStages)))
  return [...table, '', ...later, footer(status, terminal)]
}

function detailOf({ state, reason, lastLogLine, attempt, isOrphan }: TrialStatus): string {
  const notes = [
    ...(reason === null ? [] : [state === 'queued' ? waitText(reason) : reason]),
    ...(attempt > 1 ? [`attempt ${attempt}`] : []),
    ...(isOrphan ? ['no longer in the config'] : []),
  ].join(', ')
  if (state === 'failed' || notes !== '') return notes
  return lastLogLine ?? ''
}

/** Describes why a trial is waiting in the scheduler, and gives a remedy if waiting does not help. */
function waitText(reason: string): string {
  const word = reason.split(', ').at(-1) ?? reason
  if (isNeverMet(word))
    return `${reason}: it cannot start as submitted; stop it with \`herd stop\`, then change the request`
  return isHeld(word) ? `${reason}: release it with \`scontrol release\`` : reason
}

function rateText(rate: number | null): string {
  if (rate === null) return ''
  if (rate >= 100) return `${Math.round(rate).toLocaleString('en')}/m`
  return `${rate.toFixed(rate >= 10 ? 0 : rate >= 1 ? 1 : 2)}/m`
}

function paint({ state }: TrialStatus, terminal: Terminal): string {
  const word = state.toUpperCase()
  if (state === 'completed') return terminal.green(word)
  if (state === 'failed') return terminal.red(word)
  if (state === 'running') return terminal.cyan(word)
  if (state === 'ready' || state === 'waiting') return terminal.dim(word)
  return terminal.yellow(word)
}

function footer({ trials, driver, needsDriver, silent }: SweepStatus, { dim, yellow }: Terminal): string {
  const counts = TRIAL_STATES.map((state) => [state, trials.filter((one) => one.state === state).length] as const)
  const shown = counts.filter(([, count]) => count > 0).map(([state, count]) => `${state.toUpperCase()}: ${count}`)
  const who = driver === null ? '' : dim(` | driver ${driver.host}:${driver.pid}`)
  const none = needsDriver ? yellow(' | no driver is running: continue with `herd run` or `herd drive`') : ''
  const stale = silent.map(({ why }) => yellow(` | ${printable(why)}`)).join('')
  return `Total: ${trials.length} | ${shown.join(' ')}${stale}${who}${none}`
}

/** Counts the trials by HyperHerd's name for their state. States without trials are left out. */
export function totalsOf(trials: readonly TrialStatus[]): Record<string, number> {
  const totals: Record<string, number> = { total: trials.length }
  for (const { status } of trials) totals[status] = (totals[status] ?? 0) + 1
  return totals
}
