import { realpathSync } from 'node:fs'
import { refusal } from '@hotcb/commands'
import { didYouMean } from '@hotcb/protocol'
import { type RunRecord, verifyRuns } from '@hotcb/recipe'
import { EXIT } from '../../exit-code.ts'
import { type CliCommand, cliCommand } from '../../parse/command.ts'
import { readMetrics } from '../../parse/metrics-flag.ts'
import { openRun } from '../../run.ts'
import { doneMark, printNotes, wrongMark } from '../recipe/notes.ts'
import { readRecord } from '../recipe/run-facts.ts'
import { describeVerification } from './describe-verification.ts'
import { TWO_RUNS } from './two-runs.ts'

/** `hotcb replay --verify A B`: checks whether two runs are bit-identical. */
export const replayVerifyCommand: CliCommand = cliCommand({
  args: TWO_RUNS,
  about: [
    'Compares every value at every step bit for bit, except `time/*` and `sys/*`, and the hash of the weights. If a restart repeated steps, the last value counts.',
    'Prints `identical` (exit code 0), the first difference with both values (exit code 1), or `missing` with the values that only one run has (exit code 1).',
  ],
  examples: [
    { type: 'hotcb replay --verify runs/a runs/b', does: 'prove that a replay is exact' },
    { type: "hotcb replay --verify runs/a runs/b --metrics 'val_*' --json", does: 'compare some metrics, for CI' },
  ],
  run(args, context) {
    const { terminal, json } = context
    const { a, b, metrics: glob } = args
    const isAsked = readMetrics(glob)
    const [left, right] = [readRecord(openRun(a)), readRecord(openRun(b))]
    const result = verifyRuns(left.facts, right.facts, isAsked === undefined ? {} : { metrics: isAsked })
    // An empty comparison proves nothing.
    if (result.equal === 0 && result.first === null && result.missing.count === 0) {
      throw refusal(
        glob === undefined
          ? `neither \`${a}\` nor \`${b}\` has a metric to compare`
          : `\`--metrics ${glob}\` matches no metric of either run: ${nearMetrics(glob, [left.facts, right.facts])}`,
      )
    }
    const isSelf = realpathSync(a) === realpathSync(b)
    const notes = [...(isSelf ? ['both runs are the same directory'] : []), ...left.notes(), ...right.notes()]
    const isIdentical = result.verdict === 'identical'
    if (json) terminal.json({ a, b, ...result, notes })
    else if (isIdentical) terminal.out(`${doneMark(context)} ${describeVerification(result, a, b)}`)
    else terminal.err(`${wrongMark(context)} ${describeVerification(result, a, b)}`)
    printNotes(notes, context)
    return isIdentical ? EXIT.done : EXIT.refused
  },
})

function nearMetrics(glob: string, runs: readonly RunRecord[]): string {
  const names = new Set(runs.flatMap(({ metrics }) => [...metrics].flatMap((record) => Object.keys(record.metrics))))
  const known = [...names].slice(0, 12).join(', ')
  return didYouMean(glob, names, `they have ${known}${names.size > 12 ? ', …' : ''}`)
}
