import { JournalError } from '@hotcb/journal'
import { printable } from '@hotcb/protocol'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Assets } from './assets.ts'
import { headersOf, peerOf, type Site } from './context.ts'
import { errorBody, notFound, Problem, problemOfFile } from './problem.ts'
import type { Person } from './roles.ts'
import { isApi, rightOfRoute } from './route-rights.ts'
import { aboutRoutes } from './routes/about.ts'
import { alertRoutes } from './routes/alerts.ts'
import { annotationRoutes } from './routes/annotations.ts'
import { autopilotRoutes } from './routes/autopilot.ts'
import { autopilotAiRoutes } from './routes/autopilot-ai.ts'
import { autopilotRulesRoutes } from './routes/autopilot-rules.ts'
import { compareRoutes } from './routes/compare.ts'
import { controlRoutes } from './routes/control.ts'
import { historyRoutes } from './routes/history.ts'
import { launcherRoutes } from './routes/launcher.ts'
import { mcpRoute, mcpSessionRoutes } from './routes/mcp.ts'
import { mediaRoutes } from './routes/media.ts'
import { metricRoutes } from './routes/metrics.ts'
import { notificationRoutes } from './routes/notifications.ts'
import { outputRoutes } from './routes/output.ts'
import { queuedRoutes } from './routes/queued.ts'
import { recipeRoutes } from './routes/recipes.ts'
import { runRoutes } from './routes/runs.ts'
import { sweepRoutes } from './routes/sweeps.ts'
import { tableRoutes } from './routes/table.ts'
import { treeRoutes } from './routes/tree.ts'
import { tunerRoutes } from './routes/tuner.ts'

type App = Hono<{ Variables: { person: Person } }>

/** Creates the HTTP side of the dashboard, which checks every request, sets the headers and reports all errors in one format. */
export function createApp(site: Site, assets: Assets, warn: (message: string) => void): App {
  const app: App = new Hono()
  app.use(async (c, next) => {
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value)
    const { path, method } = c.req
    const right = rightOfRoute(method, path)
    const verdict = site.guard.judge({ headers: headersOf(c), path, peer: peerOf(c), right: right ?? 'read' })
    if ('refusal' in verdict) {
      const { status, code, message } = verdict.refusal
      throw new Problem(status, code, message)
    }
    if (right === undefined) throw notFound(`\`${method} ${path.slice(0, 200)}\``)
    c.set('person', verdict.person)
    if (isApi(path)) c.header('Cache-Control', 'no-store')
    await next()
  })
  const limit = site.config.max_body_bytes
  app.use(
    bodyLimit({
      maxSize: limit,
      onError: () => {
        throw new Problem(413, 'too_large', `the body must be at most ${limit} bytes`)
      },
    }),
  )
  for (const routes of [
    aboutRoutes,
    annotationRoutes,
    runRoutes,
    tableRoutes,
    compareRoutes,
    metricRoutes,
    mediaRoutes,
    historyRoutes,
    queuedRoutes,
    outputRoutes,
    notificationRoutes,
    alertRoutes,
    controlRoutes,
    recipeRoutes,
    autopilotRoutes,
    autopilotRulesRoutes,
    autopilotAiRoutes,
    tunerRoutes,
    treeRoutes,
    launcherRoutes,
    mcpSessionRoutes,
    sweepRoutes,
  ]) {
    app.route('/api', routes(site))
  }
  app.route('/mcp', mcpRoute(site))
  app.get('*', (c) => {
    const base = site.config.base_path
    if (`${c.req.path}/` === base) return c.redirect(base, 308)
    const asset = assets.find(c.req.path)
    if (asset === undefined) throw notFound(`\`${c.req.path.slice(0, 200)}\``)
    const isZipped = /\bgzip\b/.test(c.req.header('accept-encoding') ?? '')
    const bytes = isZipped ? asset.gzipped : asset.bytes
    return c.body(new Uint8Array(bytes), 200, {
      'Content-Type': asset.type,
      'Cache-Control': asset.isLasting ? 'public, max-age=31536000, immutable' : 'no-cache',
      Vary: 'Accept-Encoding',
      ...(isZipped && { 'Content-Encoding': 'gzip' }),
    })
  })
  app.onError((error, c) => {
    const problem = error instanceof JournalError ? problemOfFile(error) : error
    if (problem instanceof Problem) {
      return c.json(errorBody(problem.code, problem.message, problem.issues), problem.status)
    }
    warn(`${c.req.method} ${printable(c.req.path)}: ${error.stack ?? error.message}`)
    return c.json(errorBody('internal', 'internal error; see the server log for details'), 500)
  })
  return app
}

const HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "connect-src 'self'",
    "font-src 'self'",
    "manifest-src 'self'",
    // The page's own origin, which may be a proxy's origin.
    "base-uri 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
}
