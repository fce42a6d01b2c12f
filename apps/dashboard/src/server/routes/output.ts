import { join } from 'node:path'
import { runFiles } from '@hotcb/protocol'
import { Hono } from 'hono'
import type { OutputAnswer } from '../../shared/output.ts'
import { runOf, type Site } from '../context.ts'
import { readQuery } from '../input.ts'
import { readOutputTail } from '../output-tail.ts'
import { OutputQuery } from '../schemas.ts'

/** Creates the route for a launched training run's output. */
export function outputRoutes(site: Site): Hono {
  const app = new Hono()
  app.get('/runs/:id/output', async (c) => {
    // The schema ensures that it is a string.
    const stamp = readQuery(c, OutputQuery)['stamp'] as string | undefined
    const run = await runOf(site, c)
    const answer: OutputAnswer = { output: await readOutputTail(join(run.dir, runFiles.out), run.roots, stamp) }
    return c.json(answer)
  })
  return app
}
