import { isObject } from '@hotcb/protocol'
import type { Run } from './run.ts'

/** One function that the trainer registered, as it last told of it. */
export interface RegisteredFunction {
  readonly path: string
  readonly description: string
  readonly calls: number
  readonly failed: number
  readonly raw: Readonly<Record<string, unknown>>
}

/** What the trainer registered with module `ctl`; undefined where it told nothing. */
export function readRegistered(run: Run): readonly RegisteredFunction[] | undefined {
  const all = run.document('state').value?.modules['ctl']
  if (!isObject(all)) return undefined
  return Object.entries(all).flatMap(([path, raw]) => {
    if (!isObject(raw)) return []
    const { description, calls, failed } = raw
    return [
      {
        path,
        description: typeof description === 'string' ? description : '',
        calls: typeof calls === 'number' ? calls : 0,
        failed: typeof failed === 'number' ? failed : 0,
        raw,
      },
    ]
  })
}
