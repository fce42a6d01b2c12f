import * as v from 'valibot'
import type { Operation } from './openapi.ts'

/** Routes for images, text files and captured activations. */
export const MEDIA_PAGES: readonly Operation[] = [
  {
    method: 'get',
    path: '/api/runs/{id}/media',
    right: 'read',
    summary: "the run's image and text files, by name and step",
    answer: v.object({
      media: v.array(
        v.object({
          name: v.string(),
          files: v.array(v.object({ step: v.number(), file: v.string(), kind: v.picklist(['image', 'text']) })),
        }),
      ),
      problems: v.array(v.string()),
    }),
  },
  {
    method: 'get',
    path: '/api/runs/{id}/media/{name}/{file}',
    right: 'read',
    summary: 'one image or text file',
    type: 'application/octet-stream',
  },
  {
    method: 'get',
    path: '/api/runs/{id}/features/quantiles',
    right: 'read',
    summary: 'quantiles of captured activations by layer and step: minimum, 5, 25, 50, 75, 95 %, maximum',
    answer: v.object({
      layers: v.array(
        v.object({
          layer: v.string(),
          steps: v.array(v.number()),
          quantiles: v.array(v.nullable(v.array(v.number()))),
        }),
      ),
      complete: v.boolean(),
    }),
  },
]
