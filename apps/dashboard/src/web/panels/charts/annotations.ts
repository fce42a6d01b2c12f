import { type Signal, signal } from '@preact/signals'
import type { Annotation, AnnotationsAnswer } from '../../../shared/annotations.ts'
import { ask, runPath, send } from '../../api.ts'
import { quietly } from '../../streams/stream.ts'

/** The displayed run's annotations. */
export const annotations: Signal<readonly Annotation[]> = signal([])

/**
 * Reads a run's annotations: now, then every few seconds while the page is visible, and whenever it becomes visible again. The
 * returned function stops this.
 */
export function followAnnotations(run: string): () => void {
  annotations.value = []
  let isOver = false
  const load = async (): Promise<void> => {
    const answer = await quietly(ask<AnnotationsAnswer>(runPath(run, 'annotations')))
    if (answer !== undefined && !isOver) show(answer)
  }
  void load()
  const loadInSight = (): void => {
    if (document.visibilityState === 'visible') void load()
  }
  const again = setInterval(loadInSight, REFRESH_MS)
  document.addEventListener('visibilitychange', loadInSight)
  return () => {
    isOver = true
    clearInterval(again)
    document.removeEventListener('visibilitychange', loadInSight)
  }
}

const REFRESH_MS = 10_000

/** A new annotation, before it is sent to the server. */
export type AnnotationDraft = Omit<Annotation, 'id' | 'ts'>

/** @throws ApiError if the server rejects it. */
export async function addAnnotation(run: string, draft: AnnotationDraft): Promise<void> {
  show(await send<AnnotationsAnswer>(runPath(run, 'annotations'), draft))
}

/** @throws ApiError if the server rejects it. */
export async function removeAnnotation(run: string, id: string): Promise<void> {
  show(await send<AnnotationsAnswer>(runPath(run, 'annotations'), { id }, 'DELETE'))
}

function show({ annotations: next }: AnnotationsAnswer): void {
  // Charts are redrawn only if something has changed.
  if (!sameAnnotations(next, annotations.value)) annotations.value = next
}

// Annotations are never edited, so an equal id means equal text.
function sameAnnotations(a: readonly Annotation[], b: readonly Annotation[]): boolean {
  return a.length === b.length && a.every(({ id }, at) => id === b[at]?.id)
}
