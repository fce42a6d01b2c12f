import type { At } from '@hotcb/protocol'
import type { Ask } from './ask.ts'
import type { KernelParts } from './parts.ts'

/** Sets a command with `at` aside until it is due. True if it has to wait. */
export function hold(parts: KernelParts, ask: Ask): boolean {
  const at = ask.command?.at ?? null
  if (at === null || at.step < parts.loop.step) return false
  const event = at.event ?? null
  if (at.step === parts.loop.step && (event === null || parts.loop.events.includes(event))) return false
  holdFor(parts, ask, at)
  return true
}

/** Whether the step of a command has passed. */
export function isLate(parts: KernelParts, ask: Ask): boolean {
  const at = ask.command?.at ?? null
  return at !== null && at.step < parts.loop.step
}

/**
 * Called before the loop: reads the whole backlog and sets aside all commands with `at`, so that none of them is late.
 */
export function lookAhead(parts: KernelParts): void {
  for (const ask of parts.intake?.ahead() ?? []) {
    const at = ask.command?.at ?? null
    if (at !== null) holdFor(parts, ask, at)
  }
}

function holdFor(parts: KernelParts, ask: Ask, at: At): void {
  parts.queues.held.add({ step: at.step, call: null, event: at.event ?? null, item: ask })
}
