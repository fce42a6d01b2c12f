import type { SetParams } from './set-params.ts'

/**
 * Why a command may not hold these pairs together: two of the keys that set one learning rate. Null where it may.
 *
 * What a ledger or a recipe has recorded is another matter: it holds the resulting `scheduler_scale` beside what was asked for.
 */
export function rateKeysProblem({ pairs }: SetParams): { readonly key: string; readonly reason: string } | null {
  const [first, second] = RATE_KEYS.filter((key) => pairs.some(([name]) => name === key))
  if (first === undefined || second === undefined) return null
  return { key: second, reason: `\`${first}\` and \`${second}\` cannot be set together: both set the learning rate` }
}

/**
 * The same params with `scheduler_scale` alone where it stands beside the others: what sets them again, as a command.
 */
export function withOneRateKey<Value>(params: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  if ((params['scheduler_scale'] ?? null) === null) return params
  return Object.fromEntries(Object.entries(params).filter(([key]) => key !== 'lr' && key !== 'scheduler_drop'))
}

const RATE_KEYS = ['lr', 'scheduler_scale', 'scheduler_drop']
