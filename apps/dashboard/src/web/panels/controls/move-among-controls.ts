import { focusControl } from '../../staged/focus-control.ts'

/**
 * Handles the up and down arrow keys in a control's field: moves the focus to the next or previous control. Returns whether it did.
 */
export function moveAmongControls(event: KeyboardEvent): boolean {
  const by = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
  if (by === 0 || !(event.target instanceof HTMLElement)) return false
  const rows = [...document.querySelectorAll<HTMLElement>('[data-control]')]
  const own = event.target.closest<HTMLElement>('[data-control]')
  const at = own === null ? -1 : rows.indexOf(own)
  const key = rows[at + by]?.dataset['control']
  if (at < 0 || key === undefined) return false
  event.preventDefault()
  focusControl(key)
  return true
}
