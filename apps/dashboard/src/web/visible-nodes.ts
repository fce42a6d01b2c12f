import { options } from 'preact'
import { visibleText } from '../shared/visible-text.ts'

/** Attributes with text that people read, or that a screen reader reads out. */
const SHOWN = ['title', 'aria-label', 'placeholder'] as const

/**
 * Makes invisible characters visible in all text that this page renders ({@link visibleText}). Names of metrics, runs and people
 * come from files that any program may have written. Values of fields are not changed.
 */
export function showInvisible(): void {
  const before = options.vnode
  options.vnode = (node) => {
    if (typeof node.type === 'string') {
      // An element's node contains its attributes.
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
