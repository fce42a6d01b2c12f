import type { Operation } from './openapi.ts'
import { AnnotationBody, AnnotationDeletion, AnnotationsSchema } from './schemas-annotations.ts'

const path = '/api/runs/{id}/annotations'

/** Routes of what people wrote at steps of a run. */
export const ANNOTATION_PAGES: readonly Operation[] = [
  { method: 'get', path, right: 'read', summary: 'the texts that people wrote at steps', answer: AnnotationsSchema },
  {
    method: 'post',
    path,
    right: 'operate',
    summary: 'write a text at a step, with or without a value; `metric` shows it only on charts of that metric',
    body: AnnotationBody,
    answer: AnnotationsSchema,
  },
  {
    method: 'delete',
    path,
    right: 'operate',
    summary: 'remove a text',
    body: AnnotationDeletion,
    answer: AnnotationsSchema,
  },
]
