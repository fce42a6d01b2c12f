import type { LedgerLine } from '@hotcb/protocol'

/** What a trainer can do with checkpoints, as far as its answers have shown it; undefined while nothing has. */
export interface Abilities {
  readonly canSave: boolean | undefined
  readonly canLoad: boolean | undefined
}

export const UNKNOWN_ABILITIES: Abilities = { canSave: undefined, canLoad: undefined }

/** What a line of the ledger shows. A trainer that starts again may have learnt to. */
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
 * Whether the kernel refused a checkpoint command because the trainer never registered that function. Any other failure, such as a
 * full disk, says nothing about the next time.
 */
export function lacks({ op, error }: LedgerLine, ability: 'save' | 'load'): boolean {
  return op === 'checkpoint' && error?.includes(`registered no \`${ability}\``) === true
}
