import { writeFileSync } from 'node:fs'
import { type Buckets, type LinePoints, linePoints } from '../src/index.ts'

// Metrics files for tests of histories.

export function lineOf(window: { readonly buckets: Buckets } | undefined): LinePoints | undefined {
  return window === undefined ? undefined : linePoints(window.buckets)
}

/** Returns records that each have a `loss`, and every ten steps a `val`. */
export function lines(from: number, to: number): string {
  let text = ''
  for (let step = from; step < to; step++) {
    const metrics = step % 10 === 0 ? { loss: step, val: -step } : { loss: step }
    text += `${JSON.stringify({ step, epoch: null, wall_time: 1.79e9 + step, metrics })}\n`
  }
  return text
}

/** Writes a file of about 80 bytes per line with one spike in `m0`. */
export function writeLong(path: string, count: number): void {
  const parts: string[] = []
  for (let step = 0; step < count; step++) {
    const m0 = step === 77_777 || (count < 77_777 && step === 7) ? 1e9 : Math.sin(step)
    parts.push(
      `{"step": ${step}, "wall_time": ${step}.5, "metrics": {"m0": ${m0}, "m1": ${step / 3}, "m2": ${step % 7}}}\n`,
    )
  }
  writeFileSync(path, parts.join(''))
}
