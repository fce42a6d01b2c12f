import { signal } from '@preact/signals'
import type { JSX } from 'preact'
import { useEffect } from 'preact/hooks'
import { Dialog } from './dialog.tsx'

const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ['/', 'search metrics, or filter runs'],
  ['ctrl + K', 'go to a run, a page or a tab by its name'],
  [':', 'go to the command bar'],
  ['c', 'select a control: press its letter next'],
  ['Enter', 'in a control: stage the typed value; again: apply all staged changes'],
  ['↑ ↓', 'in a control: go to the one above or below'],
  ['Esc', 'in a control: discard the typed or staged value'],
  ['s', 'go to the staged changes'],
  ['a', 'open the log of results'],
  ['?', 'show this help'],
  ['drag', 'zoom every chart to a range of steps'],
  ['shift + drag', 'pan'],
  ['ctrl + wheel', 'zoom around the pointer'],
  ['double click', 'show the whole run'],
  ['← →', 'on a chart: move the cursor through its points'],
  ['+ −', 'on a chart: zoom in and out'],
  ['0', 'on a chart: show the whole run'],
  ['Esc', 'elsewhere: close, or leave focus'],
]

const isOpen = signal(false)

/** Opens the list of keys. The key `?` does the same. */
export function HelpButton(): JSX.Element {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key === '?' && !isTyping(event)) isOpen.value = true
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [])
  return (
    <>
      <button
        type="button"
        class="button icon quiet"
        aria-label="Keyboard help"
        title="Keyboard (?)"
        onClick={() => (isOpen.value = true)}
      >
        ?
      </button>
      {isOpen.value && (
        <Dialog title="Keyboard and mouse" onClose={() => (isOpen.value = false)}>
          <dl class="pairs">
            {KEYS.map(([keys, what]) => (
              <>
                <dt>
                  <kbd>{keys}</kbd>
                </dt>
                <dd>{what}</dd>
              </>
            ))}
          </dl>
        </Dialog>
      )}
    </>
  )
}

/** Whether a key is typed into a field and must not control the page. */
export function isTyping({ target, metaKey, ctrlKey, altKey }: KeyboardEvent): boolean {
  if (metaKey || ctrlKey || altKey) return true
  if (target instanceof HTMLInputElement) return !/^(range|checkbox|radio|button)$/.test(target.type)
  return target instanceof HTMLElement && (target.isContentEditable || /^(TEXTAREA|SELECT)$/.test(target.tagName))
}
