import type { RefObject } from 'preact'
import { useEffect } from 'preact/hooks'

const BACK = new Set(['ArrowLeft', 'ArrowUp'])
const ON = new Set(['ArrowRight', 'ArrowDown'])

/**
 * Makes a group of buttons a single tab stop. Arrow keys, Home and End move within the group. Buttons may be added and removed.
 *
 * @param selector Matches the elements in the group that can have focus.
 */
export function useRoving(group: RefObject<HTMLElement | null>, selector: string): void {
  useEffect(() => {
    const element = group.current
    if (element === null) return
    const items = (): HTMLElement[] => [...element.querySelectorAll<HTMLElement>(selector)]
    const settle = (): void => {
      const all = items()
      const stop = all.find((item) => item.dataset['stop'] === 'true') ?? all[0]
      for (const item of all) item.tabIndex = item === stop ? 0 : -1
    }
    const stopAt = (item: HTMLElement): void => {
      for (const other of items()) delete other.dataset['stop']
      item.dataset['stop'] = 'true'
      settle()
    }
    const move = (event: KeyboardEvent): void => {
      if (event.altKey || event.ctrlKey || event.metaKey) return
      const all = items()
      const at = all.indexOf(event.target as HTMLElement)
      const next = at < 0 ? undefined : nextOf(event.key, at, all.length)
      const item = next === undefined ? undefined : all[next]
      if (item === undefined) return
      event.preventDefault()
      event.stopPropagation()
      stopAt(item)
      item.focus()
    }
    const take = (event: FocusEvent): void => {
      const item = items().find((one) => one === event.target)
      if (item !== undefined && item.tabIndex !== 0) stopAt(item)
    }
    settle()
    const watch = new MutationObserver(settle)
    watch.observe(element, { childList: true, subtree: true })
    element.addEventListener('keydown', move)
    element.addEventListener('focusin', take)
    return () => {
      watch.disconnect()
      element.removeEventListener('keydown', move)
      element.removeEventListener('focusin', take)
    }
  }, [selector, group.current === null])
}

/** Returns the index to which a key moves among `count` elements; undefined for other keys, and beyond the ends. */
function nextOf(key: string, at: number, count: number): number | undefined {
  if (key === 'Home') return 0
  if (key === 'End') return count - 1
  if (BACK.has(key)) return at > 0 ? at - 1 : undefined
  return ON.has(key) && at < count - 1 ? at + 1 : undefined
}
