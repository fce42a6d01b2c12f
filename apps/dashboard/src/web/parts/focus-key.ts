import type { RefObject } from 'preact'
import { useEffect } from 'preact/hooks'
import { isTyping } from './help.tsx'

/** Focuses a field when a key is pressed anywhere on the page, except while the person types in another field. */
export function useFocusKey(key: string, field: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const focus = (event: KeyboardEvent): void => {
      if (event.key !== key || isTyping(event)) return
      event.preventDefault()
      field.current?.focus()
    }
    addEventListener('keydown', focus)
    return () => removeEventListener('keydown', focus)
  }, [key])
}
