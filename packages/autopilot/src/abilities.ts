import type { LedgerLine } from '@hotcb/protocol'

/** The checkpoint abilities that a trainer's answers have revealed; undefined while unknown. */
export interface Abilities {
  readonly canSave: boolean | undefined
  readonly canLoad: boolean | undefined
}

export const UNKNOWN_ABILITIES: Abilities = { canSave: undefined, canLoad: undefined }

/** Returns the abilities that a ledger line reveals. A restarted trainer may have different abilities. */
export function abilitiesAfter(line: LedgerLine, before: Abilities): Abilities {
  const { module, op, decision, params } = line
  if (module !== 'core') return before
  if (op === 'attempt') return UNKNOWN_ABILITIES
  if (op !== 'checkpoint') return before
  const action = params?.['action'] ?? 'save'
  if (action === 'save' && decision === 'applied') return { ...before, canSave: true }
  if (action === 'load' && decision === 'applied') return { ...before, canLoad: true }
  if (lacks(line, 'save')) return { ...before, canSave: false }
  return lacks(line, 'load') ? { ...before, canLoad: false } : before
}

/**
 * Whether the kernel refused a checkpoint command because the trainer never registered that function. Other failures, such as a full disk,
 * may not recur.
 */
export function lacks({ op, error }: LedgerLine, ability: 'save' | 'load'): boolean {
  return op === 'checkpoint' && error?.includes(`registered no \`${ability}\``) === true
}
