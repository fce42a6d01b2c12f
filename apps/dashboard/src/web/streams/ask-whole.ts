import { quietly } from './stream.ts'

/**
 * Asks about the metrics of a run until the answers are of the whole file: while a long one is still being read, they are of
 * a sample. Each round is passed on; an answer that cannot be had ends it.
 *
 * @param take Receives whether more is to come. Called with undefined if there is no answer.
 * @returns Ends it.
 */
export function askWhole<Answer extends { readonly complete: boolean }>(
  ask: () => Promise<readonly Answer[]>,
  take: (answers: readonly Answer[] | undefined, isSample: boolean) => void,
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let isOver = false

  async function round(): Promise<void> {
    const answers = await quietly(ask())
    if (isOver) return
    const isSample = answers?.some(({ complete }) => !complete) ?? false
    take(answers, isSample)
    if (isSample) timer = setTimeout(() => void round(), AGAIN_MS)
  }

  void round()
  return () => {
    isOver = true
    clearTimeout(timer)
  }
}

const AGAIN_MS = 700
