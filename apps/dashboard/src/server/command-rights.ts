import type { Draft } from '@hotcb/run'
import type { Right } from './roles.ts'

/**
 * The right that a command requires: commands that load code into the trainer, or that decide whether a run may be changed, are
 * for owners.
 */
export function rightOfCommand({ module, op, target }: Pick<Draft, 'module' | 'op' | 'target'>): Right {
  if (target !== undefined && target !== null) return 'own'
  return OWN.has(`${module} ${op}`) ? 'own' : 'operate'
}

const OWN: ReadonlySet<string> = new Set(['core freeze', 'core unfreeze', 'core accept_ledger', 'cb load'])
