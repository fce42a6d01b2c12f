// The handwritten digits that @hotcb/demos ships: 1,437 to learn from and 360 to be judged by.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import * as tf from '@tensorflow/tfjs-core'

const TEST_EVERY = 5
const TEST_ROWS = 360

/** Images as rows of 64 numbers in [0, 1], labels one-hot. */
export function loadDigits() {
  const file = new URL('data/digits.csv.gz', import.meta.resolve('@hotcb/demos/package.json'))
  const text = gunzipSync(readFileSync(file)).toString('latin1')
  const rows = text.trimEnd().split('\n')
  const digits = rows.map((row) => row.split(',').map(Number))
  // The images come in groups of one writer each: every fifth is kept back, so that all writers are in both parts.
  const isTest = (i) => i % TEST_EVERY === 0 && i / TEST_EVERY < TEST_ROWS
  return {
    train: toTensors(digits.filter((_, i) => !isTest(i))),
    test: toTensors(digits.filter((_, i) => isTest(i))),
  }
}

function toTensors(digits) {
  const images = tf.tensor2d(digits.map((row) => row.slice(0, 64).map((pixel) => pixel / 16)))
  const labels = tf.tidy(() =>
    tf.oneHot(
      tf.tensor1d(
        digits.map((row) => row[64]),
        'int32',
      ),
      10,
    ),
  )
  return { images, labels }
}
