import type { Surface } from '../../src/web/compare/surface.ts'

/** What was painted, one short line for each call: `line 0,0 5,5 red 1`. Numbers have at most two digits after the point. */
export interface Recorded<Target> {
  readonly target: Target
  readonly calls: string[]
}

/** A context of a canvas that records every call and every property that is set. Each character is five pixels wide. */
export function recordedCanvas(): Recorded<CanvasRenderingContext2D> {
  const calls: string[] = []
  const set = new Map<string | symbol, unknown>()
  const target = new Proxy(
    {},
    {
      get: (_, name) => {
        if (set.has(name)) return set.get(name)
        return (...all: readonly unknown[]) => {
          calls.push(`${String(name)} ${all.map(textOf).join(' ')}`.trim())
          return name === 'measureText' ? { width: String(all[0]).length * 5 } : undefined
        }
      },
      set: (_, name, value) => {
        calls.push(`${String(name)} = ${textOf(value)}`)
        set.set(name, value)
        return true
      },
    },
  )
  return { target: target as CanvasRenderingContext2D, calls }
}

/** A surface of the page that compares runs. */
export function recordedSurface(): Recorded<Surface> {
  const calls: string[] = []
  const note =
    (name: string) =>
    (...all: readonly unknown[]): void => {
      calls.push([name, ...all.map(textOf)].join(' '))
    }
  const target = {
    line: note('line'),
    area: note('area'),
    text: note('text'),
    clip: note('clip'),
    unclip: note('unclip'),
  }
  return { target, calls }
}

function textOf(value: unknown): string {
  if (typeof value === 'number') return String(Math.round(value * 100) / 100)
  if (typeof value === 'string') return value === '' ? '""' : value
  if (Array.isArray(value)) {
    const isOfPoints = value.some(Array.isArray)
    return isOfPoints ? value.map(textOf).join(' ') : `(${value.map(textOf).join(',')})`
  }
  if (typeof value === 'object' && value !== null) return Object.values(value).map(textOf).join(' ')
  return String(value)
}
