import { CTL_DESCRIPTOR, isObject } from '@hotcb/protocol'

/** The last reported status of one registered function. */
export interface RegisteredFunction {
  readonly path: string
  readonly description: string
  readonly calls: number
  readonly failed: number
  readonly raw: Readonly<Record<string, unknown>>
}

/** Returns the functions that were registered with module `ctl`, from the status of a kernel's modules. */
export function registeredOf(
  modules: Readonly<Record<string, unknown>> | undefined,
): readonly RegisteredFunction[] | undefined {
  const all = modules?.[CTL_DESCRIPTOR.name]
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
