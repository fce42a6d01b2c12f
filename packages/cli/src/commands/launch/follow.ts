import { relative } from 'node:path'
import type { LaunchEnd, LaunchEvent, LaunchHandle } from '@hotcb/launch/node'
import { isMachine, type LedgerLine, messageOf, printable } from '@hotcb/protocol'
import { describe, shellWord } from '@hotcb/run'
import type { CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { showFigure, showNumber } from '../../print/figures.ts'
import { printEvents } from '../autopilot/run.ts'
import type { Signals } from './launch.ts'

interface Following {
  readonly isResumed: boolean
}

/** Shows a launched run until it ends. Ctrl-C stops the run. */
export async function follow(
  run: LaunchHandle,
  context: CliContext,
  signals: Signals,
  { isResumed }: Following,
): Promise<ExitCode> {
  const { terminal, json } = context
  const dir = shownDir(run.runDir)
  if (json) terminal.json({ run_dir: run.runDir, address: run.url, pid: run.pid, resumed: isResumed })
  else for (const line of beginning(run, dir, isResumed)) terminal.out(line)
  const events = run.events()
  const ended = run.wait()
  signals.listen(() => {
    if (!json)
      terminal.err(
        signals.count > 1
          ? 'Sending the next signal.'
          : 'Stopping the training. Press Ctrl-C again to send the next signal immediately.',
      )
    run.stop().catch((error: unknown) => terminal.err(messageOf(error)))
  })
  const progress = createProgress()
  for await (const event of events) {
    if (event.kind === 'ended') break
    if (!json) show(event, context, progress)
  }
  const end = await ended
  if (json) terminal.json(summaryOf(end))
  else for (const line of ending(end, dir, run.keyMetric?.name)) terminal.out(line)
  if (isFailed(end)) return EXIT.refused
  return signals.count > 0 ? EXIT.interrupted : EXIT.done
}

function beginning(run: LaunchHandle, dir: string, isResumed: boolean): readonly string[] {
  return [
    `${isResumed ? 'Resumed' : 'Training in'} ${dir}, process ${run.pid ?? '?'}; its output is in ${dir}/hotcb.out`,
    ...(run.url === null ? [] : [`Dashboard: ${run.url}`]),
    ...(run.autopilot === 'off'
      ? []
      : [`Autopilot: mode ${run.autopilot}, key metric ${run.keyMetric?.name ?? 'none'}`]),
    `Try this in a second terminal, in the same directory:  hotcb --dir ${shellWord(dir)} status`,
    '',
  ]
}

function show(event: LaunchEvent, { terminal, json }: CliContext, progress: Progress): void {
  if (event.kind === 'note') terminal.err(printable(event.text))
  else if (event.kind === 'autopilot') printEvents([event.event], json, terminal)
  else if (event.kind === 'change' && isNews(event.line)) terminal.out(printable(textOf(event.line, terminal.unicode)))
  else if (event.kind === 'step') {
    const text = progress(event.step, event.metrics)
    if (text !== null) terminal.out(terminal.dim(printable(text)))
  }
}

type Progress = (step: number, metrics: Readonly<Record<string, number | null>>) => string | null

const EVERY_MS = 5000
const MOST_METRICS = 4

/** Prints a line about the latest step every few seconds. */
function createProgress(): Progress {
  let toldMs = Number.NEGATIVE_INFINITY
  const latest = new Map<string, number | null>()
  return (step, metrics) => {
    // Machine metrics would leave no room for the training metrics.
    for (const [name, value] of Object.entries(metrics)) if (!name.startsWith('sys/')) latest.set(name, value)
    const nowMs = performance.now()
    if (nowMs - toldMs < EVERY_MS) return null
    toldMs = nowMs
    const shown = [...latest].slice(0, MOST_METRICS).map(([name, value]) => `${name} ${showNumber(value)}`)
    return [`step ${step}`, ...shown].join('   ')
  }
}

// The kernel's own lines and automatic checkpoints are not shown.
function isNews({ module, op, decision, source, author }: LedgerLine): boolean {
  if (module !== 'core') return true
  if (op === 'checkpoint') return decision !== 'applied' || !isMachine({ source, author })
  return op !== 'attempt' && op !== 'yaml'
}

function textOf(line: LedgerLine, unicode: boolean): string {
  const { step, decision, error, source, author } = line
  const who = author === null || author === source ? source : `${author}, ${source}`
  const what = describe(line, { unicode, showValue: showFigure })
  const outcome = decision === 'applied' ? '' : ` ${decision}${error === null ? '' : `: ${error}`}`
  return `${step === null ? 'before the first step' : `step ${step}`}: ${what}${outcome}   (${who})`
}

function isFailed({ exitCode, signal, asked }: LaunchEnd): boolean {
  return asked === null && (signal !== null || (exitCode !== null && exitCode !== 0))
}

const OUTPUT_LINES = 12

function ending(end: LaunchEnd, dir: string, keyMetric: string | undefined): readonly string[] {
  const metrics = sorted(end.metrics, keyMetric).map(([name, value]) => `${name} ${showNumber(value)}`)
  const resume = `To continue:  hotcb launch --resume ${shellWord(dir)}`
  return [
    `${howItEnded(end)}${metrics.length === 0 ? '' : `: ${metrics.slice(0, MOST_METRICS).join(', ')}`}`,
    ...(end.hadLeftovers ? ['Processes that it left behind were killed.'] : []),
    ...(isFailed(end) ? outputOf(end) : []),
    ...(isFailed(end) || end.stoppedEarly ? [resume] : []),
    `To see what was changed, and when:  hotcb --dir ${shellWord(dir)} log`,
  ]
}

// The metric by which the run is judged comes first.
function sorted(metrics: LaunchEnd['metrics'], first: string | undefined): readonly [string, number | null][] {
  return Object.entries(metrics).sort(([a], [b]) => Number(b === first) - Number(a === first))
}

function howItEnded({ exitCode, signal, asked, step }: LaunchEnd): string {
  const at = step === null ? '' : ` at step ${step}`
  if (asked === 'max-time') return `Time is up${at}`
  if (asked !== null)
    return `Stopped${at}${signal === 'SIGKILL' ? ': it had to be killed, and may have lost steps since its last checkpoint' : ''}`
  if (signal !== null) return `The training was stopped by ${signal}${at}`
  if (exitCode === null) return `The training ended${at}; its exit code is unknown`
  return exitCode === 0 ? `Done${at}` : `The training failed with exit code ${exitCode}${at}`
}

function outputOf({ output }: LaunchEnd): readonly string[] {
  const lines = output.trimEnd().split('\n').slice(-OUTPUT_LINES)
  return lines.join('') === ''
    ? ['It printed nothing.']
    : ['The last lines that it printed:', ...lines.map((line) => `  ${line}`)]
}

function summaryOf(end: LaunchEnd): object {
  const { runDir, exitCode, signal, asked, step, stoppedEarly, metrics, hadLeftovers } = end
  return {
    run_dir: runDir,
    exit_code: exitCode,
    signal,
    asked,
    step,
    stopped_early: stoppedEarly,
    leftovers: hadLeftovers,
    metrics,
  }
}

// The shorter of the absolute and the relative path.
function shownDir(dir: string): string {
  const fromHere = relative('.', dir)
  if (fromHere === '') return '.'
  return fromHere.startsWith('..') ? dir : fromHere
}
