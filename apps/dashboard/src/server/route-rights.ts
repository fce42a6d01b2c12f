import { PAGES } from './openapi-paths.ts'
import type { Right } from './roles.ts'

/** The path to which agents send their requests. */
export const MCP_PATH = '/mcp'

/** Whether a path belongs to the API, and not to the page. */
export function isApi(path: string): boolean {
  return path === '/ws' || path === MCP_PATH || path.startsWith('/api/')
}

/**
 * Returns the right that a request requires; undefined if the API has no such route. All paths outside the API belong to the page
 * and need no right.
 */
export function rightOfRoute(method: string, path: string): Right | undefined {
  if (path === '/ws' || path === MCP_PATH) return 'read'
  if (!isApi(path)) return 'open'
  // A client that may read an answer may also request its headers alone.
  const wanted = method === 'HEAD' ? 'get' : method.toLowerCase()
  return ROUTES.find((route) => route.method === wanted && route.pattern.test(path))?.right
}

const ROUTES = PAGES.map(({ method, path, right }) => ({ method, right, pattern: patternOf(path) }))

/** Returns a pattern for the paths of a route such as `/api/runs/{id}`. */
function patternOf(path: string): RegExp {
  const parts = path.split(/\{\w+\}/).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  return new RegExp(`^${parts.join('[^/]+')}$`)
}
