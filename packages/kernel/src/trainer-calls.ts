import {
  createSafePointCheck,
  describeShape,
  type Env,
  envProblem,
  isObject,
  type JsonObject,
  show,
} from '@hotcb/protocol'
import type { HostPlace, Kernel, Takeover } from './kernel.ts'
import { KernelError } from './options.ts'
import { isTakeover } from './takeover.ts'

/** A kernel that does not check the arguments of its calls. */
export type UncheckedKernel = Omit<Kernel, 'save'>

/** Adds argument checks, and the short forms that trainers use. */
export function trainerCalls(kernel: UncheckedKernel, note: (message: string) => void): Kernel {
  const check = createSafePointCheck(refuse, note)
  return {
    signal: kernel.signal,
    get seq() {
      return kernel.seq
    },
    get attempt() {
      return kernel.attempt
    },
    get deciding() {
      return kernel.deciding
    },
    attention: kernel.attention,
    apply(env, events, place) {
      if (place !== undefined) checkPlace(place)
      if (check.isRight(env, events)) return kernel.apply(env, events, place)
      return kernel.apply(...check.corrected(env, events), place)
    },
    async applyAsync(env, events, place) {
      if (place !== undefined) checkPlace(place)
      if (check.isRight(env, events)) return kernel.applyAsync(env, events, place)
      return kernel.applyAsync(...check.corrected(env, events), place)
    },
    continueFrom(from: Env | Takeover, snapshot?: JsonObject | null) {
      checkSnapshot(snapshot)
      if (isHost(from)) {
        checkTakeover(from)
        return kernel.continueFrom(from, snapshot)
      }
      const problem = envProblem(from, 'continueFrom', 'to train next')
      if (problem !== null) refuse(problem)
      return kernel.continueFrom(from, snapshot)
    },
    save: (tag) => kernel.submit(saveOp(tag)),
    submit: (op) => kernel.submit(op),
    snapshot: () => kernel.snapshot(),
    close: () => kernel.close(),
  }
}

// A trainer may pass any value.
function isHost(from: Env | Takeover): from is Takeover {
  return isObject(from) && isTakeover(from)
}

function checkTakeover({ place, since }: Takeover): void {
  const isPlace =
    isObject(place) && [place.step, place.call].every((one) => Number.isSafeInteger(one) && Number(one) >= 0)
  if (!isPlace) refuse(`\`place\` of \`continueFrom\` must be {step, call}, whole numbers >= 0, got ${show(place)}`)
  if (Number.isSafeInteger(since) && since >= 1) return
  refuse(`\`since\` of \`continueFrom\` must be the number of an attempt, got ${show(since)}`)
}

function checkPlace({ call, moved }: HostPlace): void {
  if (!Number.isSafeInteger(call) || call < 0) refuse(`\`place.call\` must be a whole number >= 0, got ${show(call)}`)
  if (moved !== undefined && !Number.isSafeInteger(moved)) {
    refuse(`\`place.moved\` must be a whole number, got ${show(moved)}`)
  }
}

function refuse(problem: string): never {
  throw new KernelError('bad-call', problem)
}

function saveOp(tag: string | undefined): Parameters<Kernel['submit']>[0] {
  return { module: 'core', op: 'checkpoint', params: { action: 'save', ...(tag !== undefined && { tag }) } }
}

function checkSnapshot(snapshot: unknown): void {
  if (snapshot === undefined || snapshot === null) return
  const isCheckpoint = isObject(snapshot) && 'tag' in snapshot && 'dir' in snapshot
  if (isObject(snapshot) && !isCheckpoint) return
  const got = isCheckpoint ? 'a checkpoint: write `checkpoint.snapshot`' : describeShape(snapshot)
  refuse(`the second argument of \`continueFrom\` must be the snapshot of a checkpoint, got ${got}`)
}
