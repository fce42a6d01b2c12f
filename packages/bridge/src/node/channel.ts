import { readSync, writeSync } from 'node:fs'
import { readAnswer } from '../read-contact.ts'
import { type Answer, MAX_LINE_BYTES } from '../wire.ts'

/** Writes a line completely. The other side of a blocking pipe may take it in pieces. */
export function writeLine(fd: number, value: unknown): void {
  const bytes = Buffer.from(`${JSON.stringify(value)}\n`)
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
}

/** Reads answers: lines of a blocking pipe that nothing else reads. Each call waits. */
export interface AnswerReader {
  /** Null at the end: the trainer is gone. */
  read(): Answer | null
}

/** @throws RangeError for a line that is too long; TypeError for one that is no answer. */
export function answerReader(fd: number): AnswerReader {
  const chunk = Buffer.allocUnsafe(64 * 1024)
  return {
    read() {
      const parts: Buffer[] = []
      let length = 0
      for (;;) {
        const count = readSync(fd, chunk, 0, chunk.length, null)
        if (count === 0) return null
        length += count
        if (length > MAX_LINE_BYTES) throw new RangeError(`an answer is longer than ${MAX_LINE_BYTES} bytes`)
        // Each request has one answer, so nothing can follow its line.
        parts.push(Buffer.from(chunk.subarray(0, count)))
        if (chunk[count - 1] === NEWLINE) break
      }
      const answer = readAnswer(Buffer.concat(parts).toString('utf8'))
      if (!answer.ok) throw new TypeError(answer.reason)
      return answer.value
    },
  }
}

/** Splits what arrives into lines. */
export function lineSplitter(receive: (line: string) => void): (chunk: Buffer) => void {
  let parts: Buffer[] = []
  return (chunk) => {
    let rest = chunk
    for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
      const line = Buffer.concat([...parts, rest.subarray(0, end)]).toString('utf8')
      parts = []
      rest = rest.subarray(end + 1)
      receive(line)
    }
    if (rest.length > 0) parts.push(Buffer.from(rest))
  }
}

const NEWLINE = 0x0a
