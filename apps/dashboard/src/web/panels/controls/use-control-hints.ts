import type { ControlDescription } from '@hotcb/protocol'
import { signal } from '@preact/signals'
import { useLayoutEffect } from 'preact/hooks'
import { isTyping } from '../../parts/help.tsx'
import { focusControl } from '../../staged/focus-control.ts'
import { hintsFor, keyOfHint } from './control-hints.ts'

/** Whether the controls' letters are shown. It is global, so that it survives the switch to the Controls tab. */
export const isChoosing = signal(false)

const NO_HINTS: ReadonlyMap<string, string> = new Map()

/** Returns each control's letter after `c` is pressed. The next key selects the control with that letter. */
export function useControlHints(controls: readonly ControlDescription[]): ReadonlyMap<string, string> {
  const usable = controls.filter(({ state }) => state !== 'disabled').map(({ param_key: key }) => key)
  const hints = isChoosing.value ? hintsFor(usable) : NO_HINTS
  // A layout effect runs immediately. It is needed because the letter may follow the `c` within a frame.
  useLayoutEffect(() => {
    if (!isChoosing.value) return
    const choose = (event: KeyboardEvent): void => {
      if (MODIFIERS.has(event.key)) return
      isChoosing.value = false
      if (isTyping(event)) return
      const first = event.key === 'c' || event.key === 'Enter' ? usable[0] : undefined
      const key = keyOfHint(hints, event.key) ?? first
      if (key === undefined) return
      event.preventDefault()
      event.stopImmediatePropagation()
      focusControl(key)
    }
    const leave = (): void => {
      isChoosing.value = false
    }
    addEventListener('keydown', choose, { capture: true })
    addEventListener('pointerdown', leave)
    return () => {
      removeEventListener('keydown', choose, { capture: true })
      removeEventListener('pointerdown', leave)
    }
  }, [isChoosing.value, usable.join('\n')])
  return hints
}

const MODIFIERS: ReadonlySet<string> = new Set(['Shift', 'Control', 'Alt', 'Meta'])
