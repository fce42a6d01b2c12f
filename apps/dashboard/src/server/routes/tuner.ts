import { acceptCommand } from '@hotcb/tune'
import { Hono } from 'hono'
import { appendCommands } from '../command-writer.ts'
import { authorOf, requireRate, runOf, type Site } from '../context.ts'
import { readBody } from '../input.ts'
import { notFound, Problem } from '../problem.ts'
import { AcceptBody } from '../schemas.ts'
import { tunerDocument } from '../tuner-document.ts'

/** The tuner of a run: what it did and believes, and what it suggests to be accepted. */
export function tunerRoutes(site: Site): Hono {
  const app = new Hono()
  app.get('/runs/:id/tune', async (c) => c.json({ tune: await tunerDocument(await runOf(site, c)) }))
  app.post('/runs/:id/tune/:mutation/accept', async (c) => {
    const { note, author } = await readBody(c, AcceptBody)
    const run = await runOf(site, c)
    requireRate(c, site)
    await run.ledger.refresh()
    const id = c.req.param('mutation')
    const mutation = run.tuner.find(id)
    if (mutation === undefined) throw notFound(`change \`${id.slice(0, 100)}\` of the tuner`)
    if (mutation.state !== 'suggested') {
      throw new Problem(409, 'bad_request', `${mutation.id} does not wait for a person: it is ${mutation.state}`)
    }
    const command = {
      ...acceptCommand(mutation),
      // The schema says that these are texts.
      author: authorOf(site, c, author as string | null | undefined),
      ...(typeof note === 'string' && { note }),
    }
    const [cid = null] = appendCommands(run, [command])
    return c.json({ id: mutation.id, cid })
  })
  return app
}
