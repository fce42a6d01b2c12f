import { mkdirSync, realpathSync } from 'node:fs'
import { dirname, extname, resolve, sep } from 'node:path'
import { refusal, usageError } from '@hotcb/commands'
import { messageOf, printable } from '@hotcb/protocol'
import { orEnd, writeBlock } from '@hotcb/protocol/node'
import { readTrialResults, SweepError, type TrialResult, type Workspace } from '@hotcb/sweep/node'
import type { CliContext } from '../../context.ts'
import { EXIT, type ExitCode } from '../../exit-code.ts'
import { inWorkspace, type SweepWords } from './place.ts'
import { directionOf, trialColumns, trialObjects } from './trial-table.ts'

const FORMATS = ['csv', 'json', 'parquet'] as const
type Format = (typeof FORMATS)[number]

/** Writes the trials for `herd export`, to a file or to standard output. */
export function exportTrials(
  words: SweepWords,
  { format, out }: { readonly format?: Format | undefined; readonly out?: string | undefined },
  context: CliContext,
): Promise<ExitCode> {
  const target = out === '-' ? undefined : out
  const known = readFormat(format, target)
  if (target === undefined && context.json) {
    throw usageError('`--json` and the table both write to standard output: choose a file with `--out`')
  }
  return inWorkspace(words, context, async (workspace) => {
    const all = await readTrialResults(workspace)
    const results = words.index === undefined ? all : all.filter(({ trial }) => trial.i === words.index)
    if (results.length === 0)
      throw new SweepError('refused', `trial ${words.index} does not exist; list the trials with \`herd ls\``)
    if (target === undefined) await print(workspace, results, known)
    else {
      await write(workspace, results, known, target)
      if (context.json) context.terminal.json({ path: target, format: known, trials: results.length })
      else context.terminal.out(`${printable(target)}: ${results.length} trials`)
    }
    return EXIT.done
  })
}

function readFormat(format: Format | undefined, target: string | undefined): Format {
  if (target === undefined) {
    if (format === undefined) {
      throw refusal('choose what to export: `--format csv`, `json` or `parquet` for the trials, or `--schedule`')
    }
    if (format === 'parquet') throw usageError('`--format parquet` is a binary format: choose a file with `--out`')
    return format
  }
  const ending = extname(target).toLowerCase()
  const named = FORMATS.find((one) => ending === `.${one}`)
  if (named === undefined || (format !== undefined && format !== named)) {
    throw usageError(
      `\`--out ${target}\` must end in ${format === undefined ? '.csv, .json or .parquet' : `.${format}`}`,
    )
  }
  return named
}

async function print(workspace: Workspace, results: readonly TrialResult[], format: Format): Promise<void> {
  for (const piece of await textOf(workspace, results, format)) orEnd(() => writeBlock(1, piece))
}

async function textOf(
  workspace: Workspace,
  results: readonly TrialResult[],
  format: Format,
): Promise<Iterable<string>> {
  const direction = directionOf(workspace)
  if (format === 'json') return trialLines(trialObjects(results, direction))
  const { tableCsv } = await import('@hotcb/metrics/node')
  return tableCsv(trialColumns(results, direction))
}

/** Formats a list as JSON with one trial per line. */
function* trialLines(trials: readonly object[]): Generator<string> {
  for (const [at, trial] of trials.entries()) yield `${at === 0 ? '[\n' : ',\n'}${JSON.stringify(trial)}`
  yield '\n]\n'
}

async function write(
  workspace: Workspace,
  results: readonly TrialResult[],
  format: Format,
  target: string,
): Promise<void> {
  try {
    mkdirSync(dirname(target), { recursive: true })
    if (`${realpathSync(dirname(target))}${sep}`.startsWith(`${realpathSync(workspace.paths.state)}${sep}`)) {
      throw new Error(`\`${resolve(target)}\` is one of the sweep's own files: choose a different path`)
    }
    const { exportTable, exportText } = await import('@hotcb/metrics/node')
    if (format === 'json') exportText(target, await textOf(workspace, results, format))
    else await exportTable(target, trialColumns(results, directionOf(workspace)), format)
  } catch (error) {
    throw refusal(`cannot write \`${target}\`: ${messageOf(error)}`)
  }
}
