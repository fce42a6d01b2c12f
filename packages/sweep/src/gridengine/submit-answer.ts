/** Returns the job number that `qsub -terse` printed, such as `19.1-3:1`. */
export function readGridJob(stdout: string): string | undefined {
  const lines = stdout.split('\n').flatMap((line) => /^(\d+)(?:\.\d+-\d+:\d+)?$/.exec(line.trim())?.[1] ?? [])
  return lines.at(-1)
}

/** Matches messages from a `qsub` that did not reach the master or did not receive its answer. */
const UNREACHED = /commlib|unable to (contact|send)|gdi request|qmaster/i

/** Returns why `qsub` refused; null if it may have submitted the job after all. */
export function readGridRefusal(code: number | null, stderr: string): string | null {
  if (code === null || UNREACHED.test(stderr)) return null
  const lines = stderr.split('\n').filter((line) => line.trim() !== '' && line !== 'Exiting.')
  const isRefusal = lines.some((line) => /^(Unable to run job:|qsub: |Unable to initialize|denied:)/.test(line))
  return isRefusal ? lines.map((line) => line.replace(/^Unable to run job: /, '').trim()).join('; ') : null
}

/** Whether a refusal is about the number of jobs. */
export function isFullGrid(why: string): boolean {
  return /jobs are allowed (per user|in total|per cluster)|only \d+ jobs are allowed|more than \d+ tasks/i.test(why)
}
