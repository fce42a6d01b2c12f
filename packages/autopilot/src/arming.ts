import { isObject, type Json } from '@hotcb/protocol'
import type { Rule } from './types.ts'

/**
 * The state of one rule. Times are counted in computed steps (all steps that were run, including those that a rewind undid).
 */
export interface Arming {
  /** The number of consecutive evaluations in which the condition was true, or false. */
  held: number
  cleared: number
  isArmed: boolean
  firedAt: number | null
  /** The factor applied to its cooldown; it is larger after its action was refused. */
  patience: number
  /** The number of consecutive actions that made things worse. */
  worse: number
}

export function createArming(): Arming {
  return { held: 0, cleared: 0, isArmed: true, firedAt: null, patience: 1, worse: 0 }
}

/** Records one evaluation. Returns whether the rule fires, regardless of the state of its controls. */
export function takeLook(rule: Rule, arming: Arming, isTrue: boolean, clock: number): boolean {
  if (!isTrue) {
    arming.held = 0
    arming.cleared++
    if (arming.cleared >= rule.clear) arming.isArmed = true
    return false
  }
  arming.held++
  arming.cleared = 0
  if (rule.clear === 0) arming.isArmed = true
  return arming.isArmed && arming.held >= rule.hold && isCool(rule, arming, clock)
}

/** Records that the rule fired. It does not fire again before its cooldown has passed and its condition has been false. */
export function fire(arming: Arming, clock: number): void {
  arming.firedAt = clock
  arming.isArmed = false
  arming.held = 0
  arming.patience = 1
}

function isCool(rule: Rule, { firedAt, patience }: Arming, clock: number): boolean {
  return firedAt === null || clock - firedAt >= rule.cooldown * patience
}

export function armingJson(arming: Arming): Json {
  return { ...arming }
}

export function readArming(saved: unknown): Arming {
  const fresh = createArming()
  if (!isObject(saved)) return fresh
  const count = (name: keyof Arming, byDefault: number): number => {
    const value = saved[name]
    return typeof value === 'number' ? value : byDefault
  }
  const firedAt = saved['firedAt']
  return {
    held: count('held', 0),
    cleared: count('cleared', 0),
    isArmed: saved['isArmed'] !== false,
    firedAt: typeof firedAt === 'number' ? firedAt : null,
    patience: count('patience', 1),
    worse: count('worse', 0),
  }
}
