import type { Run } from '@hotcb/run/node'
import type { ProcessEnd } from '../process-log.ts'
import { lastOutput } from './last-output.ts'
import { latestMetrics } from './run-document.ts'

/** The end of a launched training run, with its results. */
export interface LaunchEnd extends ProcessEnd {
  /** The absolute path of the run directory. */
  readonly runDir: string
  /** The next step to train; null if there was no kernel. */
  readonly step: number | null
  /** Whether it ended before its last step, or failed. */
  readonly stoppedEarly: boolean
  /** The last value of every metric. */
  readonly metrics: Readonly<Record<string, number | null>>
  /** The last lines of its output, at most 4 kB. */
  readonly output: string
}

const OUTPUT_BYTES = 4096

/** @param end How the process ended; null if its end was not observed. */
export function endOfRun(run: Run, end: ProcessEnd | null): LaunchEnd {
  const document = run.document('run').value
  const how = end ?? { exitCode: null, signal: null, asked: null, hadLeftovers: false }
  return {
    ...how,
    runDir: run.dir,
    step: nextStep(run),
    stoppedEarly: document?.stopped_early ?? (how.exitCode !== 0 || how.asked !== null),
    metrics: { ...latestMetrics(run), ...document?.final_metrics },
    output: lastOutput(run, OUTPUT_BYTES),
  }
}

// The state document contains the last step with a safe point.
function nextStep(run: Run): number | null {
  const step = run.readState().state?.step ?? null
  return step === null ? null : step + 1
}
