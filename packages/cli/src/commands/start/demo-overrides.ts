import { usageError } from '@hotcb/commands'
import { didYouMean, isNumberText } from '@hotcb/protocol'
import type { DemoCommandOptions } from '../../context.ts'

/** The demo options that a sweep varies. */
export type DemoOverrides = Pick<DemoCommandOptions, 'config' | 'maxSteps' | 'seed' | 'initial'>

const SETTINGS = { lr: 'lr', weight_decay: 'weightDecay', momentum: 'momentum', clip_norm: 'clipNorm' } as const
const KNOWN = [...Object.keys(SETTINGS), 'optimizer', 'seed', 'max_steps', 'experiment_name']

/**
 * Reads the overrides that a sweep passes as one string, such as `experiment_name=a lr=0.1 optimizer=adam`.
 *
 * @throws CommandError `usage` for a key that the demo does not have.
 */
export function readOverrides(text = '', ranks?: string): DemoOverrides {
  if (text !== '' && ranks !== undefined) throw usageError('`--overrides` cannot be combined with `--ranks`')
  const initial: Record<string, number> = {}
  const read: { config?: 'digits' | 'digits-adam'; maxSteps?: number; seed?: number } = {}
  for (const word of text.split(/\s+/).filter((one) => one !== '')) {
    const equals = word.indexOf('=')
    const [key, value] = [word.slice(0, Math.max(0, equals)), word.slice(equals + 1)]
    requireKnown(key, word)
    if (key === 'experiment_name') continue
    if (key === 'optimizer') read.config = optimizer(value)
    else if (key === 'seed') read.seed = number(key, value)
    else if (key === 'max_steps') read.maxSteps = number(key, value)
    else initial[SETTINGS[key as keyof typeof SETTINGS]] = number(key, value)
  }
  return { ...read, ...(Object.keys(initial).length > 0 && { initial }) }
}

function requireKnown(key: string, word: string): void {
  if (KNOWN.includes(key)) return
  const hint = didYouMean(key, KNOWN, `choose from ${KNOWN.join(', ')}`)
  throw usageError(`\`--overrides\`: unknown \`${key || word}\`: ${hint}`)
}

function optimizer(value: string): 'digits' | 'digits-adam' {
  if (value === 'adam') return 'digits-adam'
  if (value === 'sgd') return 'digits'
  throw usageError(`\`--overrides\`: \`optimizer\` must be sgd or adam, got ${value}`)
}

function number(key: string, value: string): number {
  if (isNumberText(value)) return Number(value)
  throw usageError(`\`--overrides\`: \`${key}\` must be a number, got ${value}`)
}
