import { realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { SavedView } from '../../shared/labels.ts'
import { notFound, Problem } from '../problem.ts'
import { type Entry, openSharedDocument } from './shared-document.ts'

/** Names of the documents in the first root, for views of the table of runs and of a run's charts. */
export const VIEW_FILES = { table: 'hotcb.views.json', charts: 'hotcb.charts.json' } as const

/** A view to save. `version` is that of the view that it replaces; null for a new one. */
export interface ViewDraft {
  readonly name: string
  readonly query: string
  readonly author: string | null
  readonly version: number | null
}

/** The views that people have saved. */
export interface SavedViews {
  read(): Promise<{ readonly views: readonly SavedView[]; readonly problem: string | null }>
  /** @throws Problem if the view has a different version because another person changed it. */
  save(draft: ViewDraft): Promise<void>
  remove(name: string, version: number): Promise<void>
}

/** Opens the views stored in the first directory that this server serves. */
export function openSavedViews(root: string, kind: keyof typeof VIEW_FILES): SavedViews {
  const place = realPath(root)
  const document = openSharedDocument(join(place, VIEW_FILES[kind]), 'views', [place])
  return {
    async read() {
      const { entries, problem } = await document.read()
      const views = [...entries].flatMap(([name, entry]) => viewOf(name, entry) ?? [])
      return { views: views.sort((a, b) => a.name.localeCompare(b.name, 'en')), problem }
    },
    async save({ name, query, author, version }) {
      const check = (entry: Entry | undefined): void => checkVersion(name, entry, version)
      await document.change(new Map([[name, { check, apply: (entry) => ({ ...live(entry), query, author }) }]]))
    },
    async remove(name, version) {
      const check = (entry: Entry | undefined): void => {
        if (viewOf(name, entry ?? {}) === undefined) throw notFound(`view \`${name.slice(0, 100)}\``)
        checkVersion(name, entry, version)
      }
      // The entry is kept, marked as deleted. If it were removed, another server could restore the view.
      await document.change(new Map([[name, { check, apply: () => ({ deleted: true }) }]]))
    },
  }
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    // The root does not exist yet.
    return resolve(path)
  }
}

function live(entry: Entry | undefined): Entry {
  const { deleted: _, ...rest } = entry ?? {}
  return rest
}

function viewOf(name: string, entry: Entry): SavedView | undefined {
  const { query, author, rev } = entry
  if (typeof query !== 'string' || entry['deleted'] === true) return undefined
  return { name, query, author: typeof author === 'string' ? author : null, version: typeof rev === 'number' ? rev : 0 }
}

function checkVersion(name: string, entry: Entry | undefined, version: number | null): void {
  const now = entry === undefined ? undefined : viewOf(name, entry)?.version
  if ((now ?? null) === version) return
  const what = `view \`${name.slice(0, 100)}\``
  const message =
    now === undefined
      ? `${what} was deleted in the meantime: save it under a new name`
      : version === null
        ? `${what} already exists: choose a different name, or open it and save it again`
        : `another person changed ${what}: open it again, then save`
  throw new Problem(409, 'changed', message)
}
