import type { Dirent } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isObject, type Json, PROTOCOL_VERSION, parseJson, readFreeze, runFiles, UNFROZEN } from '@hotcb/protocol'
import type { RunDetail } from '../shared/wire.ts'
import { confine } from './confine.ts'
import { WatchedDocument } from './documents.ts'
import type { HistoryStore, OpenHistory } from './history-store.ts'
import { LedgerReader } from './ledger-reader.ts'
import { asControls, asRunDocument, asStateDocument } from './run-documents.ts'
import type { FoundRun } from './run-finder.ts'
import { RunRowReader } from './run-row.ts'

/** One run that somebody looks at: its readers stay open until nobody did for a while. */
export class OpenRun {
  readonly id: string
  readonly dir: string
  readonly roots: readonly string[]
  readonly history: HistoryStore
  readonly ledger: LedgerReader
  readonly #row: RunRowReader
  readonly #documents: Readonly<Record<'state' | 'actuators' | 'freeze' | 'run' | 'capabilities', WatchedDocument>>
  /** When it was last asked for; by a clock that only goes forward. */
  usedMs: number = performance.now()

  constructor(run: FoundRun, openHistory: OpenHistory) {
    this.id = run.id
    this.dir = run.dir
    this.roots = run.roots
    this.history = openHistory(run.dir, run.roots)
    this.ledger = new LedgerReader(join(run.dir, runFiles.ledger), run.roots)
    this.#row = new RunRowReader(run)
    const watch = (name: string): WatchedDocument => new WatchedDocument(join(run.dir, name), run.roots)
    this.#documents = {
      state: watch(runFiles.state),
      actuators: watch(runFiles.actuators),
      freeze: watch(runFiles.freeze),
      run: watch(runFiles.run),
      capabilities: watch(runFiles.capabilities),
    }
  }

  /** Everything but the streams, as it stands now. */
  async detail(): Promise<RunDetail> {
    const { state, actuators, freeze, run, capabilities } = this.#documents
    await Promise.all([this.#row.refresh(), ...Object.values(this.#documents).map((document) => document.refresh())])
    const stateDocument = asStateDocument(state.value)
    const frozen = readFreeze(freeze.value)
    const found = capabilities.value
    return {
      row: this.#row.row,
      run: asRunDocument(run.value) ?? null,
      state: stateDocument ?? null,
      freeze: frozen.ok ? frozen.value : (stateDocument?.freeze ?? UNFROZEN),
      controls: asControls(actuators.value),
      // What came out of JSON is JSON.
      capabilities: (found ?? null) as Json,
      checkpoints: await readCheckpoints(this.dir, this.roots),
      answers: this.#answers(stateDocument !== undefined),
      read_only: readOnlyReason(stateDocument?.protocol),
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.history.close(), this.ledger.close()])
  }

  /** Whether the kernel of this run answers each `cid` (run-directory.md, part 8). */
  #answers(hasState: boolean): boolean {
    if (this.ledger.last?.foreign === true) return false
    const { actuators, state } = this.#documents
    if (!hasState) return actuators.modifiedMs === 0
    return actuators.modifiedMs <= state.modifiedMs + 5000
  }
}

function readOnlyReason(protocol: number | undefined): string | null {
  if (protocol === undefined || protocol <= PROTOCOL_VERSION) return null
  return `this run speaks protocol ${protocol}, this dashboard ${PROTOCOL_VERSION}: it can be read, not changed`
}

async function readCheckpoints(dir: string, roots: readonly string[]): Promise<{ tag: string; step: number | null }[]> {
  const folder = await confine(join(dir, runFiles.checkpoints), roots)
  if (folder === undefined) return []
  let entries: Dirent[]
  try {
    entries = await readdir(folder, { withFileTypes: true })
  } catch {
    // No checkpoint was ever saved.
    return []
  }
  const found = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
  const checkpoints = await Promise.all(
    found.map(async ({ name: tag }) => ({ tag, step: await checkpointStep(join(folder, tag, 'meta.json')) })),
  )
  return checkpoints.sort((a, b) => (a.step ?? 0) - (b.step ?? 0)).slice(-SHOWN_CHECKPOINTS)
}

const SHOWN_CHECKPOINTS = 200

async function checkpointStep(path: string): Promise<number | null> {
  try {
    const meta = parseJson(await readFile(path, 'utf8'))
    return meta.ok && isObject(meta.value) && typeof meta.value['step'] === 'number' ? meta.value['step'] : null
  } catch {
    // A checkpoint of another hand has no meta.json.
    return null
  }
}
