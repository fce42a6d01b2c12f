import { directionOf } from '@hotcb/metrics/judge'
import { RunError } from '@hotcb/run'
import type { Run } from '@hotcb/run/node'
import type { AutopilotConfig } from '../config.ts'
import type { KeyMetric, RuleSet } from '../types.ts'

/**
 * Returns a run's key metric from the config, the rules or the run document, in this order. Null if none of them names it; it is then
 * guessed from the metrics.
 *
 * @throws RunError `bad-argument` if the config or the rules name a metric whose direction is not known.
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
    `the name of the key metric, \`${name}\`, does not show whether lower or higher is better`,
    `use \`key_metric: {name: ${name}, direction: min}\` or \`--key-metric ${name}:min\``,
  )
}

/**
 * Returns the key metric that the run's launcher recorded. If its name does not show the direction, the metric is guessed
 * instead.
 */
function ofRun(run: Run): RuleSet['keyMetric'] {
  const name = run.document('run').value?.key_metric ?? null
  const direction = name === null ? undefined : directionOf(name)
  return name === null || direction === undefined ? null : { name, direction }
}
