import { type HotModule, type LedgerLine, messageOf } from '@hotcb/protocol'

/** Passes a ledger line to the modules. */
export type Hearing = (line: LedgerLine, isPast: boolean) => void

/**
 * Returns a function that passes lines to all listening modules; null if no module listens. If a module throws, the
 * error is logged and the other modules still receive the line.
 */
export function hearing(modules: readonly HotModule[], note: (message: string) => void): Hearing | null {
  const all = modules.filter((module) => module.onLine !== undefined)
  if (all.length === 0) return null
  return (line, isPast) => {
    for (const module of all) {
      try {
        module.onLine?.(line, isPast)
      } catch (error) {
        note(`module \`${module.name}\` threw at ledger line ${line.seq}: ${messageOf(error)}`)
      }
    }
  }
}
