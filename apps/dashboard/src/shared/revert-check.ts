import { type ControlDescription, findDescribed, GROUP_KEYS, isObject, type ModuleTable } from '@hotcb/protocol'
import type { Marker } from './wire.ts'

/** Whether a change can be reverted now. The decision is the kernel's; this type predicts it from the ledger. */
export type RevertCheck =
  | { readonly can: true }
  | {
      readonly can: false
      /** Why it cannot be reverted. */
      readonly reason: string
      /** The ledger lines of later changes to the same controls, which `force` overrides; empty if `force` does not help. */
      readonly later: readonly number[]
    }

/** The facts about the run that the check needs. */
export interface RevertFacts {
  /** Every applied change that is in effect, oldest first. */
  readonly markers: readonly Marker[]
  readonly table: ModuleTable
  readonly controls: readonly ControlDescription[]
}

/** Predicts whether the change in ledger line `seq` can be reverted. */
export function checkRevert(seq: number, { markers, table, controls }: RevertFacts): RevertCheck {
  const at = markers.findIndex((mark) => mark.seq === seq)
  const mark = markers[at]
  if (mark === undefined) return no('a loaded checkpoint or a restart undid it')
  const by = markers.find(({ reverts }) => reverts === seq)
  if (by !== undefined) return no(`#${by.seq} has already reverted it`)
  const inverse = mark.module === 'core' ? undefined : inverseRule(mark, table)
  if (inverse === undefined) return no(`\`${mark.module} ${mark.op}\` cannot be undone`)
  if (mark.old === null && inverse.withoutOld === undefined) return no('it changed nothing')
  const reverted = new Set(markers.flatMap(({ reverts }) => reverts ?? []))
  const byKey = new Map(controls.map((control) => [control.param_key, control]))
  const keys = new Set(touchedKeys(mark, byKey))
  const off = [...keys].find((key) => byKey.get(key)?.state === 'disabled')
  if (off !== undefined) return no(`\`${off}\` is disabled: enable it first`)
  const later = markers.filter(
    (other, i) =>
      isLater(other, i, mark, at) &&
      other.reverts === null &&
      !reverted.has(other.seq) &&
      touchedKeys(other, byKey).some((key) => keys.has(key)),
  )
  if (later.length === 0) return { can: true }
  const seqs = later.map((other) => other.seq)
  return { can: false, reason: `${listOf(seqs)} changed the same control later`, later: seqs }
}

function no(reason: string): RevertCheck {
  return { can: false, reason, later: [] }
}

// A module without a descriptor may have any op: the kernel treats it as a setting, which can be restored.
function inverseRule({ module, op }: Marker, table: ModuleTable): { readonly withoutOld?: string } | undefined {
  const described = table.op(module, op)
  if (described !== undefined || table.get(module) !== undefined) return described?.inverse
  return table.op('cb', op)?.inverse ?? {}
}

function isLater(other: Marker, i: number, mark: Marker, at: number): boolean {
  return other.step === mark.step ? i > at : other.step > mark.step
}

/** Returns the keys that a change touched. Two changes that share a key cannot be undone out of order. */
function touchedKeys(mark: Marker, controls: ReadonlyMap<string, ControlDescription>): readonly string[] {
  const { module, op, id, params } = mark
  if (op !== 'set_params' && op !== 'set') return [`${module}:${id}:${JSON.stringify(keyOf(params))}`]
  if (!isObject(params)) return []
  return Object.keys(params)
    .filter((key) => !GROUP_KEYS.some((one) => one === key))
    .map((key) => findDescribed(key, controls)?.param_key ?? `${module}:${id}:${key}`)
}

// Each control is enabled and disabled separately.
function keyOf(params: Marker['params']): unknown {
  return isObject(params) ? (params['keys'] ?? params['key'] ?? null) : null
}

function listOf(seqs: readonly number[]): string {
  const shown = seqs.slice(0, 5).map((seq) => `#${seq}`)
  return seqs.length > shown.length ? `${shown.join(', ')} and ${seqs.length - shown.length} more` : shown.join(', ')
}

/** Returns the latest checkpoint before a step. Training from there reaches the step again, without the change. */
export function checkpointBefore<Checkpoint extends { readonly step: number | null }>(
  step: number,
  checkpoints: readonly Checkpoint[],
): (Checkpoint & { readonly step: number }) | undefined {
  const before = checkpoints.filter((one): one is Checkpoint & { readonly step: number } => {
    // The step of a checkpoint is the next one to train.
    return one.step !== null && one.step <= step
  })
  return before.reduce<(Checkpoint & { readonly step: number }) | undefined>(
    (best, one) => (best === undefined || one.step >= best.step ? one : best),
    undefined,
  )
}
