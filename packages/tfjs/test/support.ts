import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import '@tensorflow/tfjs-backend-cpu'
// The layers include the gradients; `@tensorflow/tfjs` includes everything.
import '@tensorflow/tfjs-layers'
import * as tf from '@tensorflow/tfjs-core'
import { onTestFinished } from 'vitest'

tf.enableProdMode()

/** A run directory that is removed after the test. */
export function runDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-tfjs-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** Appends a command, as a second terminal would. */
export function command(dir: string, line: object): void {
  appendFileSync(join(dir, 'hotcb.commands.jsonl'), `${JSON.stringify({ source: 'cli', ...line })}\n`)
}

/** The ledger lines that contain the decisions about commands. */
export function ledger(dir: string): Record<string, unknown>[] {
  const lines = readFileSync(join(dir, 'hotcb.applied.jsonl'), 'utf8').split('\n').filter(Boolean)
  return lines.map((line) => JSON.parse(line)).filter((line) => line.module !== 'core' || line.op !== 'attempt')
}

let made = 0

/** A weight of two numbers, and gradient descent on its squares: the gradient is `2w`. */
export function squares(start: readonly number[]): {
  readonly weight: tf.Variable
  readonly loss: () => tf.Scalar
  readonly values: () => number[]
} {
  const weight = tf.variable(tf.tensor1d([...start]), true, `weight-${made++}`)
  const loss = (): tf.Scalar => tf.sum(tf.square(weight))
  return { weight, loss, values: () => [...weight.dataSync()] }
}

export { tf }
