import { describeShape, type Env, isObject } from '@hotcb/protocol'
import type { Kernel } from './kernel.ts'
import { KernelError } from './options.ts'

/** A kernel whose calls are not checked yet. */
export type UncheckedKernel = Omit<Kernel, 'save'>

/**
 * What a trainer calls: safe points whose arguments are checked, and short forms.
 *
 * A wrong first safe point throws, since nothing has been trained yet. Later a throw would cost the training. What is wrong
 * is then noted once; a call without a step counts as another one of the last step, and text is taken for one event.
 */
export function trainerCalls(kernel: UncheckedKernel, note: (message: string) => void): Kernel {
  let step: number | null = null
  const noted = new Set<string>()

  function complain(problem: string, instead: string): void {
    if (step === null) throw new KernelError('bad-call', problem)
    if (noted.has(instead)) return
    noted.add(instead)
    note(`${problem}; ${instead}`)
  }

  function placeOf(env: unknown): Env {
    if (isEnv(env)) return env
    complain(problemOf(env, 'apply', 'just trained'), 'such a call counts as another one of the step before it')
    return withStep(env, step ?? 0)
  }

  function namesOf(events: unknown): readonly string[] | undefined {
    if (isNames(events)) return events
    const hint = isText(events) ? `: write \`[${JSON.stringify(events)}]\`` : ''
    complain(
      `the events of \`apply\` must be a list of names, got ${describeShape(events)}${hint}`,
      'text is taken for one event, and what is no text is left out',
    )
    if (isText(events)) return [events]
    return Array.isArray(events) ? events.filter(isText) : []
  }

  /** Whether the arguments of a safe point are right: nearly always, so this costs a few nanoseconds. */
  function isRight(env: unknown, events: unknown): boolean {
    if (!isEnv(env) || !isNames(events)) return false
    step = env.step
    return true
  }

  /** The arguments of a safe point that has wrong ones, as they are used instead. */
  function corrected(env: unknown, events: unknown): readonly [Env, readonly string[] | undefined] {
    const place = placeOf(env)
    const names = namesOf(events)
    step = place.step
    return [place, names]
  }

  return {
    signal: kernel.signal,
    get seq() {
      return kernel.seq
    },
    apply: (env, events) =>
      isRight(env, events) ? kernel.apply(env, events) : kernel.apply(...corrected(env, events)),
    applyAsync: async (env, events) =>
      isRight(env, events) ? kernel.applyAsync(env, events) : kernel.applyAsync(...corrected(env, events)),
    continueFrom(env, snapshot) {
      if (!isEnv(env)) throw new KernelError('bad-call', problemOf(env, 'continueFrom', 'to train next'))
      checkSnapshot(snapshot)
      return kernel.continueFrom(env, snapshot)
    },
    save: (tag) => kernel.submit(saveOp(tag)),
    submit: (op) => kernel.submit(op),
    snapshot: () => kernel.snapshot(),
    close: () => kernel.close(),
  }
}

function saveOp(tag: string | undefined): Parameters<Kernel['submit']>[0] {
  return { module: 'core', op: 'checkpoint', params: { action: 'save', ...(tag !== undefined && { tag }) } }
}

function checkSnapshot(snapshot: unknown): void {
  if (snapshot === undefined || snapshot === null) return
  const isCheckpoint = isObject(snapshot) && 'tag' in snapshot && 'dir' in snapshot
  if (isObject(snapshot) && !isCheckpoint) return
  const got = isCheckpoint ? 'a checkpoint: write `checkpoint.snapshot`' : describeShape(snapshot)
  throw new KernelError(
    'bad-call',
    `the second argument of \`continueFrom\` must be the snapshot that a checkpoint keeps, got ${got}`,
  )
}

function problemOf(env: unknown, call: string, which: string): string {
  const step: unknown = isObject(env) ? env['step'] : undefined
  if (step !== undefined) return `the step of \`${call}\` must be a whole number >= 0, got ${describeShape(step)}`
  const got = isObject(env) ? 'an object without `step`' : describeShape(env)
  return `\`${call}\` must be given the step ${which}, such as \`${call}({ step: 0 })\`, got ${got}`
}

/** All that was given, its getters unread, at another step. */
function withStep(env: unknown, step: number): Env {
  const given = isObject(env) ? Object.getOwnPropertyDescriptors(env) : {}
  return Object.defineProperties({ step }, { ...given, step: { value: step, enumerable: true } })
}

function isNames(events: unknown): events is readonly string[] | undefined {
  if (events === undefined) return true
  if (!Array.isArray(events)) return false
  for (let i = 0; i < events.length; i++) if (typeof events[i] !== 'string') return false
  return true
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isEnv(env: unknown): env is Env {
  const step: unknown = typeof env === 'object' && env !== null && 'step' in env ? env.step : undefined
  return typeof step === 'number' && step >= 0 && Number.isSafeInteger(step)
}
