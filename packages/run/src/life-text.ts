import type { Liveness } from './life.ts'

/**
 * Returns why a trainer is considered dead, or why its state is unknown, as the end of a sentence.
 *
 * @returns null if the trainer is alive or has closed its run, or if silence is the only evidence.
 */
export function livenessReason({
  verdict,
  by,
  state,
}: Pick<Liveness, 'verdict' | 'by'> & Partial<Liveness>): string | null {
  if (verdict === 'alive') return null
  if (by === 'process') {
    const pid = state?.kernel.pid ?? null
    if (verdict === 'unknown')
      return `a process ${pid ?? ''} is running, which may or may not be the trainer`.replace('  ', ' ')
    return pid === null ? 'its process is gone' : `its process ${pid} is gone`
  }
  if (by === 'unreadable') return 'its state document cannot be read'
  if (by === 'future') return 'its state document has a time in the future according to the clock of its file system'
  if (by === 'watching')
    return 'its state document has not changed while we watched, and no file can be written next to it'
  return null
}
