import { type Context, Hono } from 'hono'
import type { Annotation } from '../../shared/annotations.ts'
import { authorOf, requireRate, type Site } from '../context.ts'
import { readBody } from '../input.ts'
import { notFound } from '../problem.ts'
import type { FoundRun } from '../run-finder.ts'
import { AnnotationBody, AnnotationDeletion } from '../schemas-annotations.ts'

/** Creates the routes for annotations at steps of a run. */
export function annotationRoutes(site: Site): Hono {
  const { annotations } = site
  const app = new Hono()
  const path = '/runs/:id/annotations'
  app.get(path, async (c) => c.json(await annotations.read(await foundRun(site, c))))
  app.post(path, async (c) => {
    // The schema ensures that it is a draft.
    const body = (await readBody(c, AnnotationBody)) as Partial<Annotation> & Pick<Annotation, 'step' | 'text'>
    requireRate(c, site)
    const run = await foundRun(site, c)
    const { step, text, value = null, metric = null, author } = body
    await annotations.add(run, { step, text, value, metric, author: authorOf(site, c, author) })
    return c.json(await annotations.read(run))
  })
  app.delete(path, async (c) => {
    const { id } = await readBody(c, AnnotationDeletion)
    requireRate(c, site)
    const run = await foundRun(site, c)
    await annotations.remove(run, String(id))
    return c.json(await annotations.read(run))
  })
  return app
}

/** Finds the run that a request names, without opening its files. */
async function foundRun({ registry }: Site, c: Context): Promise<FoundRun> {
  const id = c.req.param('id') ?? ''
  const run = await registry.find(id)
  if (run === undefined) throw notFound(`run \`${id.slice(0, 100)}\``)
  return run
}
