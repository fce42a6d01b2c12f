import type { Core } from './core.ts'
import { envField } from './env-field.ts'

/** From here on the lines of the ledger carry this place and time. */
export function takePlace(core: Core): void {
  const { env, call, events, recorder } = core
  recorder.tell()
  if (core.isEnd) {
    recorder.place = { step: core.step, call, epoch: null, phase: null, event: null, after: false, end: true }
    return
  }
  if (env === null) return
  const epoch = envField(env, 'epoch')
  recorder.place = {
    step: core.step,
    call,
    epoch: typeof epoch === 'number' ? epoch : null,
    phase: wordOf(envField(env, 'phase')),
    event: wordOf(events[0]),
    after: core.told,
    end: false,
  }
}

function wordOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
