import { isObject } from '@hotcb/protocol'
import type { Control } from './control.ts'

/** One registered path, as `registry.json` describes it. */
export interface RegisteredPath {
  readonly path: string
  readonly description: string
  /** How its arguments are checked: `schema`, `validate`, `call`, or not at all. */
  readonly checked: 'schema' | 'validate' | 'call' | null
  /** Whether it is re-applied in a restored trainer. */
  readonly again: boolean
}

/** The owner of the queue, and the time since which it has owned it (epoch seconds). */
export interface RegistryHead {
  readonly holder: string
  readonly ts: number
}

/** Formats the document of registered paths. */
export function formatRegistry(controls: Iterable<Control>, { holder, ts }: RegistryHead): string {
  const paths = [...controls].map(({ path, description, schema, validate, validateCall, again }): RegisteredPath => {
    const checked =
      schema !== undefined ? 'schema' : validate !== undefined ? 'validate' : validateCall !== undefined ? 'call' : null
    return { path, description, checked, again }
  })
  return `${JSON.stringify({ version: 1, holder, ts, controls: paths }, null, 2)}\n`
}

/** Parses it; null for an invalid document. */
export function readRegistry(value: unknown): readonly RegisteredPath[] | null {
  if (!isObject(value) || !Array.isArray(value['controls'])) return null
  return value['controls'].flatMap((one: unknown): RegisteredPath[] => {
    if (!isObject(one) || typeof one['path'] !== 'string') return []
    const { path, description, checked, again } = one
    const known = checked === 'schema' || checked === 'validate' || checked === 'call' ? checked : null
    return [
      { path, description: typeof description === 'string' ? description : '', checked: known, again: again !== false },
    ]
  })
}
