import { signal } from '@preact/signals'

export type Theme = 'auto' | 'light' | 'dark'

const KEY = 'hotcb-theme'
const wantsDark = matchMedia('(prefers-color-scheme: dark)')

/** The chosen theme, and whether it is currently dark. */
export const theme = signal<Theme>(readTheme())
export const isDark = signal(comesOutDark())

/** Sets the theme for this browser. */
export function setTheme(chosen: Theme): void {
  theme.value = chosen
  try {
    localStorage.setItem(KEY, chosen)
  } catch {
    // Storage may be forbidden; the choice is then lost when the page is closed.
  }
  show()
}

/** Returns the value of a CSS custom property, for drawing on a canvas. */
export function cssColor(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim()
}

wantsDark.addEventListener('change', show)
show()

function show(): void {
  document.documentElement.dataset['theme'] = comesOutDark() ? 'dark' : 'light'
  isDark.value = comesOutDark()
}

function comesOutDark(): boolean {
  return theme.value === 'dark' || (theme.value === 'auto' && wantsDark.matches)
}

function readTheme(): Theme {
  try {
    const kept = localStorage.getItem(KEY)
    return kept === 'light' || kept === 'dark' ? kept : 'auto'
  } catch {
    return 'auto'
  }
}
