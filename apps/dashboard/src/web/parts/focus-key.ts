import type { RefObject } from 'preact'
import { useEffect } from 'preact/hooks'
import { isTyping } from './help.tsx'

/** Lets a key go to a field, wherever the focus is, except while typing in another field. */
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
