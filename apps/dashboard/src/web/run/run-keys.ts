import { useEffect } from 'preact/hooks'
import { isChoosing } from '../panels/controls/use-control-hints.ts'
import { isTyping } from '../parts/help.tsx'
import { setView } from '../route.ts'
import { reviewButton } from '../staged/apply-staged.ts'
import { isActivityOpen } from './dock.tsx'

const KEYS: Readonly<Record<string, () => void>> = {
  c: chooseControl,
  s: () => (reviewButton() ?? document.querySelector<HTMLElement>('.staged-bar .primary'))?.focus(),
  a: () => (isActivityOpen.value = !isActivityOpen.value),
}

/** Keys on a run's page: `c` selects a control, `s` focuses the staged changes, `a` unfolds the log of results. */
export function useRunKeys(): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (isTyping(event) || !Object.hasOwn(KEYS, event.key) || isDialogOpen()) return
      event.preventDefault()
      KEYS[event.key]?.()
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [])
}

function chooseControl(): void {
  if (!isShown(document.querySelector('[aria-label="Controls"]'))) setView({ tab: 'controls' }, true)
  isChoosing.value = true
}

function isDialogOpen(): boolean {
  return document.querySelector('dialog[open]') !== null
}

function isShown(element: Element | null): boolean {
  return element instanceof HTMLElement && element.offsetParent !== null
}
