import { quietly } from './stream.ts'

/**
 * Requests metrics of a run until the answers cover the whole file. While the server is still reading a long file, they cover a sample.
 * Each answer is passed to `take`. A failed request ends the loop.
 *
 * @param take Receives the answers and whether they are a sample, in which case more follow. The answers are undefined if the request
 * failed.
 * @returns A function that ends the loop.
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
