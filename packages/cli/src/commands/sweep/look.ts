import { usageError } from '@hotcb/commands'
import { printable } from '@hotcb/protocol'
import {
  formatG,
  fromJson,
  HERD_STATUS,
  jsonOf,
  matchesPins,
  parameterNames,
  pythonStr,
  readPins,
  type SweepTrial,
  trialValues,
} from '@hotcb/sweep'
import {
  createSeedGroups,
  finalMetrics,
  metricSeries,
  plannedTrials,
  readSweepStatus,
  type StageProgress,
  SweepError,
  selectTrials,
  valuesNow,
  type Workspace,
} from '@hotcb/sweep/node'
import type { CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import type { Terminal } from '../../print/terminal.ts'
import { untilInterrupted } from '../../until-interrupted.ts'
import { inWorkspace, PIN_FLAG, readSweepWords, WORDS } from './place.ts'
import { laterText, stageJson } from './stages.ts'
import { statusJson } from './status.ts'
import { statusRows } from './status-rows.ts'
import { openSweepScreen } from './watch-sweep.ts'

/** `herd ls`. */
export const sweepListCommand: CliCommand = cliCommand({
  args: {
    words: WORDS,
    pin: PIN_FLAG,
  },
  about: [
    'Lists the trials in the config with their values and states, and reports mistakes in the config. Nothing is written.',
  ],
  examples: [
    { type: 'hotcb sweep ls', does: 'all trials' },
    { type: 'hotcb sweep ls -p optimizer=adam', does: 'trials with this value' },
  ],
  run(args, context) {
    const words = readSweepWords(args._, { pin: args.pin }, context)
    const { terminal, json } = context
    return inWorkspace(words, context, async (workspace) => {
      const { trials, config, silent, later } = await plannedTrials(workspace)
      for (const { why } of silent) terminal.err(printable(why))
      const shown = filtered(workspace, trials, words.pins, parameterNames(config))
      if (json) terminal.json({ trials: shown.map(listJson) })
      else printList(shown, later, terminal)
      return EXIT.done
    })
  },
})

function printList(shown: readonly Listed[], later: readonly StageProgress[], terminal: Terminal): void {
  terminal.out(`Trials: ${shown.length}`)
  for (const one of later) terminal.out(laterText(one, null))
  const parents = new Map(shown.map(({ trial }) => [trial.i, trial]))
  for (const { trial, state } of shown) {
    terminal.out(`${terminal.dim(`[${trial.i}]`)}  ${printable(trial.name)}  ${state}`)
    for (const [name, value] of trial.params) terminal.out(`    ${assigned(name, value)}`)
    for (const [name, value] of trial.extras) {
      const origin = hasValue(parents.get(trial.parent ?? -1), name) ? `trial ${trial.parent}` : 'condition'
      terminal.out(terminal.dim(`    ${assigned(name, value)}  (${origin})`))
    }
  }
}

function hasValue(trial: SweepTrial | undefined, name: string): boolean {
  return trial !== undefined && [...trial.params, ...trial.extras].some(([one]) => one === name)
}

function assigned(name: string, value: Parameters<typeof pythonStr>[0]): string {
  return `${printable(name)}=${printable(pythonStr(value))}`
}

type Listed = Awaited<ReturnType<typeof plannedTrials>>['trials'][number]

function filtered(
  workspace: Workspace,
  trials: readonly Listed[],
  pins: readonly string[],
  names: readonly string[],
): readonly Listed[] {
  if (pins.length === 0) return trials
  const read = readPins(pins, names)
  if (!read.ok) throw new SweepError('refused', read.message)
  const found = trials.filter(({ trial }) => matchesPins(trialValues(trial), read.value))
  if (found.length === 0)
    throw new SweepError('refused', `no trial matches ${pins.join(' ')} in ${workspace.paths.root}`)
  return found
}

function listJson({ trial, state }: Listed): object {
  return {
    index: trial.i,
    status: HERD_STATUS[state],
    state,
    experiment_name: trial.name,
    params: jsonOf(trial.params),
    extras: jsonOf(trial.extras),
    hash: trial.hash,
    ...stageJson(trial),
  }
}

/** `herd res`. */
export const sweepResultsCommand: CliCommand = cliCommand({
  args: {
    words: WORDS,
    steps: { type: 'boolean', description: 'Print every value by step.' },
    csv: { type: 'boolean', description: 'With `--steps`: separate with commas, as HyperHerd does.' },
  },
  about: [
    'Prints the parameters and final metrics of each trial as a tab-separated table. For a population, the parameters are the current values. The metrics come from `log_result`, and from the run directory if the trainer uses hotcb.',
  ],
  examples: [
    { type: 'hotcb sweep res', does: 'a line for each trial' },
    { type: 'hotcb sweep res --steps > steps.tsv', does: 'every value' },
  ],
  run(args, context) {
    const words = readSweepWords(args._, {}, context)
    if (args.csv === true && args.steps !== true) throw usageError('`--csv` requires `--steps`')
    return inWorkspace(words, context, (workspace) =>
      args.steps === true
        ? printSteps(workspace, context, args.csv === true ? ',' : '\t')
        : printResults(workspace, context),
    )
  },
})

function printResults(workspace: Workspace, { terminal, json }: CliContext): ExitCode {
  const records = selectTrials(workspace, { all: true })
  const rows = records.map(({ trial }) => ({
    trial,
    values: valuesNow(workspace, trial),
    metrics: finalMetrics(workspace.paths.results, trial.i),
  }))
  if (json) {
    const groupOf = createSeedGroups(workspace)
    const trials = rows.map(({ trial, values, metrics }) => ({
      index: trial.i,
      experiment_name: trial.name,
      params: jsonOf(values),
      metrics: Object.fromEntries(metrics),
      ...stageJson(trial),
      ...groupJson(groupOf(trial)),
    }))
    terminal.json({ trials })
    return EXIT.done
  }
  const names = [...new Set(rows.flatMap(({ metrics }) => [...metrics.keys()]))]
  const params = [...new Set(records.flatMap(({ trial }) => trialValues(trial).map(([name]) => name)))]
  if (names.length === 0)
    terminal.err('no trial has logged a final value yet; use `--steps` to show the values logged at each step')
  const isStaged = records.some(({ trial }) => trial.stage !== undefined)
  const lines = rows.map(({ trial, values: pairs, metrics }) => {
    const values = new Map(pairs)
    const own = params.map((name) => cellOf(values.get(name)))
    const place = isStaged ? [trial.stage ?? '', trial.parent ?? ''] : []
    return [trial.i, trial.name, ...place, ...own, ...names.map((name) => numberText(metrics.get(name)))]
      .map(cell)
      .join('\t')
  })
  terminal.page(
    [
      ['trial_id', 'experiment_name', ...(isStaged ? ['stage', 'parent'] : []), ...params, ...names]
        .map(cell)
        .join('\t'),
      ...lines,
    ].join('\n'),
  )
  return EXIT.done
}

function groupJson(group: number | null): object {
  return group === null ? {} : { group }
}

function cellOf(value: Parameters<typeof pythonStr>[0] | undefined): string {
  if (value === undefined) return ''
  return value.type === 'float' ? formatG(value.value, 6) : pythonStr(value)
}

function numberText(value: unknown): string {
  if (value === undefined) return ''
  if (typeof value === 'number') return Number.isSafeInteger(value) ? String(value) : formatG(value, 6)
  return pythonStr(fromJson(value))
}

function cell(text: string | number): string {
  return printable(String(text).replace(/[\t\n]/g, ' '))
}

function printSteps(workspace: Workspace, { terminal, json }: CliContext, separator: string): ExitCode {
  const rows = selectTrials(workspace, { all: true }).flatMap(({ trial }) => stepRows(workspace, trial.i))
  if (json) {
    terminal.json({ rows })
    return EXIT.done
  }
  const lines = rows.map(({ trial_id, step, metric, timestamp, value }) =>
    [trial_id, step, metric, timestamp, numberText(value)].map(cell).join(separator),
  )
  terminal.page([['trial_id', 'step', 'metric', 'timestamp', 'value'].join(separator), ...lines].join('\n'))
  return EXIT.done
}

function stepRows(workspace: Workspace, i: number) {
  const series = [...metricSeries(workspace.paths.results, i)].sort(([a], [b]) => (a < b ? -1 : 1))
  return series.flatMap(([metric, points]) =>
    points.map(({ step, value, ts }) => ({ trial_id: i, step, metric, timestamp: timeText(ts), value })),
  )
}

function timeText(ts: number | null): string {
  return ts === null ? '' : `${new Date(ts * 1000).toISOString().slice(0, 19)}Z`
}

/** `herd watch`. */
export const sweepWatchCommand: CliCommand = cliCommand({
  args: {
    words: WORDS,
    every: {
      type: 'string',
      number: 'positive',
      default: '1',
      valueHint: 'S',
      description: 'Check every S seconds. Default: 1.',
    },
    once: {
      type: 'boolean',
      description:
        'Print one table and exit. This is the default if the output is not a terminal, except with `--json`, which prints one document every S seconds.',
    },
  },
  about: [
    'Shows the `herd status` table with the progress of the sweep, and refreshes it until q or Ctrl-C is pressed. It only reads: it never starts or stops a trial.',
  ],
  examples: [
    { type: 'hotcb sweep watch', does: 'watch until q or Ctrl-C is pressed' },
    { type: 'hotcb sweep watch --json --every 10', does: 'one JSON document every ten seconds' },
  ],
  run(args, context) {
    const words = readSweepWords(args._, {}, context)
    return inWorkspace(words, context, async (workspace) => {
      const { terminal, json } = context
      if (json && args.once !== true) {
        await untilInterrupted(Number(args.every) * 1000, async () => printStatus(workspace, context))
        return EXIT.interrupted
      }
      if (args.once === true || !terminal.isTerminal) {
        await printStatus(workspace, context)
        return EXIT.done
      }
      const screen = openSweepScreen(terminal)
      let end: 'quit' | 'interrupt' | null = null
      void screen.over.then((how) => {
        end = how
      })
      try {
        while (end === null) {
          screen.show(await readSweepStatus(workspace), null)
          await Promise.race([
            screen.over,
            new Promise((resolve) => setTimeout(resolve, Number(args.every) * 1000).unref()),
          ])
        }
      } finally {
        screen.close()
      }
      return end === 'quit' ? EXIT.done : EXIT.interrupted
    })
  },
})

async function printStatus(workspace: Workspace, { terminal, json }: CliContext): Promise<void> {
  const status = await readSweepStatus(workspace)
  if (json) terminal.json(statusJson(status, status.trials))
  else for (const row of statusRows(status, status.trials, terminal)) terminal.out(row)
}
