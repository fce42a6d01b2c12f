import { computed, type ReadonlySignal, signal } from '@preact/signals'
import { basePath, pagePath } from './base.ts'

/** The current page: the table of runs, a comparison of runs, the list of sweeps, one run, or one sweep. */
export type Place =
  | { readonly page: 'runs' | 'compare' | 'sweeps' }
  | { readonly page: 'run' | 'sweep'; readonly id: string }

/** The current path and query. The query contains all state that a link should preserve. */
const here = signal(new URL(location.href))

export const place: ReadonlySignal<Place> = computed(() => {
  const path = here.value.pathname.slice(basePath.length)
  if (path === 'compare' || path === 'sweeps') return { page: path }
  const [, page, id] = /^(run|sweep)\/([^/]+)/.exec(path) ?? []
  return id === undefined ? { page: 'runs' } : { page: page === 'sweep' ? 'sweep' : 'run', id: decodeURIComponent(id) }
})

/** The page's path and query, without its origin. */
export const address: ReadonlySignal<string> = computed(() => `${here.value.pathname}${here.value.search}`)

/** Returns a parameter of the view. A component that reads it is rendered again only when it changes. */
export function viewParam(name: string): string | null {
  let param = params.get(name)
  if (param === undefined) {
    param = computed(() => here.value.searchParams.get(name))
    params.set(name, param)
  }
  return param.value
}

const params = new Map<string, ReadonlySignal<string | null>>()

/** Changes parameters of the view; null removes one. `push` adds an entry to the browser's history, so that Back undoes it. */
export function setView(changes: Readonly<Record<string, string | null>>, push = false): void {
  const url = new URL(here.value)
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') url.searchParams.delete(name)
    else url.searchParams.set(name, value)
  }
  if (url.href === here.value.href) return
  if (push) history.pushState(null, '', url)
  else history.replaceState(null, '', url)
  here.value = url
}

/** Some parameters of the view as a query, in the form that a saved view contains. */
export function queryOf(names: readonly string[]): string {
  const query = new URLSearchParams()
  for (const name of names) {
    const value = viewParam(name)
    if (value !== null) query.set(name, value)
  }
  return query.toString()
}

/** Sets these parameters to the values in a query. Parameters that are not in the query are removed. */
export function showQuery(query: string, names: readonly string[], push = true): void {
  const values = new URLSearchParams(query)
  setView(Object.fromEntries(names.map((name) => [name, values.get(name)])), push)
}

/** Opens another page. */
export function goTo(path: string): void {
  history.pushState(null, '', path)
  here.value = new URL(location.href)
  scrollTo(0, 0)
}

/** Follows a link within the page, unless the browser should open it elsewhere. */
export function follows(event: MouseEvent, path: string): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return
  event.preventDefault()
  goTo(path)
}

/** Returns the address of a run's page. */
export function runHref(id: string): string {
  return pagePath(`run/${encodeURIComponent(id)}`)
}

/** Returns the address of a sweep's page. */
export function sweepHref(id: string): string {
  return pagePath(`sweep/${encodeURIComponent(id)}`)
}

window.addEventListener('popstate', () => {
  here.value = new URL(location.href)
})
