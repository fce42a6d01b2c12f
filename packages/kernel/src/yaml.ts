import { isClose, type MutableState } from '@hotcb/actuators'
import {
  checkCommand,
  type FreezeState,
  findNonFinite,
  type Op,
  runFiles,
  sameJson,
  yamlProblem,
} from '@hotcb/protocol'
import { located } from '@hotcb/recipe'
import { changedWishes, readWishes, type Wish } from './desired-state.ts'
import type { YamlPort } from './options.ts'

/** What a change of `hotcb.yaml` comes to. */
export type Reconciled =
  | { readonly kind: 'rejected'; readonly reason: string }
  /** The ops, and the text to keep: the next YAML is compared with it. */
  | { readonly kind: 'ops'; readonly ops: readonly Op[]; readonly text: string }

/** Follows `hotcb.yaml`: only keys whose YAML value changed become ops; the first time, those that differ from the live state. */
export interface YamlWatch {
  /** Null when there is nothing new. */
  look(live: { readonly freeze: FreezeState; readonly step: number }): Reconciled | null
}

/**
 * @param stateOf The controls that an op is for; null where it is a module's.
 * @param reconciled The YAML last reconciled, from the ledger.
 */
export function createYamlWatch(
  port: YamlPort,
  stateOf: (op: Op) => MutableState | null,
  reconciled: string | null,
): YamlWatch {
  let kept = reconciled
  let refusedText: string | null = null

  function wishesOf(text: string): { wishes: readonly Wish[] } | { reason: string } {
    const document = port.parse(text)
    if (!document.ok) return { reason: yamlProblem(runFiles.yaml, document) }
    const infinite = findNonFinite(document.value)
    if (infinite !== undefined) return { reason: `\`${infinite}\` must be a finite number, got NaN or an infinity` }
    const read = readWishes(document.value)
    return read.ok ? { wishes: read.value } : { reason: read.reason }
  }

  return {
    look(live) {
      port.refresh?.()
      if (!port.changed()) return null
      let text: string | null
      try {
        text = port.read()
      } catch {
        return null
      }
      // A file that is missing or just being written wishes nothing: it does not take back what it wished before.
      if (text === null || text === kept || text === refusedText) return null
      const now = wishesOf(text)
      const refused = 'reason' in now ? now.reason : unfit(now.wishes, stateOf)
      if ('reason' in now || refused !== null) {
        refusedText = text
        const reason = refused ?? ''
        return { kind: 'rejected', reason: reason.startsWith('`') ? located(reason, runFiles.yaml, text) : reason }
      }
      refusedText = null
      const before = kept === null ? null : wishesOf(kept)
      const changed =
        before === null || 'reason' in before
          ? now.wishes.filter((wish) => !isSo(wish, stateOf(wish.op), live))
          : changedWishes(now.wishes, before.wishes)
      const isSilent = kept === null && now.wishes.length === 0
      kept = text
      return isSilent ? null : { kind: 'ops', ops: changed.map((wish) => wish.op), text }
    },
  }
}

/** The first value that its control would never accept: a YAML is followed whole or not at all, as a command is. */
function unfit(wishes: readonly Wish[], stateOf: (op: Op) => MutableState | null): string | null {
  for (const { op } of wishes) {
    const rules = stateOf(op)?.rules
    const problem = rules && checkCommand(op, rules, { prefix: `${op.module}.params.`, lenient: true })
    if (problem) return problem.reason
  }
  return null
}

// Whether the live state is already as the YAML wants it.
function isSo(
  wish: Wish,
  state: MutableState | null,
  live: { readonly freeze: FreezeState; readonly step: number },
): boolean {
  const { op } = wish
  if (op.module === 'core') return (op.mode ?? 'off') === live.freeze.mode
  if (op.op === 'enable' && op.module !== 'cb' && op.module !== 'tune') return true
  if (op.op === 'disable' && op.module === 'tune') return true
  if (op.op !== 'set_params' || op.module === 'cb') return false
  return Object.entries(op.params ?? {}).every(([key, value]) =>
    sameJson(state?.current(key, live.step), value, (a, b) => isClose(a, b, 1e-9)),
  )
}
