import type { StagingStorage } from '../staged/staging.ts'

/** A text that outlives a reload of this tab of the browser, where storage is allowed. */
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
        // Storage may be forbidden or full; staged changes then last as long as the page.
      }
    },
  }
}
