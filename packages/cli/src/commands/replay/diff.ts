import { diffRuns, type RunsDifference } from '@hotcb/recipe'
import { showValue } from '@hotcb/run'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { readMetrics } from '../../parse/metrics-flag.ts'
import { showNumber } from '../../print/figures.ts'
import { alignColumns } from '../../print/table.ts'
import { openRun } from '../../run.ts'
import { doneMark, printNotes, wrongMark } from '../recipe/notes.ts'
import { readFacts } from '../recipe/run-facts.ts'
import { differenceRows } from './describe-difference.ts'
import { describeVerification } from './describe-verification.ts'
import { TWO_RUNS } from './two-runs.ts'

/** `hotcb diff A B`: the differences between two runs. */
export const diffCommand: CliCommand = cliCommand({
  args: TWO_RUNS,
  about: [
    'Compares the configurations of the runs, the changes made while they ran, and their results, and shows the first value at which they diverge. The exit code is 0 even if the runs differ; to test whether they are identical, use `hotcb replay --verify`.',
  ],
  examples: [
    { type: 'hotcb diff runs/a runs/b', does: 'as tables' },
    { type: 'hotcb diff runs/a runs/b --json', does: 'as one JSON object' },
  ],
  run(args, context) {
    const { terminal, json } = context
    const { a, b, metrics: glob } = args
    const [left, right] = [readFacts(openRun(a)), readFacts(openRun(b))]
    const isAsked = readMetrics(glob)
    const difference = diffRuns(left.facts, right.facts, isAsked === undefined ? {} : { metrics: isAsked })
    const finals = difference.finals.filter(({ name }) => isAsked?.(name) ?? true)
    const notes = [...left.notes(), ...right.notes()]
    if (json) {
      terminal.json({ a, b, ...difference, finals, notes })
      return EXIT.done
    }
    const { bold, dim } = terminal
    const lines = [
      ...section('Parameters', ['', dim(a), dim(b)], parameterRows(difference)),
      bold('Changes'),
      ...indented(differenceRows(difference.changes, terminal)),
      ...section('Final metrics', ['', dim(a), dim(b), dim('change')], finalRows(finals)),
    ]
    for (const line of lines) terminal.out(line)
    const { verification } = difference
    const mark = verification.verdict === 'identical' ? doneMark(context) : wrongMark(context)
    terminal.out(`${mark} ${describeVerification(verification, a, b)}`)
    printNotes(notes, context)
    return EXIT.done

    function section(title: string, head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
      return [bold(title), ...indented(rows.length === 0 ? [] : alignColumns([head, ...rows]))]
    }
    function indented(rows: readonly string[]): readonly string[] {
      return (rows.length === 0 ? [dim('no differences')] : rows).map((row) => `  ${row}`)
    }
  },
})

function parameterRows({ parameters }: RunsDifference): readonly (readonly string[])[] {
  return parameters.map(({ name, a, b }) => [name, showValue(a), showValue(b)])
}

function finalRows(finals: RunsDifference['finals']): readonly (readonly string[])[] {
  return finals.map(({ name, a, b, change }) => [
    name,
    a === null ? '-' : showNumber(a),
    b === null ? '-' : showNumber(b),
    change === null ? '' : change === 0 ? 'same' : `${change > 0 ? '+' : ''}${showNumber(change)}`,
  ])
}
