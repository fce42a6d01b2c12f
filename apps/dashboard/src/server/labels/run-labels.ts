import { join } from 'node:path'
import { type LabelChange, NO_LABELS, type RunLabels } from '../../shared/labels.ts'
import { notFound, Problem } from '../problem.ts'
import type { FoundRun } from '../run-finder.ts'
import { changedEntry, labelsOf } from './label-fields.ts'
import { createPlaces } from './run-place.ts'
import { type Entries, openSharedDocument, type SharedDocument } from './shared-document.ts'

/** The name of the document in each root. */
export const LABELS_FILE = 'hotcb.labels.json'

/** The labels of all runs. Each directory that this server serves has one document. */
export interface RunLabelsStore {
  /** Reads the labels of these runs, and the problems with documents that cannot be read. */
  read(runs: readonly FoundRun[]): Promise<LabelReading>
  /** Changes run labels. @throws Problem if a run does not exist, or its notes have changed. */
  change(change: LabelChange, find: (id: string) => Promise<FoundRun | undefined>): Promise<void>
}

/** The result of reading labels. */
export interface LabelReading {
  of(run: FoundRun): RunLabels
  /** Changes whenever the labels do. */
  readonly stamp: string
  readonly problems: readonly string[]
}

/** Opens the labels for one server's runs. Nothing is read or written before the first call. */
export function openRunLabels(): RunLabelsStore {
  const documents = new Map<string, SharedDocument>()
  const documentOf = (root: string): SharedDocument => {
    const known = documents.get(root) ?? openSharedDocument(join(root, LABELS_FILE), 'runs', [root])
    documents.set(root, known)
    return known
  }
  const placeOf = createPlaces()
  return {
    async read(runs) {
      const roots = [...new Set(runs.map((run) => placeOf(run).root))]
      const readings = await Promise.all(roots.map(async (root) => [root, await documentOf(root).read()] as const))
      const byRoot = new Map<string, Entries>(readings.map(([root, { entries }]) => [root, entries]))
      const parsed = new WeakMap<object, RunLabels>()
      return {
        of(run) {
          const { root, key } = placeOf(run)
          const entry = byRoot.get(root)?.get(key)
          if (entry === undefined) return NO_LABELS
          const labels = parsed.get(entry) ?? labelsOf(entry)
          parsed.set(entry, labels)
          return labels
        },
        stamp: readings.map(([, { stamp }]) => stamp).join(),
        problems: readings.map(([, { problem }]) => problem).filter((problem) => problem !== null),
      }
    },
    async change({ runs, ...change }, find) {
      const found = await Promise.all(
        runs.map(async (id) => {
          const run = await find(id)
          if (run === undefined) throw notFound(`run \`${id.slice(0, 100)}\``)
          return run
        }),
      )
      const check = (entry: unknown): void => checkNotes(labelsOf(entry), change)
      const at = found.map(placeOf)
      for (const root of new Set(at.map((place) => place.root))) {
        const keys = at.filter((place) => place.root === root).map(({ key }) => key)
        const apply = (entry: unknown): Record<string, unknown> => changedEntry(entry, change)
        await documentOf(root).change(new Map(keys.map((key) => [key, { check, apply }])))
      }
    },
  }
}

function checkNotes({ notes }: RunLabels, { expect_notes }: Omit<LabelChange, 'runs'>): void {
  if (expect_notes === undefined || expect_notes === notes) return
  throw new Problem(409, 'changed', 'another person changed these notes: reload them before editing')
}
