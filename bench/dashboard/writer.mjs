// Writes metrics like a trainer: a given number of lines per second, each with twenty metrics, one of which is the time of writing.
import { closeSync, openSync, writeSync } from 'node:fs'

const [path, perSecond, seconds] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])]
const fd = openSync(path, 'a')
const startedMs = performance.now()
const total = perSecond * seconds
let step = 0
const timer = setInterval(() => {
  const due = Math.min(total, Math.floor(((performance.now() - startedMs) / 1000) * perSecond))
  let text = ''
  for (; step < due; step++) {
    const metrics = { t: Date.now() }
    for (let i = 1; i < 20; i++) metrics[`metric_${i}`] = Number((Math.sin(step / 50 + i) + Math.random()).toFixed(6))
    text += `${JSON.stringify({ step, epoch: 0, wall_time: Date.now() / 1000, metrics })}\n`
  }
  if (text !== '') writeSync(fd, text)
  if (step < total) return
  clearInterval(timer)
  closeSync(fd)
}, 2)
