import { PAGES } from './openapi-paths.ts'
import type { Right } from './roles.ts'

/** Where agents send their requests. */
export const MCP_PATH = '/mcp'

/** Whether a path is for programs, and not a file of the page. */
export function isApi(path: string): boolean {
  return path === '/ws' || path === MCP_PATH || path.startsWith('/api/')
}

/** The right that a request takes; undefined if the API has no such route. Other paths are the page's: open. */
export function rightOfRoute(method: string, path: string): Right | undefined {
  if (path === '/ws' || path === MCP_PATH) return 'read'
  if (!isApi(path)) return 'open'
  // A client that may read an answer may also request only its headers.
  const wanted = method === 'HEAD' ? 'get' : method.toLowerCase()
  return ROUTES.find((route) => route.method === wanted && route.pattern.test(path))?.right
}

const ROUTES = PAGES.map(({ method, path, right }) => ({ method, right, pattern: patternOf(path) }))

/** A pattern that matches the paths of `/api/runs/{id}`. */
function patternOf(path: string): RegExp {
  const parts = path.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('[^/]+')}$`)
}
