import type { Core } from './core.ts'

/** From here on the lines of the ledger carry this place and time. */
export function takePlace(core: Core): void {
  const { env, call, events, recorder } = core
  recorder.tell()
  if (core.isEnd) {
    recorder.place = { step: core.step, call, epoch: null, phase: null, event: null, after: false, end: true }
    return
  }
  if (env === null) return
  const { step, epoch = null, phase = null } = env
  recorder.place = { step, call, epoch, phase, event: events[0] ?? null, after: core.told, end: false }
}
