import type { Life } from './life.ts'

/**
 * Why a trainer is taken for dead, or why it is not known whether it is alive, as the end of a sentence.
 *
 * @returns null for one that is alive or has closed its run, and where its silence alone says it.
 */
export function reasonOf({ verdict, by, state }: Pick<Life, 'verdict' | 'by'> & Partial<Life>): string | null {
  if (verdict === 'alive') return null
  if (by === 'process') {
    const pid = state?.kernel.pid ?? null
    if (verdict === 'unknown') return `a process ${pid ?? ''} runs, which may be it or another`.replace('  ', ' ')
    return pid === null ? 'its process is gone' : `its process ${pid} is gone`
  }
  if (by === 'unreadable') return 'its state document cannot be read'
  if (by === 'future') return 'its state document is dated later than now by the clock of its file system'
  if (by === 'watching')
    return 'its state document has not changed while we watched, and no file can be written beside it'
  return null
}
