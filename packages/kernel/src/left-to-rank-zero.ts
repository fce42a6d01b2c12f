import type { HotModule } from '@hotcb/protocol'

/**
 * Replaces, on the ranks above 0, a module that only rank 0 has, such as callbacks that write files: only rank 0
 * executes its ops. Without it an op for that module fails there, and so on all ranks.
 *
 * Only for modules that do not affect training.
 */
export function onlyOnRankZero(name: string): HotModule {
  return { name, applyOp: () => ({ ok: true, payload: null }) }
}
