import { useRef, useState } from 'preact/hooks'

/** A task that is not begun again before it has ended: the second click of a double click does nothing. */
export function useOnce(task: () => Promise<unknown>): { readonly isBusy: boolean; readonly begin: () => void } {
  const isOpen = useRef(false)
  const [isBusy, setBusy] = useState(false)
  const begin = (): void => {
    // The state is that of the last render, and a second click may come before the next one.
    if (isOpen.current) return
    isOpen.current = true
    setBusy(true)
    void task().finally(() => {
      isOpen.current = false
      setBusy(false)
    })
  }
  return { isBusy, begin }
}
