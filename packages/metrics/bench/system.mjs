// The cost of the machine metrics: a record at which none are due, and a measurement. Prints one JSON object, in
// microseconds: the best of many rounds, which another process did not interrupt, and their median.
import { tmpdir } from 'node:os'
import { openSystemFigures } from '@hotcb/metrics/node'

const ROUNDS = 200
const CALLS = 2000
const figures = openSystemFigures({ everySeconds: 5, runDir: tmpdir() })
figures.take(0, 0)
figures.take(1, 1000)

function timed(calls, work) {
  const times = Array.from({ length: ROUNDS }, () => {
    const started = performance.now()
    for (let i = 0; i < calls; i++) work(i)
    return ((performance.now() - started) * 1000) / calls
  }).sort((a, b) => a - b)
  return { best: times[0], median: times[ROUNDS / 2] }
}

let nowMs = 1e6
const clock = timed(CALLS, () => performance.now())
const idle = timed(CALLS, (i) => figures.take(i, 1001))
let step = 1
const measurement = timed(1, () => {
  nowMs += 5000
  figures.take(step++, nowMs)
})
figures.close()
console.log(JSON.stringify({ clock, idle, measurement, share: measurement.median / 5e6 }))
