import { useRef, useState } from 'preact/hooks'

/** Runs a task only if it is not running already, so that the second click of a double click has no effect. */
export function useOnce(task: () => Promise<unknown>): { readonly isBusy: boolean; readonly begin: () => void } {
  const isOpen = useRef(false)
  const [isBusy, setBusy] = useState(false)
  const begin = (): void => {
    // This must be a ref: the state is that of the last render, and a second click may come before the next one.
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
