import { readSync, writeSync } from 'node:fs'
import { readAnswer } from '../read-contact.ts'
import { type Answer, MAX_LINE_BYTES } from '../wire.ts'

/** Writes a whole line. A blocking pipe may accept it in pieces. */
export function writeLine(fd: number, value: unknown): void {
  const bytes = Buffer.from(`${JSON.stringify(value)}\n`)
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
}

/** Reads answers, which are lines on a blocking pipe that nothing else reads. Each call blocks. */
export interface AnswerReader {
  /** Returns the next answer; null at the end of the pipe, when the trainer has exited. */
  read(): Answer | null
}

/** @throws RangeError for a line that is too long; TypeError for a line that is not an answer. */
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

/** Splits received bytes into lines. */
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
