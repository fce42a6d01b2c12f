import { type FreezeState, formatFreeze, messageOf, parseFreeze, sameFreeze, UNFROZEN } from '@hotcb/protocol'
import type { Clock, DocumentPort } from './ports.ts'

/** The freeze mode in the document. */
export interface FreezeWatch {
  readonly state: FreezeState
  /** One look. True when the mode or another field changed. */
  look(): boolean
  /** Every 100 ms. */
  refresh(): void
  /** Writes the document; `look` does not report the change again. Throws any error of the write. */
  set(state: FreezeState): void
  /** Why the document could not be parsed, once; then null. */
  takeTrouble(): string | null
}

const MISSING_MS = 100

/**
 * Freeze fails closed. At open: missing or empty is off; unreadable is `prod`. While running: empty or torn keeps the
 * last known mode, missing for two looks 100 ms apart is off, an unknown mode is `prod` if none is known.
 */
export function createFreezeWatch(document: DocumentPort | null, clock: Clock): FreezeWatch {
  let state: FreezeState = UNFROZEN
  let known = false
  let missingSince: number | null = null
  let trouble: string | null = null

  function take(next: FreezeState): boolean {
    const isChanged = !sameFreeze(next, state)
    state = next
    known = true
    return isChanged
  }

  function failClosed(reason: string): boolean {
    trouble = reason
    return known ? false : take({ ...UNFROZEN, mode: 'prod' })
  }

  /** Undefined if it exists but cannot be read: `trouble` has the reason. */
  function read(): string | null | undefined {
    try {
      return document?.read() ?? null
    } catch (error) {
      trouble = messageOf(error)
      return undefined
    }
  }

  function lookAgain(isOpening: boolean): boolean {
    const text = read()
    if (text === undefined) return failClosed(trouble ?? '')
    if (text === null) return takeMissing(isOpening)
    missingSince = null
    if (text.trim() === '') return isOpening && take(UNFROZEN)
    const parsed = parseFreeze(text)
    return parsed.ok ? take(parsed.value) : failClosed(parsed.reason)
  }

  function takeMissing(isOpening: boolean): boolean {
    if (isOpening || !known) return take(UNFROZEN)
    missingSince ??= clock.now()
    return false
  }

  // Missing for two looks: it was removed, not just replaced.
  function isGone(): boolean {
    if (missingSince === null || clock.now() - missingSince < MISSING_MS) return false
    missingSince = null
    return read() === null
  }

  lookAgain(true)

  return {
    get state() {
      return state
    },
    look() {
      if (document === null) return false
      if (isGone()) return take(UNFROZEN)
      return document.changed() ? lookAgain(false) : false
    },
    refresh: () => document?.refresh?.(),
    set(next) {
      document?.write?.(formatFreeze(next))
      if (document?.changed()) document.read()
      missingSince = null
      take(next)
    },
    takeTrouble() {
      const said = trouble
      trouble = null
      return said
    },
  }
}
