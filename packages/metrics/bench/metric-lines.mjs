import { closeSync, openSync, writeSync } from 'node:fs'

/** Writes a metrics file as hotcb 2's collector does: 20 numbers per line, 446 bytes. Returns its size. */
export function writeMetricLines(path, lines) {
  const fd = openSync(path, 'w')
  let text = ''
  let bytes = 0
  const flush = () => {
    bytes += writeSync(fd, text)
    text = ''
  }
  const walk = new Float64Array(20)
  for (let step = 0; step < lines; step++) {
    const metrics = []
    for (let at = 0; at < 20; at++) {
      walk[at] += Math.sin(step * 0.37 + at * 11) * 0.01
      const value = Math.abs(Math.sin(step * 1e-5 + at) + walk[at] / 7)
      metrics.push(`"m_${String(at).padStart(2, '0')}": ${value.toFixed(6)}`)
    }
    text += `{"step": ${step}, "epoch": ${Math.floor(step / 1000)}, "wall_time": ${1.79e9 + step * 0.0517}, "metrics": {${metrics.join(', ')}}}\n`
    if (text.length > 4e6) flush()
  }
  flush()
  closeSync(fd)
  return bytes
}
