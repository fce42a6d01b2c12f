import { isClose, type MutableState } from '@hotcb/actuators'
import {
  checkCommand,
  type FreezeState,
  nonFiniteProblems,
  type Op,
  type Result,
  refused,
  runFiles,
  sameJson,
  type YamlShape,
  yamlProblem,
} from '@hotcb/protocol'
import { withFileAndLine } from '@hotcb/recipe'
import { changedOps, type DesiredOp, readDesiredOps } from './desired-state.ts'
import type { YamlPort } from './options.ts'
import type { Router } from './router.ts'

/** The result of a change to `hotcb.yaml`. */
export type Reconciled =
  | { readonly kind: 'rejected'; readonly reason: string }
  /** The ops, and the text to store. The next YAML is compared with that text. */
  | { readonly kind: 'ops'; readonly ops: readonly Op[]; readonly text: string }

/** The live state, which is compared with the first YAML of a run. */
interface Live {
  readonly freeze: FreezeState
  readonly step: number
}

/**
 * Follows `hotcb.yaml`. Only keys whose values changed in the YAML become ops; on the first read, these are the keys
 * whose values differ from the live state.
 */
export interface YamlWatch {
  /** Null if there is nothing new. */
  look(live: Live): Reconciled | null
}

/**
 * @param router Finds the controls of an op, and lists the existing modules.
 * @param reconciled The last reconciled YAML, from the ledger.
 */
export function createYamlWatch(
  port: YamlPort,
  { stateOf, table }: Pick<Router, 'stateOf' | 'table'>,
  reconciled: string | null,
): YamlWatch {
  let kept = reconciled
  let refusedText: string | null = null

  function desiredOpsOf(text: string): Result<readonly DesiredOp[]> {
    const document = port.parse(text)
    if (!document.ok) return refused(yamlProblem(runFiles.yaml, document))
    const infinite = nonFiniteProblems(document.value)
    return infinite.length > 0 ? refused(infinite.join('; ')) : readDesiredOps(document.value, table)
  }

  function fittingOpsOf(text: string): Result<readonly DesiredOp[]> {
    const wishes = desiredOpsOf(text)
    const problem = wishes.ok ? unfit(wishes.value, stateOf) : null
    return problem === null ? wishes : refused(problem)
  }

  /** Null if there is nothing new. */
  function readText(): string | null {
    port.refresh?.()
    if (!port.changed()) return null
    try {
      return port.read()
    } catch {
      return null
    }
  }

  function changedSince(before: string | null, wishes: readonly DesiredOp[], live: Live): readonly DesiredOp[] {
    const known = before === null ? null : desiredOpsOf(before)
    if (known?.ok === true) return changedOps(wishes, known.value)
    return wishes.filter((wish) => !isSo(wish, table.get(wish.op.module)?.yaml, stateOf(wish.op), live))
  }

  return {
    look(live) {
      const text = readText()
      // A file that is missing or is being written requests nothing. Its earlier requests stay in effect.
      if (text === null || text === kept || text === refusedText) return null
      const now = fittingOpsOf(text)
      refusedText = now.ok ? null : text
      if (!now.ok) return rejected(now.reason, text)
      const changed = changedSince(kept, now.value, live)
      const isSilent = kept === null && now.value.length === 0
      kept = text
      return isSilent ? null : { kind: 'ops', ops: changed.map((wish) => wish.op), text }
    },
  }
}

function rejected(reason: string, text: string): Reconciled {
  return { kind: 'rejected', reason: reason.startsWith('`') ? withFileAndLine(reason, runFiles.yaml, text) : reason }
}

/**
 * Returns the first value that its control would not accept in any state. Like a command, a YAML file is applied
 * completely or not at all.
 */
function unfit(wishes: readonly DesiredOp[], stateOf: (op: Op) => MutableState | null): string | null {
  for (const { op } of wishes) {
    const rules = stateOf(op)?.rules
    const problem = rules && checkCommand(op, rules, { prefix: `${op.module}.params.`, lenient: true })
    if (problem) return problem.reason
  }
  return null
}

// Whether the live state already matches the YAML.
function isSo({ op }: DesiredOp, shape: YamlShape | undefined, state: MutableState | null, live: Live): boolean {
  if (op.module === 'core') return (op.mode ?? 'off') === live.freeze.mode
  // Whether a callback is enabled is unknown here. Controls start enabled, and a tuner starts disabled.
  if (shape === 'handles') return false
  if (op.op !== 'set_params') return op.op === (shape === 'switch' ? 'disable' : 'enable')
  return Object.entries(op.params ?? {}).every(([key, value]) =>
    sameJson(state?.current(key, live.step), value, (a, b) => isClose(a, b, 1e-9)),
  )
}
