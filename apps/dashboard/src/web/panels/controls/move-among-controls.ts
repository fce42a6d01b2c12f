import { focusControl } from '../../staged/focus-control.ts'

/** Takes the arrow keys up and down in the field of a control to the next one; gives whether it did. */
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
