import type { OversizedLine, TailLine } from '../src/index.ts'

/** The complete lines of a file's bytes exactly as the format defines them, read one byte at a time. */
export function referenceLines(
  bytes: Buffer,
  maxLineBytes: number = Number.POSITIVE_INFINITY,
): { readonly lines: TailLine[]; readonly oversized: OversizedLine[] } {
  const lines: TailLine[] = []
  const oversized: OversizedLine[] = []
  let start = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0
  for (let at = start; at < bytes.length; at++) {
    if (bytes[at] !== 10) continue
    let content = bytes.subarray(start, at)
    const where = { offset: start, bytes: at + 1 - start }
    if (content.length > maxLineBytes) oversized.push(where)
    else {
      if (content.at(-1) === 13) content = content.subarray(0, -1)
      if (content.some((byte) => ![9, 13, 32].includes(byte))) lines.push({ text: content.toString(), ...where })
    }
    start = at + 1
  }
  return { lines, oversized }
}
