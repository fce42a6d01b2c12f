import { isObject, parseJson, printable } from '@hotcb/protocol'

/** A line that a trainer in another process writes. After `start` and `look`, the trainer waits for `go` or `end`. */
export type TrainerLine =
  | { readonly k: 'start' }
  | { readonly k: 'look'; readonly step: number; readonly loss: number; readonly lr: number }
  | {
      readonly k: 'end'
      readonly loss: number
      readonly accuracy: number
      /** The number of computed steps. */
      readonly steps: number
      /** The step after the last one. */
      readonly last: number
      /** SHA-256 of the weights, in hexadecimal. */
      readonly weights: string
    }

/** @throws Error for a line in a different form, which means that the trainer has a different version. */
export function readTrainerLine(text: string): TrainerLine {
  const parsed = parseJson(text)
  const value = parsed.ok && isObject(parsed.value) ? parsed.value : {}
  const number = (name: string): number => {
    const field = value[name]
    if (typeof field === 'number') return field
    // JSON cannot represent non-finite numbers.
    if (field === null) return Number.NaN
    throw new Error(`the trainer wrote \`${printable(text.slice(0, 200))}\`, without a number \`${name}\``)
  }
  if (value['k'] === 'start') return { k: 'start' }
  if (value['k'] === 'look') return { k: 'look', step: number('step'), loss: number('loss'), lr: number('lr') }
  const { weights } = value
  if (value['k'] !== 'end' || typeof weights !== 'string') {
    throw new Error(`the trainer wrote \`${printable(text.slice(0, 200))}\`, which is not a line of a bench`)
  }
  const measured = { loss: number('loss'), accuracy: number('accuracy') }
  return { k: 'end', ...measured, steps: number('steps'), last: number('last'), weights }
}
