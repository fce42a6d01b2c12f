import { createHash } from 'node:crypto'
import { statSync } from 'node:fs'
import { readDocument } from '@hotcb/journal'
import type { WorkspacePaths } from './paths.ts'

/** The files that HyperHerd reads and writes, in their current state. */
export interface ViewFiles {
  /** Returns their contents; null if there is no manifest. Unchanged files are not read again. */
  read(): ViewTexts | null
}

export interface ViewTexts {
  readonly manifest: string
  readonly jobIds: string | null
  /** {@link viewsHash} of both. */
  readonly sha256: string
}

export function viewsHash(manifest: string, jobIds: string): string {
  return createHash('sha256').update(manifest).update(jobIds).digest('hex')
}

export function openViewFiles({ manifest, jobIds }: WorkspacePaths): ViewFiles {
  let known: { readonly signs: string; readonly texts: ViewTexts | null } | null = null
  const signsNow = (): string => `${signOf(manifest)} ${signOf(jobIds)}`
  return {
    read() {
      let signs = signsNow()
      for (let tries = 0; tries < MOST_TRIES && known?.signs !== signs; tries++) {
        known = { signs, texts: textsOf(manifest, jobIds) }
        // One file was replaced while the other was being read.
        signs = signsNow()
      }
      return known?.texts ?? null
    },
  }
}

const MOST_TRIES = 5

function textsOf(manifestPath: string, jobIdsPath: string): ViewTexts | null {
  const manifest = readDocument(manifestPath)?.text
  if (manifest === undefined) return null
  const jobIds = readDocument(jobIdsPath)?.text ?? null
  return { manifest, jobIds, sha256: viewsHash(manifest, jobIds ?? '') }
}

/** Returns a string that changes when a file is replaced. */
function signOf(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false })
  return stat === undefined ? '' : `${stat.ino}:${stat.mtimeNs}:${stat.size}`
}
