import { vi } from 'vitest'

/** What the address of a page is made of: enough of a browser for `route.ts`. */
export interface Address {
  /** The present address. */
  href(): string
  /** How often an entry was added to the history. */
  pushes(): number
  /** What Back and Forward do: another address, without a new entry. */
  visit(href: string): void
}

/** Puts a page at an address. */
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
