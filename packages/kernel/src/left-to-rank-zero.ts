import type { HotModule } from '@hotcb/protocol'

/**
 * Stands on the ranks above 0 for a module that only rank 0 has, such as callbacks that write files: what it is asked is
 * done by rank 0 alone. Without it an op for that module fails there, and so on all ranks.
 *
 * Only for what does not touch training.
 */
export function leftToRankZero(name: string): HotModule {
  return { name, applyOp: () => ({ ok: true, payload: null }) }
}
