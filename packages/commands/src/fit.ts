import {
  type ControlDescription,
  type ControlsByKey,
  checkCommand,
  controlsByKey,
  findDescribed,
  GROUP_KEYS,
  isObject,
  type JsonObject,
  type ModuleTable,
  nearest,
  OPTIMIZER_KEYS,
} from '@hotcb/protocol'
import { refusal, usageError } from './command-error.ts'
import type { CommandDraft } from './draft.ts'
import { moduleByKey } from './run-facts.ts'

/**
 * Rejects values that a run's controls would not accept, before they are sent to the trainer.
 *
 * If there are several commands, all keys are checked. Each command is applied separately, so if it were left to the
 * kernel to reject a key, the other commands would be applied anyway. For a single command, keys without a description
 * are left to the kernel.
 *
 * @throws CommandError `usage`, which states the key, the value and what would be valid; `refused` for a control that
 *   is disabled.
 */
export function requireFit(
  drafts: readonly CommandDraft[],
  controls: readonly ControlDescription[],
  table: ModuleTable,
): void {
  const byKey = controlsByKey(controls)
  const isWhole = drafts.length > 1 && controls.length > 0
  for (const { module, op, params } of drafts) {
    if (!isObject(params) || op !== 'set_params') continue
    // In a recipe a null leaves a value unchanged. On a command line that is not what the user meant, so each null is
    // checked like any other value.
    const nulls = Object.entries(params).flatMap(([key, value]) => (value === null ? [{ [key]: value }] : []))
    for (const asked of [params, ...nulls]) {
      const problem = checkCommand({ module, op, params: asked }, byKey, { lenient: !isWhole, relative: true, table })
      if (problem !== null) throw usageError(problem.reason, undefined, { facts: factsOf(asked, byKey) })
    }
    if (isWhole) refuseDisabled(params, byKey)
  }
}

/** Returns the requested values, and the values that their controls accept. */
function factsOf(params: JsonObject, controls: ControlsByKey): Readonly<Record<string, unknown>> {
  const accepted = Object.keys(params).flatMap((key) => {
    const control = findDescribed(key, controls)
    if (control === undefined) return []
    const { type, min, max, choices, current } = control
    return [[key, { type, min, max, choices, current }] as const]
  })
  return { params, controls: Object.fromEntries(accepted) }
}

function refuseDisabled(params: JsonObject, controls: ControlsByKey): void {
  const key = Object.keys(params).find((one) => findDescribed(one, controls)?.state === 'disabled')
  if (key !== undefined)
    throw refusal(`\`${key}\` is disabled: nothing was sent`, `run \`hotcb enable ${key}\` first`, { facts: { key } })
}

/**
 * Rejects keys that belong to a module other than the one given: `loss set_params lr=1`.
 *
 * @throws CommandError `usage`.
 */
export function requireOwn(module: string, keys: readonly string[], controls: readonly ControlDescription[]): void {
  const modules = moduleByKey(controls)
  for (const key of keys) {
    const moved = key.replace(/^ramps\./, '')
    const owner = modules.get(key) ?? modules.get(moved)
    // These keys belong to `opt`, even if no controls are described.
    if (module === 'opt' && (OPTIMIZER_KEYS.includes(moved) || GROUP_KEYS.includes(key))) continue
    if (owner !== undefined && owner !== module) {
      throw usageError(`\`${key}\` is a control of \`${owner}\`, not of \`${module}\`: use \`hotcb set ${key}=VALUE\``)
    }
    if (owner === undefined && module === 'opt') throw unknownKey(key, modules)
  }
}

function unknownKey(key: string, modules: ReadonlyMap<string, string>): Error {
  const own = [...modules].flatMap(([name, module]) => (module === 'opt' ? [name] : []))
  const known = new Set([...OPTIMIZER_KEYS, ...GROUP_KEYS, ...own])
  const near = nearest(key, known)
  const right =
    near.length > 0
      ? `did you mean ${near.map((word) => `\`${word}\``).join(' or ')}?`
      : `choose from ${[...known].join(', ')}`
  return usageError(`unknown key \`${key}\`: ${right}`, undefined, { kind: 'unknown', facts: { key, near } })
}
