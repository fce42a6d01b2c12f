import { printable } from '@hotcb/protocol'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Assets } from './assets.ts'
import { headersOf, peerOf, type Site } from './context.ts'
import { errorBody, notFound, Problem } from './problem.ts'
import { aboutRoutes } from './routes/about.ts'
import { controlRoutes } from './routes/control.ts'
import { historyRoutes } from './routes/history.ts'
import { metricRoutes } from './routes/metrics.ts'
import { runRoutes } from './routes/runs.ts'

/** The HTTP side of the dashboard: every request is judged, headers are set, errors have one envelope. */
export function createApp(site: Site, assets: Assets, warn: (message: string) => void): Hono {
  const app = new Hono()
  app.use(async (c, next) => {
    for (const [name, value] of Object.entries(HEADERS)) c.header(name, value)
    const refusal = site.guard.judge({
      headers: headersOf(c),
      path: c.req.path,
      peer: peerOf(c),
    })
    if (refusal !== undefined) throw new Problem(refusal.status, refusal.code, refusal.message)
    if (c.req.path.startsWith('/api/')) c.header('Cache-Control', 'no-store')
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
  for (const routes of [aboutRoutes, runRoutes, metricRoutes, historyRoutes, controlRoutes]) {
    app.route('/api', routes(site))
  }
  app.all('/api/*', (c) => {
    throw notFound(`\`${c.req.method} ${c.req.path.slice(0, 200)}\``)
  })
  app.get('*', (c) => {
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
    if (error instanceof Problem) return c.json(errorBody(error.code, error.message, error.issues), error.status)
    warn(`${c.req.method} ${printable(c.req.path)}: ${error.stack ?? error.message}`)
    return c.json(errorBody('internal', 'something went wrong here; the log of the dashboard tells what'), 500)
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
    "base-uri 'none'",
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
