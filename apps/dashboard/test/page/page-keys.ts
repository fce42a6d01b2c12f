import { vi } from 'vitest'
import { createListeners, type Listeners } from './element.ts'

/** An element that can have the focus. The fields are those that the keys of a page read. */
export class KeyElement {
  tagName = 'DIV'
  type = ''
  isContentEditable = false
  offsetParent: unknown = null
  tabIndex = 0
  dataset: Record<string, string> = {}
  /** What `querySelector` finds in it, by selector. */
  inside: Readonly<Record<string, KeyElement>> = {}
  /** What `closest` finds. */
  around: KeyElement | null = null
  /** The calls of `focus` and `scrollIntoView`, with their options. */
  readonly seen: unknown[] = []

  constructor(fields: Partial<KeyElement> = {}) {
    Object.assign(this, fields)
  }
  focus(): void {
    this.seen.push('focus')
  }
  scrollIntoView(options: unknown): void {
    this.seen.push(options)
  }
  querySelector(selector: string): KeyElement | null {
    return this.inside[selector] ?? null
  }
  closest(selector: string): KeyElement | null {
    return selector === '[data-control]' ? this.around : null
  }
}
class KeyInput extends KeyElement {}

/** A text field. */
export function textField(type = 'text'): KeyElement {
  return new KeyInput({ tagName: 'INPUT', type })
}

/** The page on which keys are pressed. */
export interface KeyPage extends Listeners {
  /** What `querySelector` of the document finds, by selector. */
  found: Record<string, unknown>
  /** Presses a key; returns the methods of the event that were called. */
  press(key: string, more?: object): readonly string[]
}

/** Opens a page without a document. */
export function openKeyPage(): KeyPage {
  const listeners = createListeners()
  const page: KeyPage = {
    ...listeners,
    found: {},
    press: (key, more = {}) =>
      listeners.fire('keydown', { key, target: null, ctrlKey: false, metaKey: false, altKey: false, ...more }),
  }
  vi.stubGlobal('addEventListener', page.addEventListener)
  vi.stubGlobal('removeEventListener', page.removeEventListener)
  vi.stubGlobal('HTMLElement', KeyElement)
  vi.stubGlobal('HTMLInputElement', KeyInput)
  vi.stubGlobal('CSS', { escape: (text: string) => text.replaceAll('/', '\\/') })
  vi.stubGlobal('document', {
    baseURI: 'http://localhost/',
    querySelector: (selector: string) => page.found[selector] ?? null,
    querySelectorAll: (selector: string) => page.found[selector] ?? [],
    getElementById: (id: string) => page.found[`#${id}`] ?? null,
  })
  return page
}
