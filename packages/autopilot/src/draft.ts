import type { ConditionResult } from '@hotcb/metrics/judge'
import {
  type ControlDescription,
  isObject,
  type Json,
  type JsonObject,
  moduleOfGroup,
  type Relative,
  resolveRelative,
  type SubmittedOp,
} from '@hotcb/protocol'
import { type ChangePermission, judgeChange, strictest, wordJudgement } from './limits.ts'
import { clamped, rateControl } from './rate-control.ts'
import type { Limits, Rule, ValueChange } from './types.ts'

/** A rule's action, and whether it is allowed. */
export interface Draft {
  readonly op: SubmittedOp
  readonly judgement: ChangePermission
  /** The keys of the controls that it changes. */
  readonly keys: readonly string[]
  readonly plan: readonly string[]
  readonly evidence: JsonObject
}

/** Why there is nothing to do. */
export interface NoDraft {
  readonly because: string
}

export interface DraftInput {
  readonly rule: Rule
  readonly found: ConditionResult
  readonly limits: Limits
  readonly controls: readonly ControlDescription[]
  /** Returns a control's value at the start, or the last value that a person set or approved. */
  anchor(key: string): Json | undefined
}

/** Returns the change that a rule requests when it fires. Rescues are planned elsewhere. */
export function draftOf(input: DraftInput): Draft | NoDraft {
  const { action } = input.rule
  if (action.kind === 'set') return setDraft(input, action.values)
  if (action.kind === 'op') return opDraft(input, action.op)
  switch (action.what) {
    case 'clip':
      return clipDraft(input)
    case 'checkpoint':
      return wordDraft(input, 'checkpoint', { module: 'core', op: 'checkpoint', params: { action: 'save' } })
    case 'pause':
      return wordDraft(input, 'pause', { module: 'core', op: 'pause' })
    case 'stop':
      return wordDraft(input, 'stop', { module: 'core', op: 'stop', params: { reason: input.found.because } })
    default:
      return { because: '' }
  }
}

function setDraft(input: DraftInput, values: Readonly<Record<string, ValueChange>>): Draft | NoDraft {
  const changes: Change[] = []
  for (const [key, change] of Object.entries(values)) {
    const made = changeOf(input, key, change)
    if ('because' in made) return made
    changes.push(made)
  }
  const modules = new Set(changes.map(({ module }) => module))
  const [module = 'opt'] = modules
  if (modules.size > 1) return { because: `its controls belong to several modules: ${[...modules].join(', ')}` }
  if (changes.every(({ from, to }) => isSame(from, to))) {
    return { because: `${changes.map(({ key, to }) => `${key} is already ${String(to)}`).join(', ')}` }
  }
  return {
    op: {
      module,
      op: 'set_params',
      params: Object.fromEntries(changes.map(({ key, to }) => [key, to])),
      expect: Object.fromEntries(changes.map(({ key, from }) => [key, from])),
    },
    judgement: strictest(changes.map(({ judgement }) => judgement)),
    keys: changes.map(({ key }) => key),
    plan: [],
    evidence: Object.fromEntries(changes.map(({ key, from, to }) => [key, { from, to }])),
  }
}

interface Change {
  readonly key: string
  readonly module: string
  readonly from: Json
  readonly to: Json
  readonly judgement: ChangePermission
}

const FIRST_WEIGHT_DECAY = 1e-4

function changeOf(input: DraftInput, asked: string, change: ValueChange): Change | NoDraft {
  const isRelative = !('to' in change)
  const key = asked === 'lr' && isRelative ? (rateControl(input.controls)?.key ?? 'lr') : asked
  const control = input.controls.find(({ param_key }) => param_key === key)
  if (control === undefined) return { because: `this trainer has no control \`${key}\`` }
  if (control.state === 'disabled') return { because: `\`${key}\` is disabled` }
  const from = control.current
  const to = 'to' in change ? change.to : relativeTo(control, change)
  if (to === null) return { because: `\`${key}\` is ${JSON.stringify(from)}, not a number` }
  const judged = judgeChange(input.limits, { key, from, to, anchor: input.anchor(key), control })
  const ramp: ChangePermission = { permission: 'ask', because: `${key} is on a ramp` }
  const judgement = (control.ramp ?? null) === null ? judged : strictest([judged, ramp])
  return { key, module: moduleOfGroup(control.group), from, to, judgement }
}

function relativeTo(control: ControlDescription, change: Relative): number | null {
  const { current, param_key: key } = control
  if (typeof current !== 'number') return null
  if (key === 'weight_decay' && current === 0 && 'mul' in change && change.mul > 1) return FIRST_WEIGHT_DECAY
  const to = clamped(resolveRelative(change, current), control)
  return control.type === 'int' ? Math.round(to) : to
}

function isSame(from: Json, to: Json): boolean {
  if (typeof from !== 'number' || typeof to !== 'number') return from === to
  return Math.abs(from - to) <= 1e-12 * Math.max(Math.abs(from), Math.abs(to))
}

/** Clips at three times the usual norm if gradients can be clipped; otherwise halves the rate. */
function clipDraft(input: DraftInput): Draft | NoDraft {
  const { controls, found } = input
  const clip = controls.find(({ param_key, state }) => param_key === 'clip_norm' && state !== 'disabled')
  const bound = found.usual === undefined ? undefined : Number((3 * found.usual).toPrecision(3))
  if (clip === undefined || bound === undefined || !(bound > 0)) return setDraft(input, { lr: { mul: 0.5 } })
  const now = clip.current
  if (typeof now === 'number' && now > 0 && now <= bound) return { because: `clip_norm is already ${now}` }
  return setDraft(input, { clip_norm: { to: clamped(bound, clip) } })
}

function wordDraft({ limits }: DraftInput, word: keyof Limits['words'], op: SubmittedOp): Draft {
  return { op, judgement: wordJudgement(limits, word), keys: [], plan: [], evidence: {} }
}

function opDraft(input: DraftInput, op: SubmittedOp): Draft {
  const params = op.params ?? {}
  const all = typeof params['key'] === 'string' ? [params['key']] : Object.keys(params)
  // `group` selects which of a control's values is set.
  const keys = op.op === 'set_params' ? all.filter((key) => key !== 'group') : []
  return { op, judgement: opJudgement(input, op, keys), keys, plan: [], evidence: {} }
}

const CORE_WORDS: ReadonlySet<string> = new Set(['checkpoint', 'pause', 'stop'])

function opJudgement(
  input: DraftInput,
  { module, op, params }: SubmittedOp,
  keys: readonly string[],
): ChangePermission {
  const { limits } = input
  // `op` is in the set above.
  if (module === 'core' && CORE_WORDS.has(op)) return wordJudgement(limits, op as 'checkpoint' | 'pause' | 'stop')
  if (module === 'cb') return wordJudgement(limits, 'cb')
  if (keys.length === 0) return { permission: 'ask', because: `\`${module} ${op}\` needs approval` }
  return strictest(
    keys.map((key) => {
      const control = input.controls.find(({ param_key }) => param_key === key)
      const given = isObject(params) ? (params[key] ?? params['value']) : null
      const to = (given ?? null) as Json
      return judgeChange(limits, { key, from: presentValue(control, params), to, anchor: input.anchor(key), control })
    }),
  )
}

/** Returns the value that an op would change: the value of a parameter group if it names one. */
function presentValue(control: ControlDescription | undefined, params: SubmittedOp['params']): Json {
  const place = params?.['group']
  const group = control?.groups?.find((one, i) => (one.place ?? i) === place || one.name === place)
  return group?.value ?? control?.current ?? null
}
