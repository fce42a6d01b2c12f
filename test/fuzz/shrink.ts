import { type Reader, shapeOf, tryInput } from './reader.ts'

/** Returns the failure of an input; null if there is none. */
export async function failureOf(reader: Reader, input: Buffer): Promise<Error | null> {
  try {
    await tryInput(reader, input)
    return null
  } catch (error) {
    return error instanceof Error ? error : new Error(`thrown: ${typeof error}`)
  }
}

/** Two failures of the same kind have the same message except for quotations. */
export function isSameFailure(one: Error, other: Error): boolean {
  return one.name === other.name && shapeOf(one.message) === shapeOf(other.message)
}

/**
 * A smaller input that fails in the same way: pieces of it are left out, halves first, then smaller pieces.
 *
 * @param tries The maximum number of calls of the reader.
 */
export async function shrink(reader: Reader, input: Buffer, failure: Error, tries = 400): Promise<Buffer> {
  let smallest = input
  let left = tries
  for (let size = Math.ceil(input.length / 2); size >= 1 && left > 0; size = Math.floor(size / 2)) {
    for (let start = 0; start < smallest.length && left > 0; left--) {
      const candidate = Buffer.concat([smallest.subarray(0, start), smallest.subarray(start + size)])
      const found = await failureOf(reader, candidate)
      if (found !== null && isSameFailure(found, failure)) smallest = candidate
      else start += size
    }
  }
  return smallest
}
