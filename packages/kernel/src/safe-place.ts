import { envField } from './env-field.ts'
import type { KernelParts } from './parts.ts'

/** Sets the place and time of the following ledger lines to the current ones. */
export function takePlace(parts: KernelParts): void {
  const { recorder } = parts
  const { env, call, events } = parts.loop
  recorder.tell()
  if (parts.loop.isEnd) {
    recorder.place = { step: parts.loop.step, call, epoch: null, phase: null, event: null, after: false, end: true }
    return
  }
  if (env === null) return
  const epoch = envField(env, 'epoch')
  recorder.place = {
    step: parts.loop.step,
    call,
    epoch: typeof epoch === 'number' ? epoch : null,
    phase: wordOf(envField(env, 'phase')),
    event: wordOf(events[0]),
    after: parts.loop.areModulesNotified,
    end: false,
  }
}

function wordOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
