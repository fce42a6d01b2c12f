import {
  type AcceptCommand,
  acceptCommand,
  type Mutation,
  type RejectCommand,
  rejectCommand,
  waitingProblem,
} from '@hotcb/tune'
import { type Context, Hono } from 'hono'
import { appendCommands } from '../command-writer.ts'
import { authorOf, requireRate, runOf, type Site } from '../context.ts'
import { readBody } from '../input.ts'
import { notFound, Problem } from '../problem.ts'
import { TuneAnswerBody } from '../schemas.ts'
import { tunerDocument } from '../tuner-document.ts'

/** Creates the routes for a run's tuner: its changes, its estimates, and its suggestions that are waiting for an answer. */
export function tunerRoutes(site: Site): Hono {
  const app = new Hono()
  app.get('/runs/:id/tune', async (c) => c.json({ tune: await tunerDocument(await runOf(site, c)) }))
  app.post('/runs/:id/tune/:mutation/accept', (c) => answer(c, acceptCommand))
  app.post('/runs/:id/tune/:mutation/reject', (c) => answer(c, rejectCommand))

  async function answer(
    c: Context,
    commandOf: (mutation: Mutation) => AcceptCommand | RejectCommand,
  ): Promise<Response> {
    const { note, author } = await readBody(c, TuneAnswerBody)
    const run = await runOf(site, c)
    requireRate(c, site)
    await run.ledger.refresh()
    const id = c.req.param('mutation') ?? ''
    const mutation = run.tuner.find(id)
    if (mutation === undefined) throw notFound(`change \`${id.slice(0, 100)}\` of the tuner`)
    const problem = waitingProblem(mutation)
    if (problem !== null) throw new Problem(409, 'bad_request', problem)
    const command = {
      ...commandOf(mutation),
      // The schema ensures that these are strings.
      author: authorOf(site, c, author as string | null | undefined),
      ...(typeof note === 'string' && { note }),
    }
    const [cid = null] = appendCommands(run, [command])
    return c.json({ id: mutation.id, cid })
  }
  return app
}
