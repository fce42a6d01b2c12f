import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { isObject } from '@hotcb/protocol'
import type { Annotation, AnnotationsAnswer } from '../../shared/annotations.ts'
import { notFound, Problem } from '../problem.ts'
import type { FoundRun } from '../run-finder.ts'
import { createPlaces } from './run-place.ts'
import { type Entry, openSharedDocument, type SharedDocument } from './shared-document.ts'

/** The name of the document in each root. */
export const ANNOTATIONS_FILE = 'hotcb.annotations.json'

const MOST_OF_A_RUN = 500

/** Annotations at steps of runs. Each directory that this server serves has one document. */
export interface Annotations {
  read(run: FoundRun): Promise<AnnotationsAnswer>
  /** @throws Problem if the run has too many annotations. */
  add(run: FoundRun, draft: Omit<Annotation, 'id' | 'ts'>): Promise<void>
  /** @throws Problem if there is no annotation with this id. */
  remove(run: FoundRun, id: string): Promise<void>
}

/** Opens the annotations for one server's runs. Nothing is read or written before the first call. */
export function openAnnotations(): Annotations {
  const documents = new Map<string, SharedDocument>()
  const placeOf = createPlaces()
  const documentOf = (root: string): SharedDocument => {
    const known = documents.get(root) ?? openSharedDocument(join(root, ANNOTATIONS_FILE), 'runs', [root])
    documents.set(root, known)
    return known
  }
  return {
    async read(run) {
      const { root, key } = placeOf(run)
      const { entries, problem } = await documentOf(root).read()
      return { annotations: annotationsOf(entries.get(key)), problem }
    },
    async add(run, draft) {
      const { root, key } = placeOf(run)
      const id = randomUUID().slice(0, 13)
      const note = { ...draft, ts: Date.now() / 1000 }
      const check = (entry: Entry | undefined): void => {
        if (annotationsOf(entry).length < MOST_OF_A_RUN) return
        throw new Problem(409, 'too_many', `a run has at most ${MOST_OF_A_RUN} annotations: remove one first`)
      }
      await documentOf(root).change(new Map([[key, { check, apply: (entry) => withNote(entry, id, note) }]]))
    },
    async remove(run, id) {
      const { root, key } = placeOf(run)
      const check = (entry: Entry | undefined): void => {
        if (!annotationsOf(entry).some((one) => one.id === id)) throw notFound(`annotation \`${id.slice(0, 100)}\``)
      }
      // The entry is kept, marked as deleted. If it were removed, another server could restore the annotation.
      const apply = (entry: Entry | undefined): Entry => withNote(entry, id, { deleted: true })
      await documentOf(root).change(new Map([[key, { check, apply }]]))
    },
  }
}

function withNote(entry: Entry | undefined, id: string, note: object): Entry {
  const notes = isObject(entry?.['notes']) ? entry['notes'] : {}
  return { ...entry, notes: { ...notes, [id]: note } }
}

/** Returns the annotations in one entry of the document, sorted by step. Malformed ones are left out. */
function annotationsOf(entry: Entry | undefined): readonly Annotation[] {
  const notes = isObject(entry?.['notes']) ? entry['notes'] : {}
  return Object.entries(notes)
    .flatMap(([id, note]) => annotationOf(id, note) ?? [])
    .sort((a, b) => a.step - b.step || a.ts - b.ts)
}

function annotationOf(id: string, note: unknown): Annotation | undefined {
  if (!isObject(note) || note['deleted'] === true) return undefined
  const { step, value, metric, text, author, ts } = note
  if (typeof step !== 'number' || typeof text !== 'string') return undefined
  return {
    id,
    step,
    text,
    value: typeof value === 'number' ? value : null,
    metric: typeof metric === 'string' ? metric : null,
    author: typeof author === 'string' ? author : null,
    ts: typeof ts === 'number' ? ts : 0,
  }
}
