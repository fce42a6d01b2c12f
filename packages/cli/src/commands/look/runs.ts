import { statSync } from 'node:fs'
import { refusal } from '@hotcb/commands'
import { messageOf, type RunDocument } from '@hotcb/protocol'
import { doneText, finalMetrics } from '@hotcb/run'
import { findRunsBelow } from '@hotcb/run/node'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { showCount, showNumber } from '../../print/figures.ts'
import { alignColumns } from '../../print/table.ts'
import type { Terminal } from '../../print/terminal.ts'
import { openRunDirectory, type Run } from '../../run.ts'
import { type LatestMetrics, readLatestMetrics } from './latest-metrics.ts'

/** One row of `hotcb runs`; the keys are those of `--json`. */
interface RunRow {
  readonly run_dir: string
  /** `python`: its trainer uses a foreign kernel, which does not report whether it is alive. `unreadable`: see `trouble`. */
  readonly state: 'alive' | 'paused' | 'ended' | 'dead' | 'unknown' | 'new' | 'python' | 'unreadable'
  readonly step: number | null
  /** The run's number of steps; null if its run document does not contain it. */
  readonly max_steps: number | null
  readonly metric: { readonly name: string; readonly value: number | null } | null
  readonly trouble?: string
}

/** `hotcb runs`. */
export const runsCommand: CliCommand = cliCommand({
  args: {},
  about: [
    "Lists each run below the working directory, or below `--dir`, up to four levels deep: whether its trainer is `alive`, `paused`, `ended` or `dead` (no sign of life), its step, and its key metric. The key metric is the one named in `hotcb.run.json`, or else `val_loss`, `loss`, or the run's first metric.",
  ],
  examples: [
    { type: 'hotcb runs', does: 'runs below the working directory' },
    { type: 'hotcb --dir runs runs --json', does: 'for a script' },
  ],
  run(_args, { dir, dirTyped, json, terminal }) {
    const root = dirTyped ? dir : '.'
    const stats = statSync(root, { throwIfNoEntry: false })
    if (stats === undefined) throw refusal(`the directory \`${root}\` does not exist`)
    if (!stats.isDirectory()) throw refusal(`\`${root}\` is not a directory`)
    const { dirs, isWhole } = findRunsBelow(root)
    const rows = dirs.map(rowOf)
    if (json) terminal.json({ runs: rows, complete: isWhole })
    else print(rows, root, terminal)
    if (!isWhole) terminal.err('there are too many directories to search: choose one with `--dir`')
    return EXIT.done
  },
})

function rowOf(dir: string): RunRow {
  try {
    return readRow(openRunDirectory(dir), dir)
  } catch (error) {
    return { run_dir: dir, state: 'unreadable', step: null, max_steps: null, metric: null, trouble: messageOf(error) }
  }
}

function readRow(run: Run, dir: string): RunRow {
  const metrics = readLatestMetrics(run)
  const { verdict, by, state, trouble } = run.life()
  const about = run.document('run').value
  const steps = [state?.step, metrics?.step].filter((step) => step !== undefined && step !== null)
  const stateWord = (): RunRow['state'] => {
    if (verdict === 'alive') return state?.paused === true ? 'paused' : 'alive'
    if (run.isForeign()) return 'python'
    if (by === 'absent') return 'new'
    return by === 'closed' ? 'ended' : verdict
  }
  const step = steps.length === 0 ? null : Math.max(...steps)
  const final = verdict === 'alive' ? null : finalMetrics(about)
  return {
    run_dir: dir,
    state: stateWord(),
    step,
    max_steps: about?.max_steps ?? null,
    metric: keyMetric(about, metrics, final),
    ...(trouble !== undefined && { trouble }),
  }
}

/** Returns the key metric: its final value if the run has ended and the trainer recorded one, otherwise the latest value. */
function keyMetric(
  about: RunDocument | undefined,
  metrics: LatestMetrics | null,
  final: ReturnType<typeof finalMetrics>,
): RunRow['metric'] {
  const latest = new Map<string, number | null>(Object.entries(metrics?.values ?? {}))
  for (const [name, { value }] of Object.entries(metrics?.earlier ?? {})) latest.set(name, value)
  for (const [name, value] of Object.entries(final ?? {})) latest.set(name, value)
  const wanted = [about?.key_metric ?? '', 'val_loss', 'loss', ...latest.keys()]
  const name = wanted.find((one) => latest.has(one))
  return name === undefined ? null : { name, value: latest.get(name) ?? null }
}

function print(rows: readonly RunRow[], root: string, terminal: Terminal): void {
  const { bold, dim } = terminal
  if (rows.length === 0) {
    terminal.out(dim(`no runs below ${root === '.' ? 'this directory' : root}`))
    return
  }
  const cells = rows.map(({ run_dir: dir, state, step, max_steps: total, metric, trouble }) => [
    bold(dir),
    paint(state, terminal),
    step === null ? '' : [`step ${showCount(step)}`, doneText(step, total)].filter(Boolean).join(', '),
    trouble ?? (metric === null ? '' : `${metric.name} ${showNumber(metric.value)}`),
  ])
  for (const row of alignColumns(cells)) terminal.out(row)
}

function paint(state: RunRow['state'], { green, yellow, dim }: Terminal): string {
  if (state === 'alive') return green(state)
  return state === 'ended' || state === 'new' || state === 'python' ? dim(state) : yellow(state)
}
