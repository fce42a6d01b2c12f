import { signal } from '@preact/signals'
import type { Me } from '../shared/people.ts'
import { ApiError, ask, send } from './api.ts'

/** The tunables that the page uses. */
export interface PageConfig {
  readonly chart: {
    readonly max_render_points: number
    readonly mutation_dash: readonly number[]
    readonly smoothing: number
  }
  readonly ui: {
    readonly ws_retry_base: number
    readonly ws_retry_cap: number
    readonly staged_change_threshold: number
  }
}

/** The person that the server identified for this page. */
export const me = signal<Me>({ user: null, role: 'owner', default_author: null, has_launcher: false, has_mcp: false })

/** Whether this page has access to the server. */
export const access = signal<'asking' | 'open' | 'token' | 'offline'>('asking')
export const pageConfig = signal<PageConfig>({
  chart: { max_render_points: 2000, mutation_dash: [3, 4], smoothing: 0 },
  ui: { ws_retry_base: 0.5, ws_retry_cap: 15, staged_change_threshold: 0.005 },
})

/** Removes the token from the address before any other code can read it, and exchanges it for a cookie. */
export async function begin(): Promise<void> {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token !== null) {
    history.replaceState(null, '', location.pathname + location.search)
    await giveToken(token).catch(() => undefined)
  }
  await enter()
}

/** Sends a token to the server. @throws ApiError if it is wrong. */
export async function giveToken(token: string): Promise<void> {
  await send('session', { token })
}

/** Sends the page's first requests, and sets `access` to the result. */
export async function enter(): Promise<void> {
  try {
    const [config, who] = await Promise.all([ask<PageConfig>('config'), ask<Me>('me')])
    pageConfig.value = config
    me.value = who
    access.value = 'open'
  } catch (error) {
    access.value = error instanceof ApiError && error.code === 'unauthorized' ? 'token' : 'offline'
  }
}
