import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { DIGITS_FILE } from '../digits-file.ts'
import { DemoError } from '../errors.ts'
import { createRandom, shuffle } from './random.ts'

/** The number of pixels of one image: 8 rows of 8. */
export const PIXELS = 64

/** The number of classes: the digits 0 to 9. */
export const CLASSES = 10

/** Images and their labels, in a fixed order. They are shared between trainers and must not be written to. */
export interface DigitsPart {
  readonly count: number
  /** `count * 64` brightnesses in [0, 1], image after image, row by row. */
  readonly images: Float32Array
  /** `count` digits. */
  readonly labels: Uint8Array
}

/** The data set in its two parts. */
export interface DigitsData {
  /** 1,437 images for training. */
  readonly train: DigitsPart
  /** 360 images for evaluation. */
  readonly test: DigitsPart
}

const ROWS = 1797
const TRAIN_ROWS = 1437
const BRIGHTEST = 16
// All runs use the same split, regardless of their seeds. Their accuracies are therefore comparable, and weights from a run with a
// different seed were not trained on the test part.
const SPLIT_SEED = 1998

let loaded: DigitsData | undefined

/**
 * Loads the bundled handwritten digits, split into 1,437 and 360 images by a fixed shuffle. The first call takes about 15 ms; the
 * result is cached.
 *
 * @throws {@link DemoError} `bad-data` if the file is missing or was changed.
 */
export function loadDigits(): DigitsData {
  loaded ??= split(readRows())
  return loaded
}

function readRows(): readonly (readonly number[])[] {
  let text: string
  try {
    text = gunzipSync(readFileSync(DIGITS_FILE)).toString('latin1')
  } catch (cause) {
    throw new DemoError('bad-data', `cannot read the digits at ${DIGITS_FILE.href}; install \`@hotcb/demos\` again`, {
      cause,
    })
  }
  const rows = text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(',').map(Number))
  const wrong = rows.findIndex((row) => !isRow(row))
  if (rows.length !== ROWS || wrong !== -1) {
    const what = wrong === -1 ? `${rows.length} rows` : `a bad row ${wrong + 1}`
    throw new DemoError(
      'bad-data',
      `the digits at ${DIGITS_FILE.href} have ${what}, expected ${ROWS} rows of 65 integers`,
    )
  }
  return rows
}

function isRow(row: readonly number[]): boolean {
  return (
    row.length === PIXELS + 1 &&
    row.every((value, column) => Number.isInteger(value) && value >= 0 && value <= (column < PIXELS ? BRIGHTEST : 9))
  )
}

function split(rows: readonly (readonly number[])[]): DigitsData {
  const order = shuffle(Uint32Array.from(rows.keys()), createRandom(SPLIT_SEED))
  return { train: part(rows, order.subarray(0, TRAIN_ROWS)), test: part(rows, order.subarray(TRAIN_ROWS)) }
}

function part(rows: readonly (readonly number[])[], order: Uint32Array): DigitsPart {
  const images = new Float32Array(order.length * PIXELS)
  const labels = new Uint8Array(order.length)
  order.forEach((row, index) => {
    const values = rows[row] ?? []
    for (let pixel = 0; pixel < PIXELS; pixel++) images[index * PIXELS + pixel] = (values[pixel] ?? 0) / BRIGHTEST
    labels[index] = values[PIXELS] ?? 0
  })
  return { count: order.length, images, labels }
}
