import { readDocument } from '@hotcb/journal'
import { adoptionOf } from '../adopt/adopt.ts'
import { type HerdFiles, readHerdFiles } from '../adopt/read-views.ts'
import { readConfig } from '../config/read-config.ts'
import type { SweepEvent } from '../journal/event.ts'
import type { Fold } from '../journal/fold.ts'
import type { Outcome } from '../plan/outcome.ts'
import type { ForeignWork } from './journal.ts'
import type { WorkspacePaths } from './paths.ts'
import { sha256 } from './sha256.ts'
import { SweepError } from './sweep-error.ts'
import type { ViewFiles, ViewTexts } from './view-files.ts'

/** Reads HyperHerd's changes to a workspace from its manifest and job numbers. */
export function foreignWork(paths: WorkspacePaths, views: ViewFiles): ForeignWork {
  let texts: ViewTexts | null = null
  let read: { readonly from: ViewTexts; readonly files: Outcome<HerdFiles> } | null = null
  return {
    look() {
      texts = views.read()
    },
    events(fold) {
      // Files that we wrote ourselves contain nothing new.
      if (texts === null || fold.knownViews.has(texts.sha256)) return []
      if (read?.from !== texts) read = { from: texts, files: readHerdFiles(texts.manifest, texts.jobIds) }
      const adopted = read.files.ok ? adoptionOf(fold, read.files.value) : read.files
      if (!adopted.ok) throw damaged(paths, fold, adopted.message)
      return [...configEvents(paths, fold, adopted.value), ...adopted.value, { type: 'adopted', sha256: texts.sha256 }]
    },
  }
}

function damaged({ state, manifest }: WorkspacePaths, { trials }: Fold, message: string): SweepError {
  const remedy =
    trials.size === 0
      ? 'restore the file'
      : `restore the file, or delete \`${manifest}\` so that the next \`herd run\` rewrites it`
  return new SweepError('refused', `\`${state}\` does not show what HyperHerd did: ${message}; ${remedy}`)
}

/** HyperHerd planned and submitted with the config that was in the file at that time. */
function configEvents(paths: WorkspacePaths, fold: Fold, events: readonly SweepEvent[]): readonly SweepEvent[] {
  if (!events.some(({ type }) => type === 'plan' || type === 'drop' || type === 'intent')) return []
  const text = readDocument(paths.config)?.text
  if (text === undefined || !readConfig(text).ok || sha256(text) === fold.config?.sha256) return []
  return [{ type: 'config', sha256: sha256(text), text }]
}
