import { createMetricsCollector, type MetricsCollector } from '@hotcb/metrics'
import { featuresFile, metricsFile, openSystemFigures, systemClock, systemSeconds } from '@hotcb/metrics/node'
import { parseJson } from '@hotcb/protocol'
import { type RingRecord, readRing } from '../ring.ts'
import type { OpenMessage, RemoteMetrics as WireMetrics } from '../wire.ts'
import { type GatheredSink, gatheredSink } from './gathered-sink.ts'
import type { Page } from './page.ts'

/** Reads the records that the trainer puts into the ring, and writes them to the files. */
export interface RemoteMetrics {
  /** The kernel module, which provides the status; null if the trainer's metrics are not written. */
  readonly collector: MetricsCollector | null
  /** Reads the records up to `head` and writes them. */
  drain(head: number): void
  /** Writes and closes the files. */
  close(): void
}

/** Opens the reader. It continues where an earlier sidecar with the same page stopped. */
export function remoteMetrics(open: OpenMessage, page: Page): RemoteMetrics {
  const { run_dir: runDir, metrics } = open
  const shapes: (readonly string[])[] = [...open.shapes]
  const sink = gatheredSink(metricsFile(runDir))
  const features = gatheredSink(featuresFile(runDir))
  const collector = metrics === false ? null : createCollector(metrics, sink, open)
  let tail = page.drained()

  function take(record: RingRecord): void {
    if (record.kind === 'feature') features.append(`${record.text}\n`)
    else if (record.kind === 'names') shapes[record.shape] = namesOf(record.text)
    else {
      const { step, epoch, wallTime, values } = record
      const pairs = (shapes[record.shape] ?? []).map((name, i) => [name, values[i] ?? Number.NaN])
      collector?.take({ step, epoch, wall_time: wallTime, metrics: Object.fromEntries(pairs) })
    }
  }

  function drain(head: number): void {
    if (head <= tail) return
    for (const record of readRing(tail, head, page.read)) take(record)
    tail = head
    sink.write()
    features.write()
    // If the disk is full, the lines stay in this process, because a trainer must not wait for the disk.
    page.setDrained(head)
  }

  return {
    collector,
    drain,
    close() {
      collector?.close()
      sink.close?.()
      features.close?.()
    },
  }
}

function createCollector(
  { allow, deny, every_n, system }: WireMetrics,
  sink: GatheredSink,
  { identity, run_dir: runDir }: OpenMessage,
): MetricsCollector {
  const everySeconds = systemSeconds(system)
  const figures = everySeconds === null ? undefined : openSystemFigures({ everySeconds, pid: identity.pid, runDir })
  return createMetricsCollector({ sink, clock: systemClock, flushMs: 0, allow, deny, everyN: every_n, figures })
}

function namesOf(text: string): readonly string[] {
  const names = parseJson(text)
  return names.ok && Array.isArray(names.value) ? names.value.map(String) : []
}
