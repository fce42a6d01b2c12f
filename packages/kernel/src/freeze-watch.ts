import { type FreezeState, formatFreeze, messageOf, parseFreeze, sameFreeze, UNFROZEN } from '@hotcb/protocol'
import type { Clock, DocumentPort } from './ports.ts'

/** Follows changes to the freeze document. */
export interface FreezeWatch {
  readonly state: FreezeState
  /** Checks the document. True if the mode or another field changed. */
  look(): boolean
  /** Called every 100 ms: checks whether the name still refers to the same file. */
  refresh(): void
  /** Writes the document; `look` does not report the change again. Throws if the write fails. */
  set(state: FreezeState): void
  /** Returns the reason why the document could not be parsed. Later calls return null. */
  takeTrouble(): string | null
}

const MISSING_MS = 100

/**
 * Freeze fails closed. When the run is opened, a missing or empty document means `off`, and an unreadable one means
 * `prod`. While running, an empty or unreadable document keeps the last known mode; a document that is missing in two
 * checks 100 ms apart means `off`.
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

  /** Returns the text; undefined if the document exists but cannot be read (`trouble` has the reason). */
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

  // If the document is missing in two consecutive checks, it was removed, not just replaced.
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
