import {
  AUTOPILOT_MODES,
  type AutopilotMode,
  isAiMode,
  type KeyMetric,
  MODES,
  type Mode,
  readKeyMetricText,
} from '@hotcb/autopilot'
import { usageError } from '@hotcb/commands'
import { didYouMean } from '@hotcb/protocol'

/** `--autopilot` of the commands that start something else too. */
export const AUTOPILOT_FLAG = {
  type: 'string',
  valueHint: 'MODE',
  description: 'Run rules beside it: `off`, `suggest` (a person approves) or `auto` (within limits).',
} as const

export const KEY_METRIC_FLAG = {
  type: 'string',
  valueHint: 'NAME',
  isNamed: true,
  description:
    'The metric by which rules judge the run. Write `NAME:min` or `NAME:max` if its name does not show which is better.',
} as const

/** @throws CommandError `usage` for a mode that does not exist, and for one that needs an autopilot in a separate process. */
export function readMode(text: string): Mode {
  const mode = MODES.find((one) => one === text)
  if (mode !== undefined) return mode
  if (isAiMode(text)) {
    throw usageError(
      `\`${text}\` is not available inside a trainer: choose from ${MODES.join(', ')}`,
      `\`hotcb autopilot run --mode ${text}\` runs it in a separate process`,
    )
  }
  throw usageError(`no mode is called \`${text}\`: ${didYouMean(text, MODES, MODES.join(', '))}`)
}

/** A mode of an autopilot in a separate process. @throws CommandError `usage` for a mode that does not exist. */
export function readAutopilotMode(text: string): AutopilotMode {
  const mode = AUTOPILOT_MODES.find((one) => one === text)
  if (mode !== undefined) return mode
  throw usageError(`no mode is called \`${text}\`: ${didYouMean(text, AUTOPILOT_MODES, AUTOPILOT_MODES.join(', '))}`)
}

/** @throws CommandError `usage` for a name that does not say whether lower or higher is better. */
export function readKeyMetric(text: string): KeyMetric {
  const metric = readKeyMetricText(text)
  if (metric !== undefined) return metric
  throw usageError(
    `the name \`${text}\` does not show whether lower or higher is better`,
    `write \`${text}:min\` or \`${text}:max\``,
  )
}
