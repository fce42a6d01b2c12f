import type { HotModule } from '@hotcb/protocol'

/**
 * Creates a stand-in for a module that only rank 0 has, such as callbacks that write files. The ranks above 0 use the
 * stand-in, and only rank 0 executes the module's ops. Without a stand-in, such an op fails on those ranks, and
 * therefore on all ranks.
 *
 * Use it only for modules that do not affect training.
 */
export function onlyOnRankZero(name: string): HotModule {
  return { name, applyOp: () => ({ ok: true, payload: null }) }
}
