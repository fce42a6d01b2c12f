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

/** Whom the server takes this page for. */
export const me = signal<Me>({ user: null, role: 'owner', default_author: null, has_launcher: false, has_mcp: false })

/** Whether this page has access to the server. */
export const access = signal<'asking' | 'open' | 'token' | 'offline'>('asking')
export const pageConfig = signal<PageConfig>({
  chart: { max_render_points: 2000, mutation_dash: [3, 4], smoothing: 0 },
  ui: { ws_retry_base: 0.5, ws_retry_cap: 15, staged_change_threshold: 0.005 },
})

/** Takes the token out of the address before anything else sees it, and exchanges it for a cookie. */
export async function begin(): Promise<void> {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token !== null) {
    history.replaceState(null, '', location.pathname + location.search)
    await giveToken(token).catch(() => undefined)
  }
  await enter()
}

/** Shows the server a token; throws where it is wrong. */
export async function giveToken(token: string): Promise<void> {
  await send('session', { token })
}

/** Requests what the page needs first; `access` is the result. */
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
