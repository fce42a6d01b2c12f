import type { StagingStorage } from '../staged/staging.ts'

/** Stores text that survives a reload of this browser tab, if storage is allowed. */
export function sessionText(key: string): StagingStorage {
  return {
    read() {
      try {
        return sessionStorage.getItem(key)
      } catch {
        return null
      }
    },
    write(text) {
      try {
        if (text === null) sessionStorage.removeItem(key)
        else sessionStorage.setItem(key, text)
      } catch {
        // Storage may be forbidden or full; staged changes are then lost when the page is closed.
      }
    },
  }
}
