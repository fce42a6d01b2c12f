import { join } from 'node:path'
import { type FeatureRecord, runFiles } from '@hotcb/protocol'
import { readStreamLine } from '@hotcb/run'
import { Hono } from 'hono'
import type { FeatureQuantilesAnswer } from '../../shared/media.ts'
import { runOf, type Site } from '../context.ts'
import { quantilesOfLayers } from '../feature-quantiles.ts'
import { listMedia, readMedia } from '../media-files.ts'
import { lastLinesOf, stampOf } from '../run-files.ts'

/** How many bytes at the end of the features file are read. */
const FEATURE_BYTES = 16 * 1024 * 1024

// An SVG image that is opened on its own is a document. This policy keeps it from running scripts and loading anything.
const LOCKED = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

/** Creates the routes for a run's image and text files, and for the distribution of its captured activations. */
export function mediaRoutes(site: Site): Hono {
  const app = new Hono()
  app.get('/runs/:id/media', async (c) => {
    const { dir, roots } = await runOf(site, c)
    return c.json(await listMedia(dir, roots))
  })
  app.get('/runs/:id/media/:name/:file', async (c) => {
    const { dir, roots } = await runOf(site, c)
    const { name, file } = c.req.param()
    const { bytes, type } = await readMedia(dir, roots, { name, file })
    c.header('Content-Security-Policy', LOCKED)
    c.header('Content-Type', type)
    return c.body(bytes)
  })
  app.get('/runs/:id/features/quantiles', async (c) => {
    const { dir, roots } = await runOf(site, c)
    const path = join(dir, runFiles.features)
    const records: FeatureRecord[] = []
    for (const { text } of await lastLinesOf(path, FEATURE_BYTES, roots)) {
      const read = readStreamLine('features', text)
      if (read.ok) records.push(read.value)
    }
    const { size } = await stampOf(path, roots)
    const answer: FeatureQuantilesAnswer = {
      layers: quantilesOfLayers(records),
      complete: size <= FEATURE_BYTES,
    }
    return c.json(answer)
  })
  return app
}
