import { isAbsolute, resolve } from 'node:path'
import { isWithin } from '@hotcb/journal'
import { type FreezeState, readFreeze } from '@hotcb/protocol'
import type { Draft } from '@hotcb/run'
import { type Context, Hono } from 'hono'
import type { RunDetail } from '../../shared/wire.ts'
import { rightOfCommand } from '../command-rights.ts'
import { appendCommands, writeFreeze } from '../command-writer.ts'
import { authorOf, requireRate, requireRight, runOf, type Site } from '../context.ts'
import { readBody } from '../input.ts'
import { Problem } from '../problem.ts'
import type { OpenRun } from '../run.ts'
import { openOrNone } from '../run-files.ts'
import { CommandsBody, FreezeBody } from '../schemas.ts'

/**
 * Creates the routes that change a run: they append commands and write the freeze document. They never report a change as
 * applied.
 */
export function controlRoutes(site: Site): Hono {
  const app = new Hono()
  app.post('/runs/:id/commands', async (c) => {
    const body = await readBody(c, CommandsBody)
    const run = await runOf(site, c)
    const detail = await run.detail()
    // The schema ensures that these are commands.
    const commands = (body['commands'] as readonly Draft[]).map((draft) => {
      requireRight(c, rightOfCommand(draft))
      return { ...draft, author: authorOf(site, c, draft.author) }
    })
    for (const { params } of commands) await checkPaths(run, params ?? {})
    judge(c, site, detail, commands.length)
    const cids = appendCommands(run, commands)
    return c.json({ cids, notes: notesFor(detail) })
  })
  app.get('/runs/:id/freeze', async (c) => c.json((await (await runOf(site, c)).detail()).freeze))
  app.put('/runs/:id/freeze', async (c) => {
    const body = await readBody(c, FreezeBody)
    const run = await runOf(site, c)
    const detail = await run.detail()
    judge(c, site, detail, 1)
    const state = readFreeze(body)
    if (!state.ok) throw new Problem(400, 'bad_request', state.reason)
    await checkPaths(run, state.value)
    const written = { ...state.value, author: authorOf(site, c, state.value.author) }
    writeFreeze(run, written)
    return c.json({ written, notes: notesFor(detail) })
  })
  return app
}

function judge(c: Context, site: Site, detail: RunDetail, cost: number): void {
  requireRate(c, site, cost)
  if (detail.read_only !== null) throw new Problem(409, 'read_only', detail.read_only)
}

function notesFor({ row, answers, state }: RunDetail): string[] {
  const notes: string[] = []
  if (!answers) notes.push("this run's kernel does not answer commands by id: see the ledger for the outcome")
  if (row.status === 'silent' || row.status === 'idle' || (row.status === 'finished' && state !== null)) {
    notes.push('no trainer shows a sign of life: the command is queued until one starts')
  }
  if (row.status === 'unknown')
    notes.push('it is not known whether a trainer is alive: the command is queued until one reads it')
  return notes
}

// The kernel resolves these paths against the run directory. A client must not make it read files elsewhere.
async function checkPaths(run: OpenRun, fields: Readonly<Record<string, unknown>> | FreezeState): Promise<void> {
  const { recipe_path, adjust_path } = fields
  for (const path of [recipe_path, adjust_path]) {
    if (typeof path !== 'string') continue
    const full = isAbsolute(path) ? resolve(path) : resolve(run.dir, path)
    if (run.roots.some((root) => isWithin(full, root))) {
      // An existing file must also be inside these directories once its links are resolved.
      await (await openOrNone(full, run.roots))?.close()
      continue
    }
    throw new Problem(
      403,
      'forbidden_path',
      `\`${path.slice(0, 200)}\` is outside the directories that this server serves`,
    )
  }
}
