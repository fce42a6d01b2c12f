import type { HotModule, ModuleContext, Op, Outcome } from '@hotcb/protocol'
import type { RankMessage, RankReply } from './collective.ts'
import type { KernelOptions } from './options.ts'
import { putBack } from './put-back.ts'
import { createRouter, describeError } from './router.ts'

type Restore = Extract<RankMessage, { kind: 'restore' }>

/** Executes rank 0's messages on this rank: ops, loads, restores. */
export interface FollowerWork {
  /** @returns the answer; null if none is expected */
  act(message: Exclude<RankMessage, { kind: 'end' | 'events' }>): RankReply | null
  /**
   * Reverts the last op, because rank 0 requested it, or because rank 0 stopped responding and has reverted the op
   * itself.
   */
  undoLast(): RankReply
  /** Keeps the last op, because rank 0 has sent another message. */
  settle(): void
}

export function createFollowerWork(given: {
  readonly options: KernelOptions
  readonly contextOf: (channel: ModuleContext['channel']) => ModuleContext
  readonly contained: (module: HotModule, act: () => void) => void
  readonly note: (message: string) => void
}): FollowerWork {
  const { options, contextOf, contained, note } = given
  const { state = null, modules = [], checkpoints } = options
  const router = createRouter(modules, state)
  let last: { readonly op: Op; readonly step: number; readonly outcome: Outcome } | null = null

  function apply({ op, channel, step, total }: Extract<RankMessage, { kind: 'op' }>): RankReply {
    const outcome = router.route(op, contextOf(channel), { step, total })
    last = { op, step, outcome }
    return outcome.ok ? { ok: true } : { ok: false, error: outcome.error, broken: state?.takeBroken() ?? [] }
  }

  function undoLast(): RankReply {
    if (last === null) return { ok: true }
    const { op, step, outcome } = last
    last = null
    const route = (back: Op): Outcome => router.route(back, contextOf('kernel'), { step, total: null })
    return putBack(op, outcome, { route, state: router.stateOf(op), table: router.table })
  }

  function restore({ step, total, stream, modules: early, snapshot, modulesAfter: late, isReset }: Restore): null {
    if (isReset) for (const module of modules) contained(module, () => module.reset?.())
    const folded = stream.map((one) => ({ ...one, total }))
    for (const problem of state?.fold(folded, step - 1) ?? []) note(problem)
    const makeAgain = (ops: typeof early): void => {
      for (const one of ops) router.route(one.op, contextOf('history'), { step: one.step, total })
    }
    makeAgain(early)
    for (const module of modules) {
      const saved = snapshot?.[module.name]
      if (saved !== undefined) contained(module, () => module.restore?.(saved))
    }
    makeAgain(late)
    return null
  }

  return {
    act(message) {
      switch (message.kind) {
        case 'op':
          return apply(message)
        case 'undo':
          return undoLast()
        case 'load':
          return load(checkpoints, message.tag)
        case 'restore':
          return restore(message)
        default:
          throw new Error(`unreachable: ${JSON.stringify(message satisfies never)}`)
      }
    },
    undoLast,
    settle() {
      last = null
    },
  }
}

function load(checkpoints: KernelOptions['checkpoints'], tag: string): RankReply {
  try {
    if (checkpoints?.load === undefined) throw new Error('this rank registered no `load` for checkpoints')
    const loaded = checkpoints.load({ tag })
    if (loaded instanceof Promise) throw new Error('`load` returned a promise: it must be synchronous on ranks above 0')
    return { ok: true }
  } catch (error) {
    return { ok: false, error: describeError(error).message }
  }
}
