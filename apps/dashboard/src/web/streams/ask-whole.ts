import { quietly } from './stream.ts'

/**
 * Requests the metrics of a run until the answers cover the whole file: while a long file is still being read, they cover
 * a sample. Each answer is passed on; a failed request ends the loop.
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
