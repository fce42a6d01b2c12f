import * as root from '../src/index.ts'

/** Every sampler that the package exports, found by calling each export: the name of the function, and of the sampler. */
export function exportedSamplers(): { readonly made: string; readonly sampler: string }[] {
  return Object.entries(root).flatMap(([name, make]) => {
    const sampler = samplerName(make)
    return sampler === undefined ? [] : [{ made: name, sampler }]
  })
}

function samplerName(make: unknown): string | undefined {
  if (typeof make !== 'function') return undefined
  try {
    const result: unknown = make()
    if (result instanceof Promise) result.catch(() => undefined)
    const isSampler = typeof result === 'object' && result !== null && 'open' in result && 'name' in result
    return isSampler ? String(result.name) : undefined
  } catch {
    return undefined
  }
}
