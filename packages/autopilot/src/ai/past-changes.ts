import type { ActionRecord } from '../types.ts'
import { AI_RULE_ID } from './ai-rule.ts'
import { quoted } from './quoted.ts'

const MOST_SHOWN = 12
const MOST_EFFECT = 160

/** Returns past changes with their measured effects, newest first, one per line. */
export function pastChanges(actions: readonly ActionRecord[], share: 'full' | 'ids_only'): string[] {
  return actions
    .filter(({ command }) => command !== null)
    .slice(-MOST_SHOWN)
    .reverse()
    .map((action) => lineOf(action, share))
}

function lineOf({ step, rule, command, state, outcome, outcomeBecause }: ActionRecord, share: string): string {
  const isFull = share === 'full'
  const measured = outcomeBecause === null || !isFull ? '' : ` ${quoted(outcomeBecause, MOST_EFFECT)}`
  const effect = outcome === null ? 'not measured yet' : `${outcome}${measured}`
  const params = isFull ? ` ${quoted(JSON.stringify(command?.['params'] ?? {}), MOST_EFFECT)}` : ''
  const who = rule === AI_RULE_ID ? 'you' : 'a rule'
  return `- step ${step ?? '?'} by ${who}: ${quoted(String(command?.['op']))}${params} ${state}; effect: ${effect}`
}
