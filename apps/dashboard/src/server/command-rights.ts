import type { Draft } from '@hotcb/run'
import type { Right } from './roles.ts'

/**
 * Returns the right that a command requires. Commands that load code into the trainer, or that control whether a run may be
 * changed, are for owners only.
 */
export function rightOfCommand({ module, op, target }: Pick<Draft, 'module' | 'op' | 'target'>): Right {
  if (target !== undefined && target !== null) return 'own'
  return OWN.has(`${module} ${op}`) ? 'own' : 'operate'
}

const OWN: ReadonlySet<string> = new Set(['core freeze', 'core unfreeze', 'core accept_ledger', 'cb load'])
