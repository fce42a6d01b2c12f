import { vi } from 'vitest'

/** A request of the page that waits for its answer. */
export interface Asked {
  /** The path below `/api/`. */
  readonly path: string
  /** The JSON that was sent; undefined if nothing was sent. */
  readonly body: unknown
  answer(value: unknown): void
  /** Refuses the request, as the server does. */
  refuse(message: string): void
}

/** A server that keeps each request until the test answers it. Mock `base.ts`, because there is no address of a page. */
export function openWaitingServer(): {
  /** Takes the open requests. */
  taken(): readonly Asked[]
  /** Takes the only open request. */
  only(): Asked
  /** The paths of the open requests. */
  paths(): readonly string[]
} {
  const waiting: Asked[] = []
  vi.stubGlobal('fetch', (path: string, { body }: { readonly body?: string } = {}) => {
    return new Promise((resolve) => {
      const end = (status: number, value: unknown): void =>
        resolve({ ok: status === 200, status, json: async () => value })
      waiting.push({
        path: path.replace(/^\/?api\//, ''),
        body: body === undefined ? undefined : JSON.parse(body),
        answer: (value) => end(200, value),
        refuse: (message) => end(500, { error: { code: 'internal', message } }),
      })
    })
  })
  return {
    taken: () => waiting.splice(0),
    only() {
      const [one, ...others] = waiting.splice(0)
      if (one === undefined || others.length > 0) throw new Error('expected one request')
      return one
    },
    paths: () => waiting.map(({ path }) => path),
  }
}
