import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'

/** Holds a chart's place, and makes it only while it is near what is in sight: a run may have thousands. */
export function LazyChart({ children }: { readonly children: () => ComponentChildren }): JSX.Element {
  const place = useRef<HTMLDivElement>(null)
  const [isNear, setNear] = useState(false)
  useEffect(() => {
    const element = place.current
    if (element === null) return
    callbacks.set(element, setNear)
    observer.observe(element)
    return () => {
      observer.unobserve(element)
      callbacks.delete(element)
    }
  }, [])
  return (
    <div ref={place} class="lazy">
      {isNear && children()}
    </div>
  )
}

const callbacks = new WeakMap<Element, (isNear: boolean) => void>()
// One observer for all: a thousand observers would be slow.
const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) callbacks.get(target)?.(isIntersecting)
  },
  { rootMargin: '300px 0px' },
)
