import { computed, type ReadonlySignal, signal } from '@preact/signals'
import { basePath, pagePath } from './base.ts'

/** Where the page is: the table of runs, several runs side by side, the list of sweeps, one run, or one sweep. */
export type Place =
  | { readonly page: 'runs' | 'compare' | 'sweeps' }
  | { readonly page: 'run' | 'sweep'; readonly id: string }

/** The current path and query; all view state that a link should contain is in the query. */
const here = signal(new URL(location.href))

export const place: ReadonlySignal<Place> = computed(() => {
  const path = here.value.pathname.slice(basePath.length)
  if (path === 'compare' || path === 'sweeps') return { page: path }
  const [, page, id] = /^(run|sweep)\/([^/]+)/.exec(path) ?? []
  return id === undefined ? { page: 'runs' } : { page: page === 'sweep' ? 'sweep' : 'run', id: decodeURIComponent(id) }
})

/** Path and query of the page, without its origin. */
export const address: ReadonlySignal<string> = computed(() => `${here.value.pathname}${here.value.search}`)

/** A parameter of the view; who reads it while rendering is rendered again when it changes, and only then. */
export function viewParam(name: string): string | null {
  let param = params.get(name)
  if (param === undefined) {
    param = computed(() => here.value.searchParams.get(name))
    params.set(name, param)
  }
  return param.value
}

const params = new Map<string, ReadonlySignal<string | null>>()

/** Changes parameters of the view; null takes one out. `push` makes it a step that Back undoes. */
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

/** Some parameters of the view as a query, such as a saved view contains them. */
export function queryOf(names: readonly string[]): string {
  const query = new URLSearchParams()
  for (const name of names) {
    const value = viewParam(name)
    if (value !== null) query.set(name, value)
  }
  return query.toString()
}

/** Shows these parameters as a query has them; those that it lacks are taken out. */
export function showQuery(query: string, names: readonly string[], push = true): void {
  const values = new URLSearchParams(query)
  setView(Object.fromEntries(names.map((name) => [name, values.get(name)])), push)
}

/** Goes to another page. */
export function goTo(path: string): void {
  history.pushState(null, '', path)
  here.value = new URL(location.href)
  scrollTo(0, 0)
}

/** Makes a link stay in the page, unless it is to be opened elsewhere. */
export function follows(event: MouseEvent, path: string): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return
  event.preventDefault()
  goTo(path)
}

/** The address of a run's page. */
export function runHref(id: string): string {
  return pagePath(`run/${encodeURIComponent(id)}`)
}

/** The address of a sweep's page. */
export function sweepHref(id: string): string {
  return pagePath(`sweep/${encodeURIComponent(id)}`)
}

window.addEventListener('popstate', () => {
  here.value = new URL(location.href)
})
