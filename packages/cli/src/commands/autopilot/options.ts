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
import { didYouMean, nearest, show } from '@hotcb/protocol'

/** The `--autopilot` flag of commands that start a training run or a dashboard. */
export const AUTOPILOT_FLAG = {
  type: 'string',
  valueHint: 'MODE',
  description: 'Also run rules: `off`, `suggest` (a person approves) or `auto` (within limits).',
} as const

export const KEY_METRIC_FLAG = {
  type: 'string',
  valueHint: 'NAME',
  isNamed: true,
  description:
    'The metric by which the rules judge the run. Write `NAME:min` or `NAME:max` if the name does not show which direction is better.',
} as const

/**
 * Reads a mode.
 * @throws CommandError `usage` for an unknown mode, or one that needs an autopilot in a separate process.
 */
export function readMode(text: string): Mode {
  const mode = MODES.find((one) => one === text)
  if (mode !== undefined) return mode
  if (isAiMode(text)) {
    throw usageError(
      `\`${text}\` is not available inside a trainer: choose from ${MODES.join(', ')}`,
      `run it in a separate process with \`hotcb autopilot run --mode ${text}\``,
    )
  }
  throw usageError(`unknown mode \`${text}\`: ${didYouMean(text, MODES, MODES.join(', '))}`)
}

/** Reads a mode for an autopilot in a separate process. @throws CommandError `usage` for an unknown mode. */
export function readAutopilotMode(text: string): AutopilotMode {
  const mode = AUTOPILOT_MODES.find((one) => one === text)
  if (mode !== undefined) return mode
  throw usageError(`unknown mode \`${text}\`: ${didYouMean(text, AUTOPILOT_MODES, AUTOPILOT_MODES.join(', '))}`)
}

/** Reads a key metric. @throws CommandError `usage` for a name that does not show whether lower or higher is better. */
export function readKeyMetric(text: string): KeyMetric {
  const metric = readKeyMetricText(text)
  if (metric !== undefined) return metric
  throw usageError(
    `the name \`${text}\` does not show whether lower or higher is better`,
    `write \`${text}:min\` or \`${text}:max\``,
  )
}

/** Reads the action word of a command that has several actions. @throws CommandError `usage` for an unknown word. */
export function readAction<Word extends string>(text: string, words: readonly Word[]): Word {
  const word = words.find((one) => one === text)
  if (word !== undefined) return word
  const near = nearest(text, words, 1)
  const hint = near.length === 0 ? '' : `: did you mean \`${near[0]}\`?`
  throw usageError(`\`ACTION\` must be one of ${words.join(', ')}, got ${show(text)}${hint}`)
}
