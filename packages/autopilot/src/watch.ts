import { createNames, type NameFinder } from '@hotcb/expr'
import { createLineWindow, directionOf, guessKeyMetric, type LineWindow } from '@hotcb/metrics/judge'
import { isObject, type Json } from '@hotcb/protocol'
import type { KeyMetric, Rule } from './types.ts'

/** Windows of recent values for the metrics that rules need. Any other metric requires only one look-up. */
export interface Watch {
  /** Adds a step's metrics. Returns the rules that have a new value, in file order. */
  take(step: number, metrics: Readonly<Record<string, unknown>>): readonly Rule[]
  /** Returns the window of a metric by its own name, or by the bare name that an expression uses. */
  find(name: string, isQuoted?: boolean): LineWindow | undefined
  /** Returns the name of a rule's metric. */
  metricOf(rule: Rule): string | null
  names(): readonly string[]
  /** The metric by which the run is judged: the given one, or a guess based on the names seen so far. */
  readonly keyMetric: KeyMetric | null
  snapshot(): Json
  restore(saved: Json): void
}

/** The minimum size of a window: enough for most conditions. */
const LEAST_KEPT = 80
const KEY_KEPT = 200

/** Creates a watch on the metrics that these rules need. */
export function createWatch(rules: readonly Rule[], told: KeyMetric | null): Watch {
  let keyMetric = told
  const known = createNames('rule')
  const slots = new Map<string, Slot | null>()
  const needsNow = (rule: Rule): readonly Need[] => needsOf(rule, keyMetric)
  const wanted: readonly Wanted[] = rules.map((rule, order) => ({ rule, order, needs: needsNow(rule), marked: -1 }))
  // Rules that name no metric, such as `step == 100`, are evaluated whenever there is new data, and so are all hotcb 2 rules.
  const always = wanted.filter(isAlwaysLookedAt)
  let look = 0

  function admit(name: string): Slot | null {
    known.add(name)
    slots.set(name, null)
    if (told === null) guess()
    bindAll()
    if (name === keyMetric?.name && slots.get(name) === null) slots.set(name, createSlot(name, KEY_KEPT, keyMetric))
    return slots.get(name) ?? null
  }

  /** Rebinds all rules, because a new name may be a better match. This is rare because there are few names. */
  function bindAll(): void {
    for (const slot of slots.values()) if (slot !== null) slot.rules.length = 0
    for (const one of wanted) for (const need of one.needs) bind(one, need)
  }

  function slotOf(name: string, given: unknown): Slot | null {
    // A value that is not a number does not create a metric.
    return slots.has(name) || numberOf(given) === undefined ? null : admit(name)
  }

  function guess(): void {
    const found = guessed([...slots.keys()])
    if (found === null || found.name === keyMetric?.name) return
    keyMetric = found
    for (const one of wanted) one.needs = needsOf(one.rule, keyMetric)
  }

  /** Returns the longest window that rules need for this metric, because a window cannot grow. */
  function keptOf(real: string): number {
    const isIts = ({ name, isQuoted }: Need): boolean => known.find(name, isQuoted)?.real === real
    const needs = wanted.flatMap((one) => one.needs).filter(isIts)
    return Math.max(real === keyMetric?.name ? KEY_KEPT : 0, ...needs.map(({ keep }) => keep))
  }

  function bind(one: Wanted, { name, isQuoted, keep }: Need): void {
    const real = known.find(name, isQuoted)?.real
    if (real === undefined) return
    const slot = slots.get(real) ?? createSlot(real, Math.max(keep, keptOf(real)), keyMetric)
    slots.set(real, slot)
    if (!slot.rules.includes(one)) slot.rules.push(one)
  }

  return {
    take(step, metrics) {
      look++
      const found: Wanted[] = []
      for (const name in metrics) {
        const slot = slots.get(name) ?? slotOf(name, metrics[name])
        const value = slot === null ? undefined : numberOf(metrics[name])
        if (slot === null || value === undefined) continue
        slot.window.push(step, value)
        gather(slot.rules, look, found)
      }
      if (always.length > 0 && hasNumber(metrics)) gather(always, look, found)
      return inOrder(found)
    },
    find: (name, isQuoted = false) => windowIn(slots, known, name, isQuoted),
    metricOf(rule) {
      const [need] = needsOf(rule, keyMetric)
      return need === undefined ? null : (known.find(need.name, need.isQuoted)?.real ?? need.name)
    },
    names: () => [...slots.keys()],
    get keyMetric() {
      return keyMetric
    },
    snapshot: () => snapshotOf(slots),
    restore: (saved) => restoreInto(slots, saved, admit),
  }
}

function isAlwaysLookedAt({ rule, needs }: Wanted): boolean {
  return rule.enabled && (rule.version === 1 || (rule.program !== null && needs.length === 0))
}

/** Guesses the key metric. A training loss is unsuitable: it falls while the model overfits, and it is reported at every step. */
function guessed(all: readonly string[]): KeyMetric | null {
  const name = guessKeyMetric(all.filter((one) => directionOf(one) !== undefined && !IS_TRAINING.test(one)))
  if (name === undefined || !IS_VALIDATION.test(name)) return null
  return { name, direction: directionOf(name) ?? 'min' }
}

type Slots = Map<string, Slot | null>

function windowIn(slots: Slots, known: NameFinder, name: string, isQuoted: boolean): LineWindow | undefined {
  const exact = slots.get(name)
  if (exact) return exact.window
  const real = known.find(name, isQuoted)?.real
  return real === undefined ? undefined : slots.get(real)?.window
}

function snapshotOf(slots: Slots): Json {
  const windows = [...slots].flatMap(([name, slot]) => (slot === null ? [] : [[name, slot.window.snapshot()] as const]))
  return { names: [...slots.keys()], windows: Object.fromEntries(windows) }
}

function restoreInto(slots: Slots, saved: Json, admit: (name: string) => unknown): void {
  if (!isObject(saved)) return
  const { names, windows } = saved
  const isNew = (name: unknown): name is string => typeof name === 'string' && !slots.has(name)
  if (Array.isArray(names)) for (const name of names.filter(isNew)) admit(name)
  // The content of a snapshot is JSON.
  for (const [name, window] of Object.entries(isObject(windows) ? windows : {})) {
    slots.get(name)?.window.restore(window as Json)
  }
}

interface Need {
  readonly name: string
  readonly isQuoted: boolean
  readonly keep: number
}

interface Wanted {
  readonly rule: Rule
  readonly order: number
  needs: readonly Need[]
  marked: number
}

interface Slot {
  readonly window: LineWindow
  readonly rules: Wanted[]
}

const NONE: readonly Rule[] = []
const IS_TRAINING = /train/i
const IS_VALIDATION = /(^|[/_.-])(val|valid|validation|eval|test|dev)([/_.-]|$)/i

/** Converts a value as the metrics collector does; undefined if it is not a number. */
function numberOf(given: unknown): number | null | undefined {
  if (typeof given === 'number' || given === null) return given
  return typeof given === 'boolean' ? Number(given) : undefined
}

function hasNumber(metrics: Readonly<Record<string, unknown>>): boolean {
  for (const name in metrics) if (numberOf(metrics[name]) !== undefined) return true
  return false
}

/** Adds the rules that this evaluation has not included yet. */
function gather(rules: readonly Wanted[], look: number, found: Wanted[]): void {
  for (const one of rules) {
    if (one.marked === look) continue
    one.marked = look
    found.push(one)
  }
}

function inOrder(found: Wanted[]): readonly Rule[] {
  if (found.length === 0) return NONE
  return found.length === 1 ? found.map(ruleOf) : found.sort(byOrder).map(ruleOf)
}

function byOrder(a: Wanted, b: Wanted): number {
  return a.order - b.order
}

function ruleOf({ rule }: Wanted): Rule {
  return rule
}

function createSlot(name: string, keep: number, keyMetric: KeyMetric | null): Slot {
  const direction = name === keyMetric?.name ? keyMetric.direction : directionOf(name)
  return { window: createLineWindow({ sign: direction === 'max' ? -1 : 1, keep }), rules: [] }
}

/** Returns the metrics that a rule needs; the first one is its own. */
function needsOf(rule: Rule, keyMetric: KeyMetric | null): readonly Need[] {
  if (!rule.enabled) return []
  if (rule.program !== null) {
    const keep = Math.max(LEAST_KEPT, rule.program.longestWindow)
    return rule.program.names.map(({ name, quoted }) => ({ name, isQuoted: quoted, keep }))
  }
  const metric = rule.metric ?? keyMetric?.name
  const keep = Math.max(LEAST_KEPT, keptBy(rule))
  const own = metric === undefined ? [] : [metric]
  return [...own, ...othersOf(rule)].map((name) => ({ name, isQuoted: false, keep }))
}

function othersOf({ condition, params }: Rule): readonly string[] {
  if (condition === 'overfitting') return [text(params['train_metric'], 'train_loss')]
  if (condition !== 'v1:overfitting') return []
  return [text(params['train_metric'], 'train_loss'), text(params['val_metric'], 'val_loss')]
}

function keptBy({ condition, params }: Rule): number {
  const window = typeof params['window'] === 'number' ? params['window'] : 0
  if (condition === 'stuck') return Math.max(window, 120) + 10
  if (condition === 'grad_explosion') return Math.max(window, 200) + 10
  return condition === 'overfitting' ? 1000 : window + 10
}

function text(value: Json | undefined, byDefault: string): string {
  return typeof value === 'string' ? value : byDefault
}
