import { createSafePointCheck, describeShape, envProblem, isObject } from '@hotcb/protocol'
import type { Kernel } from './kernel.ts'
import { KernelError } from './options.ts'

/** A kernel whose calls are not checked yet. */
export type UncheckedKernel = Omit<Kernel, 'save'>

/** What a trainer calls: its arguments are checked, and there are short forms. */
export function trainerCalls(kernel: UncheckedKernel, note: (message: string) => void): Kernel {
  const check = createSafePointCheck(refuse, note)
  return {
    signal: kernel.signal,
    get seq() {
      return kernel.seq
    },
    apply: (env, events) =>
      check.isRight(env, events) ? kernel.apply(env, events) : kernel.apply(...check.corrected(env, events)),
    applyAsync: async (env, events) =>
      check.isRight(env, events) ? kernel.applyAsync(env, events) : kernel.applyAsync(...check.corrected(env, events)),
    continueFrom(env, snapshot) {
      const problem = envProblem(env, 'continueFrom', 'to train next')
      if (problem !== null) refuse(problem)
      checkSnapshot(snapshot)
      return kernel.continueFrom(env, snapshot)
    },
    save: (tag) => kernel.submit(saveOp(tag)),
    submit: (op) => kernel.submit(op),
    snapshot: () => kernel.snapshot(),
    close: () => kernel.close(),
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
  refuse(`the second argument of \`continueFrom\` must be the snapshot that a checkpoint keeps, got ${got}`)
}
