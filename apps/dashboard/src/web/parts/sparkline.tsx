import type { JSX } from 'preact'
import type { Sparkline } from '../../shared/wire.ts'

/** A small line without axes: the course of a metric at a glance. */
export function SparklineView({ line }: { readonly line: Sparkline | undefined }): JSX.Element {
  const path = line === undefined ? '' : pathOf(line)
  return (
    <svg class="spark" viewBox="0 0 120 28" preserveAspectRatio="none" aria-hidden="true">
      {path !== '' && <path d={path} />}
    </svg>
  )
}

function pathOf({ steps, values }: Sparkline): string {
  const finite = values.filter((value) => value !== null)
  if (finite.length < 2) return ''
  const least = Math.min(...finite)
  const span = Math.max(...finite) - least || 1
  const first = steps[0] ?? 0
  const width = (steps.at(-1) ?? 1) - first || 1
  let path = ''
  let isOpen = false
  for (const [i, step] of steps.entries()) {
    const value = values[i]
    if (value === null || value === undefined) {
      isOpen = false
      continue
    }
    const x = ((step - first) / width) * 120
    const y = 26 - ((value - least) / span) * 24
    path += `${isOpen ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`
    isOpen = true
  }
  return path
}
