import type { JSX } from 'preact'
import { useRef } from 'preact/hooks'
import { formatNumber } from '../../shared/describe.ts'
import { visibleText } from '../../shared/visible-text.ts'
import { useRoving } from '../parts/use-roving.ts'
import type { AnnotationPlace } from './line-annotations.ts'

/** The annotations on a chart's runs. Each is a dot, whose text appears on hover and focus. */
export function AnnotationDots({
  title,
  places,
}: {
  readonly title: string
  readonly places: readonly AnnotationPlace[]
}): JSX.Element {
  const list = useRef<HTMLUListElement>(null)
  useRoving(list, 'button')
  return (
    <ul ref={list} class="compare-annotations" aria-label={`Annotations on ${title}`}>
      {places.map(({ annotation: { id, step, value, text, author }, run, line, left, top, isLeft }) => {
        const place = value === null ? `step ${step}` : `step ${step}, value ${formatNumber(value)}`
        const written = `${visibleText(author ?? 'no name')}, ${place}`
        return (
          <li key={`${line.id} ${id}`} class={isLeft ? 'left' : ''} style={{ left: `${left}px`, top: `${top}px` }}>
            <button
              type="button"
              style={{ borderColor: line.color }}
              aria-label={`Annotation of ${visibleText(run)}: ${visibleText(text)}. ${written}`}
              onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
            />
            <p aria-hidden="true">
              <b>{visibleText(run)}</b>
              <span class="muted">{written}</span>
              <span class="compare-annotation-text">{visibleText(text)}</span>
            </p>
          </li>
        )
      })}
    </ul>
  )
}
