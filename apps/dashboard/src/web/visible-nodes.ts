import { options } from 'preact'
import { visibleText } from '../shared/visible-text.ts'

/** Attributes whose text people see or hear. */
const SHOWN = ['title', 'aria-label', 'placeholder'] as const

/**
 * Makes every text that this page renders show its invisible characters ({@link visibleText}): names of metrics, runs and
 * people come from files that any program may have written. Values of fields stay as they are.
 */
export function showInvisible(): void {
  const before = options.vnode
  options.vnode = (node) => {
    if (typeof node.type === 'string') {
      // The node of an element has the attributes of that element.
      const props = node.props as unknown as Record<string, unknown>
      if ('children' in props) props['children'] = visibleChildren(props['children'])
      for (const name of SHOWN) {
        const text = props[name]
        if (typeof text === 'string') props[name] = visibleText(text)
      }
    }
    before?.(node)
  }
}

function visibleChildren(children: unknown): unknown {
  if (typeof children === 'string') return visibleText(children)
  return Array.isArray(children) ? children.map(visibleChildren) : children
}
