import { directionOf } from '@hotcb/metrics/judge'
import { RunError } from '@hotcb/run'
import type { Run } from '@hotcb/run/node'
import type { AutopilotConfig } from '../config.ts'
import type { KeyMetric, RuleSet } from '../types.ts'

/**
 * The key metric of a run: that of the config, else of the rules, else of the run document. Null: it is guessed from the metrics as
 * they come.
 *
 * @throws RunError `bad-argument` if config or rules name one whose direction is not known.
 */
export function chooseKeyMetric(
  run: Run,
  config: Pick<AutopilotConfig, 'keyMetric'>,
  ruleSet: Pick<RuleSet, 'keyMetric'>,
): KeyMetric | null {
  const named = config.keyMetric ?? ruleSet.keyMetric ?? ofRun(run)
  if (named === null) return null
  const { name, direction } = named
  if (direction !== null) return { name, direction }
  throw new RunError(
    'bad-argument',
    `the name of the key metric \`${name}\` does not show whether lower or higher is better`,
    `write \`key_metric: {name: ${name}, direction: min}\`, or \`--key-metric ${name}:min\``,
  )
}

/** The key metric that the launcher of the run wrote down; one whose name does not say which is better is left to a guess. */
function ofRun(run: Run): RuleSet['keyMetric'] {
  const name = run.document('run').value?.key_metric ?? null
  const direction = name === null ? undefined : directionOf(name)
  return name === null || direction === undefined ? null : { name, direction }
}
