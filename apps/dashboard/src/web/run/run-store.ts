import { type LedgerLine, messageOf } from '@hotcb/protocol'
import { type Signal, signal } from '@preact/signals'
import type { LedgerPage, Marker, MetricNames, RunDetail } from '../../shared/wire.ts'
import { ask, runPath } from '../api.ts'
import { SeriesStore } from '../charts/series-store.ts'
import { follow } from '../socket.ts'
import { CommandLog } from './command-log.ts'

/** All that the page knows of one run. */
export interface RunStore {
  readonly id: string
  readonly detail: Signal<RunDetail | undefined>
  /** Why there is nothing to show, or why it is not live. */
  readonly problem: Signal<string | null>
  readonly names: Signal<MetricNames | undefined>
  readonly markers: Signal<readonly Marker[]>
  readonly ledger: Signal<LedgerView | undefined>
  readonly series: SeriesStore
  readonly commands: CommandLog
  /** Fetches ledger lines from before those that are here. */
  loadOlder(): Promise<void>
  close(): void
}

/** The part of the ledger that is at hand: the newest lines, without a gap. */
export interface LedgerView {
  readonly lines: readonly LedgerLine[]
  readonly start: number
  readonly total: number
  readonly garbage: number
}

/** Opens a run: everything is asked for, and followed until it is closed. */
export function openRunStore(id: string): RunStore {
  const detail = signal<RunDetail | undefined>(undefined)
  const problem = signal<string | null>(null)
  const names = signal<MetricNames | undefined>(undefined)
  const markers = signal<readonly Marker[]>([])
  const ledger = signal<LedgerView | undefined>(undefined)
  const commands = new CommandLog(id)
  const series = new SeriesStore(id, () => void loadNames())
  const leave: (() => void)[] = []
  let isClosed = false

  async function loadNames(): Promise<void> {
    const answer = await quietly(ask<MetricNames>(runPath(id, 'metrics')))
    if (answer === undefined || isClosed) return
    names.value = answer
    series.noteExtent(answer.first_step, answer.last_step)
    // The rest of a long file is still being read: what is drawn gets better as it comes.
    if (answer.total_bytes - answer.indexed_bytes > BEHIND_BYTES) setTimeout(loadMore, 700)
  }

  function loadMore(): void {
    series.refetch()
    void loadNames()
  }

  async function loadMarkers(): Promise<void> {
    const answer = await quietly(ask<{ readonly markers: readonly Marker[] }>(runPath(id, 'markers')))
    if (answer !== undefined && !isClosed) markers.value = answer.markers
  }

  async function loadLedger(): Promise<void> {
    const page = await quietly(ask<LedgerPage>(runPath(id, 'ledger?limit=500')))
    if (page === undefined || isClosed) return
    const { lines, start, total, garbage, cursor } = page
    ledger.value = { lines, start, total, garbage }
    commands.take(lines)
    ledgerStream.cursor = cursor
    leave.push(follow(ledgerStream))
  }

  const ledgerStream: Parameters<typeof follow>[0] = {
    run: id,
    channel: 'ledger',
    cursor: null,
    onMessage(message) {
      if (message.type === 'restart') return void Promise.all([loadLedger(), loadMarkers()])
      if (message.type !== 'data' || message.channel !== 'ledger' || message.data.length === 0) return
      const before = ledger.value ?? { lines: [], start: 0, total: 0, garbage: 0 }
      ledger.value = { ...before, lines: [...before.lines, ...message.data], total: before.total + message.data.length }
      commands.take(message.data)
      if (message.data.some((line) => line.decision === 'applied')) void loadMarkers()
    },
  }

  async function loadDetail(): Promise<void> {
    try {
      detail.value = await ask<RunDetail>(runPath(id))
      problem.value = null
    } catch (error) {
      problem.value = messageOf(error)
    }
  }

  leave.push(
    follow({
      run: id,
      channel: 'state',
      onMessage(message) {
        if (message.type === 'gone') problem.value = 'this run is not there: it was deleted, moved, or never was'
        if (message.type !== 'data' || message.channel !== 'state') return
        if (problem.value !== null) void Promise.all([loadNames(), loadLedger(), loadMarkers()])
        problem.value = null
        detail.value = message.data
        commands.takeControls(message.data.controls)
      },
      onReconnect: () => {
        void loadDetail()
        void loadNames()
        series.refetch()
      },
    }),
  )
  void loadDetail()
  void loadNames()
  void loadMarkers()
  void loadLedger()

  return {
    id,
    detail,
    problem,
    names,
    markers,
    ledger,
    series,
    commands,
    async loadOlder() {
      const view = ledger.value
      if (view === undefined || view.start === 0) return
      const page = await quietly(ask<LedgerPage>(runPath(id, `ledger?limit=1000&before=${view.start}`)))
      const now = ledger.value
      if (page === undefined || now === undefined || now.start !== view.start) return
      ledger.value = { ...now, start: page.start, lines: [...page.lines, ...now.lines] }
    },
    close() {
      isClosed = true
      for (const end of leave) end()
      series.close()
    },
  }
}

// A last line that is only half written is nothing to wait for.
const BEHIND_BYTES = 65_536

// What cannot be had now is asked for again when the connection or the run comes back.
async function quietly<Value>(promise: Promise<Value>): Promise<Value | undefined> {
  try {
    return await promise
  } catch {
    return undefined
  }
}
