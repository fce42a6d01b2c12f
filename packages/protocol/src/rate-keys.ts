import type { SetParams } from './set-params.ts'

/**
 * Returns why a command may not contain these pairs together: two of the keys set the learning rate. Null if there is
 * no such conflict.
 *
 * This does not apply to a ledger or a recipe: they record the resulting `scheduler_scale` in addition to the requested
 * key.
 */
export function rateKeysProblem({ pairs }: SetParams): { readonly key: string; readonly reason: string } | null {
  const [first, second] = RATE_KEYS.filter((key) => pairs.some(([name]) => name === key))
  if (first === undefined || second === undefined) return null
  return { key: second, reason: `\`${first}\` and \`${second}\` cannot be set together: both set the learning rate` }
}

/**
 * Returns params for a command that sets recorded values again: if `scheduler_scale` is present, the other rate keys
 * are left out.
 */
export function withOneRateKey<Value>(params: Readonly<Record<string, Value>>): Readonly<Record<string, Value>> {
  if ((params['scheduler_scale'] ?? null) === null) return params
  return Object.fromEntries(Object.entries(params).filter(([key]) => key !== 'lr' && key !== 'scheduler_drop'))
}

const RATE_KEYS = ['lr', 'scheduler_scale', 'scheduler_drop']
