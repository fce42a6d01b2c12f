import { join } from 'node:path'
import { type FreezeState, type Json, PROTOCOL_VERSION, readModuleDescriptor, runFiles } from '@hotcb/protocol'
import { freezeOf, isForeignKernel } from '@hotcb/run'
import { type WatchedDocument, watchRunDocument } from '@hotcb/run/node'
import type { RunDetail, RunState } from '../shared/wire.ts'
import { AlertsReader } from './alerts/alerts-reader.ts'
import { AutopilotReader } from './autopilot-reader.ts'
import { CheckpointList } from './checkpoint-list.ts'
import type { HistoryPort, OpenHistory } from './history-store.ts'
import { LedgerReader } from './ledger-reader.ts'
import { MEDIA_FOLDER } from './media-files.ts'
import { RulesReader } from './rules-reader.ts'
import { isThere } from './run-files.ts'
import type { FoundRun } from './run-finder.ts'
import { RunRowReader } from './run-row.ts'
import { CourseReader } from './tree/course-reader.ts'
import { TunerReader } from './tuner-reader.ts'

/** One run in use. Its readers stay open until it has been unused for a while. */
export class OpenRun {
  readonly id: string
  readonly dir: string
  readonly roots: readonly string[]
  readonly history: HistoryPort
  readonly ledger: LedgerReader
  readonly autopilot: AutopilotReader
  readonly alerts: AlertsReader
  readonly rules: RulesReader
  readonly tuner: TunerReader = new TunerReader()
  readonly courses: CourseReader = new CourseReader()
  readonly checkpoints: CheckpointList
  readonly #row: RunRowReader
  readonly #actuators: WatchedDocument<'actuators'>
  readonly #capabilities: WatchedDocument<'capabilities'>
  #modules: { readonly described: readonly Json[]; readonly usable: readonly Json[] } = { described: [], usable: [] }
  /** When the run was last used, by a monotonic clock. */
  usedMs: number = performance.now()

  constructor(run: FoundRun, openHistory: OpenHistory) {
    this.id = run.id
    this.dir = run.dir
    this.roots = run.roots
    this.history = openHistory(run.dir, run.roots)
    this.autopilot = new AutopilotReader(run.dir, run.roots)
    this.alerts = new AlertsReader(run.dir, run.roots)
    this.rules = new RulesReader(run.dir, run.roots)
    this.ledger = new LedgerReader(join(run.dir, runFiles.ledger), run.roots, [
      this.autopilot,
      this.tuner,
      this.courses,
    ])
    this.checkpoints = new CheckpointList(run.dir, run.roots)
    this.#row = new RunRowReader(run)
    const options = { within: run.roots }
    this.#actuators = watchRunDocument('actuators', join(run.dir, runFiles.actuators), options)
    this.#capabilities = watchRunDocument('capabilities', join(run.dir, runFiles.capabilities), options)
  }

  /** Returns the run's current details, except for its streams. */
  async detail(): Promise<RunDetail> {
    return { ...(await this.state()), checkpoints: await this.checkpoints.read() }
  }

  /** Returns the current state: everything that changes from step to step. */
  async state(): Promise<RunState> {
    await Promise.all([this.#row.refresh(), this.#actuators.refresh(), this.#capabilities.refresh()])
    const { row, state, about, protocol } = this.#row
    return {
      row,
      run: about ?? null,
      state: state ?? null,
      freeze: this.#freeze(),
      controls: this.#actuators.reading.value?.controls ?? [],
      modules: this.#usableModules(),
      capabilities: this.#capabilities.reading.value ?? null,
      answers: !this.#isForeign(),
      read_only: readOnlyReason(protocol),
      has_output: await isThere(join(this.dir, runFiles.out)),
      has_media: (await isThere(join(this.dir, MEDIA_FOLDER))) || (await isThere(join(this.dir, runFiles.features))),
    }
  }

  // Entries that the page would ignore are not sent, because they may be megabytes. Each document is checked once.
  #usableModules(): readonly Json[] {
    const described = this.#actuators.reading.value?.modules ?? []
    if (this.#modules.described !== described) {
      this.#modules = { described, usable: described.filter((one) => readModuleDescriptor(one).ok) }
    }
    return this.#modules.usable
  }

  async close(): Promise<void> {
    await Promise.all([this.history.close(), this.ledger.close(), this.autopilot.close(), this.alerts.close()])
  }

  /**
   * Returns the state in the freeze document, or the one that the kernel reports if there is no document or it was never
   * readable.
   */
  #freeze(): FreezeState {
    const { freeze, state } = this.#row
    return freeze.value ?? state?.freeze ?? freezeOf(freeze).state
  }

  #isForeign(): boolean {
    return isForeignKernel({
      lastLineIsForeign: this.ledger.last?.foreign ?? null,
      actuatorsMs: this.#actuators.reading.modifiedMs,
      stateMs: this.#row.stateMs,
    })
  }
}

function readOnlyReason(protocol: number | undefined): string | null {
  if (protocol === undefined || protocol <= PROTOCOL_VERSION) return null
  return `this run uses protocol ${protocol}, and this dashboard uses protocol ${PROTOCOL_VERSION}: it can be read but not changed`
}
