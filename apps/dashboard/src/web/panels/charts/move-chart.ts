import { withMove } from './layout.ts'
import { chartLayout, setLayout, setPins } from './view.ts'

/** Lets a handle move its chart. The person drags it to another chart of the grid, which makes room for it. */
export function startMove(event: PointerEvent & { readonly currentTarget: HTMLElement }): void {
  const handle = event.currentTarget
  const place = handle.closest<HTMLElement>('.chart-place')
  if (event.button !== 0 || place === null) return
  event.preventDefault()
  let target: { readonly place: HTMLElement; readonly isBehind: boolean } | undefined
  const show = (): void => {
    for (const other of placesBeside(place)) other.removeAttribute('data-drop')
    target?.place.setAttribute('data-drop', target.isBehind ? 'behind' : 'before')
  }
  const move = ({ clientX, clientY }: PointerEvent): void => {
    place.toggleAttribute('data-moved', true)
    const under = document.elementFromPoint(clientX, clientY)?.closest<HTMLElement>('.chart-place')
    if (under === null || under === undefined || under === place || under.parentElement !== place.parentElement) {
      target = undefined
    } else target = { place: under, isBehind: isBehind(under, place, clientX, clientY) }
    show()
  }
  const end = (ended: Event): void => {
    handle.removeEventListener('pointermove', move)
    handle.removeEventListener('pointerup', end)
    handle.removeEventListener('pointercancel', end)
    place.removeAttribute('data-moved')
    const found = target
    target = undefined
    show()
    if (found === undefined || ended.type === 'pointercancel') return
    moveBefore(place, found.isBehind ? nextOf(found.place) : found.place)
  }
  handle.setPointerCapture(event.pointerId)
  handle.addEventListener('pointermove', move)
  handle.addEventListener('pointerup', end)
  handle.addEventListener('pointercancel', end)
}

/** Moves the chart that contains an element by one place, forward or back. */
export function moveByOne(element: Element, by: 1 | -1): void {
  const place = element.closest<HTMLElement>('.chart-place')
  if (place === null) return
  const all = placesBeside(place)
  const at = all.indexOf(place)
  if (all[at + by] === undefined) return
  moveBefore(place, by === -1 ? all[at - 1] : all[at + 2])
}

/** Whether the dragged chart goes after the one under the pointer: on its lower half in a single column, otherwise on its right half. */
function isBehind(under: HTMLElement, moved: HTMLElement, x: number, y: number): boolean {
  const { left, top, width, height } = under.getBoundingClientRect()
  const isOneColumn = left === moved.getBoundingClientRect().left
  return isOneColumn ? y > top + height / 2 : x > left + width / 2
}

function placesBeside(place: HTMLElement): HTMLElement[] {
  return [...(place.parentElement?.querySelectorAll<HTMLElement>(':scope > .chart-place') ?? [])]
}

function nextOf(place: HTMLElement): HTMLElement | undefined {
  const all = placesBeside(place)
  return all[all.indexOf(place) + 1]
}

function moveBefore(place: HTMLElement, before: HTMLElement | undefined): void {
  const title = place.dataset['title'] ?? ''
  if (before === place) return
  const target = before?.dataset['title'] ?? null
  if (place.dataset['group'] !== 'pinned') {
    setLayout(withMove(chartLayout(), { title, before: target }))
    return
  }
  const pins = placesBeside(place).map(({ dataset }) => dataset['title'] ?? '')
  const rest = pins.filter((pin) => pin !== title)
  rest.splice(target === null ? rest.length : rest.indexOf(target), 0, title)
  setPins(rest)
}
