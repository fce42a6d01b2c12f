import { queuedCommands, runAt } from '@hotcb/run/node'
import { Hono } from 'hono'
import type { QueuedRow } from '../../shared/wire.ts'
import { runOf, type Site } from '../context.ts'

/** Commands that no trainer has taken, oldest first, without those that are cancelled again. */
export function queuedRoutes(site: Site): Hono {
  const app = new Hono()
  app.get('/runs/:id/queued', async (c) => {
    const { dir, roots } = await runOf(site, c)
    const run = runAt(dir, { within: roots })
    const waiting = queuedCommands(run, { maxBytes: END_BYTES }).map(({ command }) => command)
    const cancelled = new Set(waiting.map(({ module, op, params }) => isCancel(module, op) && params?.['cid']))
    const queued = waiting.flatMap((command): readonly QueuedRow[] => {
      const { cid, module, op, id, params, author, at } = command
      // A command without a `cid` cannot be named, and so not be cancelled.
      if (cid === null || isCancel(module, op) || cancelled.has(cid)) return []
      return [{ cid, module, op, id, params, author, at: at?.step ?? null }]
    })
    return c.json({ queued })
  })
  return app
}

// Some tens of milliseconds to read.
const END_BYTES = 8 * 1024 * 1024

function isCancel(module: string, op: string): boolean {
  return module === 'core' && op === 'cancel'
}
