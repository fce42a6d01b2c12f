import type { Command } from '@hotcb/protocol'
import { heldCommands, openRunDirectory, queuedCommands } from '@hotcb/run/node'
import { Hono } from 'hono'
import type { QueuedRow } from '../../shared/queued-row.ts'
import { runOf, type Site } from '../context.ts'

/**
 * Creates the route for commands that the kernel has not applied or refused yet, oldest first: those that are waiting for their step, then
 * those that no trainer has read.
 */
export function queuedRoutes(site: Site): Hono {
  const app = new Hono()
  app.get('/runs/:id/queued', async (c) => {
    const { dir, roots } = await runOf(site, c)
    const run = openRunDirectory(dir, { within: roots })
    const waiting = queuedCommands(run, { maxBytes: END_BYTES }).map(({ command }) => command)
    const cancelled = new Set(waiting.map(({ module, op, params }) => isCancel(module, op) && params?.['cid']))
    const held = heldCommands(run, run.readState().state).map(({ held: { cid, at }, command }): QueuedRow => {
      return { cid, held: true, command: shown(command), at: { step: at.step, event: at.event ?? null } }
    })
    const queued = waiting.flatMap((command): readonly QueuedRow[] => {
      const { cid, module, op, at } = command
      // A command without a `cid` cannot be named, so it cannot be cancelled.
      if (cid === null || isCancel(module, op)) return []
      const place = at === null ? null : { step: at.step, event: at.event ?? null }
      return [{ cid, held: false, command: shown(command), at: place }]
    })
    return c.json({ queued: [...held, ...queued].filter(({ cid }) => !cancelled.has(cid)) })
  })
  return app
}

// Reading this much takes tens of milliseconds.
const END_BYTES = 8 * 1024 * 1024

function isCancel(module: string, op: string): boolean {
  return module === 'core' && op === 'cancel'
}

function shown(command: Command | null): QueuedRow['command'] {
  if (command === null) return null
  const { module, op, id, params, author, source } = command
  return { module, op, id, params, author, source }
}
