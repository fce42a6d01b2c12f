import type { At } from '@hotcb/protocol'
import type { Ask } from './ask.ts'
import type { Core } from './core.ts'

/** Puts a command with `at` aside until it is due. True when it has to wait. */
export function hold(core: Core, ask: Ask): boolean {
  const at = ask.command?.at ?? null
  if (at === null || at.step < core.step) return false
  const event = at.event ?? null
  if (at.step === core.step && (event === null || core.events.includes(event))) return false
  holdFor(core, ask, at)
  return true
}

/** Whether the step that a command was meant for is over. */
export function isLate(core: Core, ask: Ask): boolean {
  const at = ask.command?.at ?? null
  return at !== null && at.step < core.step
}

/** Before the loop: holds the commands with `at` of a backlog, however long it is, so that they are there at their step. */
export function lookAhead(core: Core): void {
  for (const ask of core.intake?.ahead() ?? []) {
    const at = ask.command?.at ?? null
    if (at !== null) holdFor(core, ask, at)
  }
}

function holdFor(core: Core, ask: Ask, at: At): void {
  core.held.add({ step: at.step, call: null, event: at.event ?? null, item: ask })
}
