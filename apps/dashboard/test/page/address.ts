import { vi } from 'vitest'

/** The parts of a browser that `route.ts` uses for its address. */
export interface Address {
  /** The current address. */
  href(): string
  /** How many entries were added to the history. */
  pushes(): number
  /** Simulates Back and Forward: another address without a new entry. */
  visit(href: string): void
}

/** Opens a page at an address. */
export function openAddress(start: string): Address {
  let now = new URL(start)
  let pushes = 0
  const listeners: (() => void)[] = []
  const go = (href: string | URL): void => {
    now = new URL(href, now)
    vi.stubGlobal('location', now)
  }
  vi.stubGlobal('location', now)
  vi.stubGlobal('document', { baseURI: `${now.origin}/` })
  vi.stubGlobal('window', { addEventListener: (_: string, listener: () => void) => listeners.push(listener) })
  vi.stubGlobal('scrollTo', () => undefined)
  vi.stubGlobal('history', {
    pushState: (_: unknown, __: string, href: string | URL) => {
      pushes++
      go(href)
    },
    replaceState: (_: unknown, __: string, href: string | URL) => go(href),
  })
  return {
    href: () => now.href,
    pushes: () => pushes,
    visit(href) {
      go(href)
      for (const listener of listeners) listener()
    },
  }
}
