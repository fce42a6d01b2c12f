import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { readDocument, replaceDocument } from '@hotcb/journal'
import type { WorkspacePaths } from '../paths.ts'
import { PYTHON_CLIENT } from './python-client.ts'
import { SHELL_CLIENT } from './shell-client.ts'

const CLIENTS = { 'hotcb_trial.py': PYTHON_CLIENT, 'trial.sh': SHELL_CLIENT }

/** Writes the client files that Python training runs and shell scripts import, if they are missing or from a different version. */
export function writeClients({ clients }: Pick<WorkspacePaths, 'clients'>): void {
  mkdirSync(clients, { recursive: true })
  for (const [name, text] of Object.entries(CLIENTS)) {
    const path = join(clients, name)
    if (readDocument(path)?.text !== text) replaceDocument(path, text)
  }
}
