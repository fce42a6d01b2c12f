import type { Operation } from './openapi.ts'
import { AnnotationBody, AnnotationDeletion, AnnotationsSchema } from './schemas-annotations.ts'

const path = '/api/runs/{id}/annotations'

/** Routes for annotations that people write at steps of a run. */
export const ANNOTATION_PAGES: readonly Operation[] = [
  { method: 'get', path, right: 'read', summary: 'annotations that people wrote at steps', answer: AnnotationsSchema },
  {
    method: 'post',
    path,
    right: 'operate',
    summary: 'add an annotation at a step, with or without a value; with `metric`, only charts of that metric show it',
    body: AnnotationBody,
    answer: AnnotationsSchema,
  },
  {
    method: 'delete',
    path,
    right: 'operate',
    summary: 'remove an annotation',
    body: AnnotationDeletion,
    answer: AnnotationsSchema,
  },
]
