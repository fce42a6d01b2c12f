import { type ControlDescription, isObject } from '@hotcb/protocol'
import type { ActionStory, RuleAction } from '../types.ts'
import type { Prompt } from './context.ts'
import type { Reply, WantedAction } from './reply.ts'

/** What a reply comes to: what is asked of the engine, and why the rest is not. */
export interface JudgedReply {
  /** At most one: the effect of a second one could not be told from the first. */
  readonly wish: RuleAction | null
  readonly refusals: readonly string[]
  /** Metrics whose raw values go into the next prompt. */
  readonly raw: readonly string[]
}

/** Less than this is not worth a change. */
const LEAST_CHANGE = 0.05
/** As near to a value that did not help as this is that value again. */
const SAME = 0.1
const NOVELTY_STEPS = 500

/** Turns a reply into at most one known action on an existing control, within its bounds. What does not fit is refused in one line. */
export function judgeReply(
  reply: Reply,
  prompt: Pick<Prompt, 'controls' | 'callbacks' | 'metrics'>,
  at: { readonly step: number; readonly actions: readonly ActionStory[] },
): JudgedReply {
  const refusals: string[] = []
  const raw: string[] = []
  let wish: RuleAction | null = null
  for (const wanted of reply.actions) {
    if (wanted.kind === 'request_raw') {
      const name = prompt.metrics.get(wanted.metric ?? '')
      if (name === undefined) refusals.push('request_raw: there is no such metric')
      else raw.push(name)
      continue
    }
    const made = actionOf(wanted, prompt, at)
    if (typeof made === 'string') refusals.push(`${wanted.kind}: ${made}`)
    else if (wish === null) wish = made
    else refusals.push(`${wanted.kind}: one action at a time`)
  }
  return { wish, refusals, raw }
}

const WORDS = { rescue: 'rescue', save_checkpoint: 'checkpoint', pause: 'pause', stop: 'stop' } as const
const SWITCHES = { enable_callback: 'enable', disable_callback: 'disable' } as const

function actionOf(
  wanted: WantedAction,
  prompt: Pick<Prompt, 'controls' | 'callbacks'>,
  at: { readonly step: number; readonly actions: readonly ActionStory[] },
): RuleAction | string {
  const { kind, control } = wanted
  switch (kind) {
    case 'rescue':
    case 'save_checkpoint':
    case 'pause':
    case 'stop':
      return { kind: 'do', what: WORDS[kind] }
    case 'enable_callback':
    case 'disable_callback': {
      const id = prompt.callbacks.get(control ?? '')
      if (id === undefined) return 'there is no such callback'
      return { kind: 'op', op: { module: 'cb', op: SWITCHES[kind], id } }
    }
    default:
      return changeOf(wanted, prompt, at)
  }
}

function changeOf(
  { kind, control: id, value }: WantedAction,
  { controls }: Pick<Prompt, 'controls'>,
  at: { readonly step: number; readonly actions: readonly ActionStory[] },
): RuleAction | string {
  const control = controls.get(id ?? '')
  if (control === undefined) return 'there is no such control'
  const { param_key: key, current } = control
  if (typeof current !== 'number' || value === null) return 'it needs a number'
  const to = rounded(kind === 'scale_control' ? current * value : value, control)
  if (!isInside(to, control)) return `${to} is outside ${control.min ?? '-inf'} to ${control.max ?? 'inf'} of ${key}`
  if (Math.abs(to - current) <= LEAST_CHANGE * Math.abs(current)) return `${key} is ${current} already`
  return triedBefore(key, to, at) ?? { kind: 'set', values: { [key]: { to } } }
}

function isInside(to: number, { min, max }: ControlDescription): boolean {
  return Number.isFinite(to) && to >= (min ?? Number.NEGATIVE_INFINITY) && to <= (max ?? Number.POSITIVE_INFINITY)
}

function rounded(value: number, { type }: ControlDescription): number {
  return type === 'int' ? Math.round(value) : Number(value.toPrecision(6))
}

/** Values that were tried lately and did not help are not tried again. */
function triedBefore(
  key: string,
  to: number,
  { step, actions }: { readonly step: number; readonly actions: readonly ActionStory[] },
): string | undefined {
  const before = actions.find(({ command, step: then, outcome }) => {
    const params = command?.['params']
    const value = isObject(params) ? params[key] : undefined
    if (typeof value !== 'number' || then === null || step - then > NOVELTY_STEPS) return false
    if (outcome === null || outcome === 'better') return false
    return Math.abs(value - to) <= SAME * Math.abs(to)
  })
  return before === undefined
    ? undefined
    : `${key} ${to} was tried at step ${before.step}, and did not help (${before.outcome})`
}
