// Measures the hot paths next to the system calls under them, in one run, so that the ratios are valid on a noisy
// machine too. Run after a build: `node packages/journal/bench/journal.mjs [--json]`.
import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAppender, openTail, readLastLines, readLines, replaceDocument, watchDocument } from '@hotcb/journal'

const directory = mkdtempSync(join(tmpdir(), 'journal-bench-'))
const path = join(directory, 'lines.jsonl')
const text = (n) =>
  `${JSON.stringify({ cid: `01J${n}`, ts: 1763800000.5, source: 'cli', module: 'opt', op: 'set_params', id: 'main', params: { lr: 0.001 * n } })}\n`
const rows = []

/** Median and 99th percentile over rounds of `calls` calls each, in nanoseconds per call. */
function measure(name, calls, act, floor) {
  const rounds = []
  for (let round = -5; round < 60; round++) {
    const started = process.hrtime.bigint()
    for (let call = 0; call < calls; call++) act(call)
    if (round >= 0) rounds.push(Number(process.hrtime.bigint() - started) / calls)
  }
  rounds.sort((a, b) => a - b)
  const row = { name, median: Math.round(rounds[30]), p99: Math.round(rounds[59]) }
  const below = rows.find((other) => other.name === floor)
  if (below !== undefined) row.ratio = Number((row.median / below.median).toFixed(2))
  rows.push(row)
}

const fd = openSync(path, 'a+')
const one = text(1)
const byte = Buffer.alloc(1)
measure('fstatSync', 2000, () => fstatSync(fd))
measure('statSync', 2000, () => statSync(path))
measure('statSync of nothing', 2000, () => statSync(`${path}.none`, { throwIfNoEntry: false }))
measure('readSync of a byte', 2000, () => readSync(fd, byte, 0, 1, 0))
measure('writeSync of a line', 2000, () => writeSync(fd, one))
measure('JSON.parse of a line', 2000, () => JSON.parse(one))

const idle = openTail(path)
while (idle.look()) idle.read()
measure('tail.look, idle', 2000, () => idle.look(), 'fstatSync')
measure('tail.checkIdentity', 2000, () => idle.checkIdentity(), 'statSync')
const absent = openTail(`${path}.none`)
measure('tail.look, no file', 2000, () => absent.look(), 'statSync of nothing')
const network = openTail(path, { network: true })
while (network.look()) network.read()
measure('tail.look, network', 500, () => network.look(), 'fstatSync')

const document = join(directory, 'document.json')
replaceDocument(document, '{"mode":"off"}')
const watch = watchDocument(document)
watch.read()
measure('document.changed, idle', 2000, () => watch.changed(), 'fstatSync')
measure('document read', 500, () => watch.read(), 'fstatSync')
measure('replaceDocument', 50, () => replaceDocument(document, '{"mode":"off"}'), 'writeSync of a line')

const appender = openAppender(join(directory, 'own.jsonl'))
measure('append of a line', 2000, () => appender.append(one), 'writeSync of a line')
measure('size()', 2000, () => appender.size(), 'fstatSync')
const tail = openTail(join(directory, 'own.jsonl'))
while (tail.look()) tail.read()
measure(
  'append, look and read of a line',
  1000,
  () => {
    appender.append(one)
    if (tail.look()) tail.read()
  },
  'writeSync of a line',
)

const long = join(directory, 'long.jsonl')
writeFileSync(long, Array.from({ length: 100_000 }, (_, n) => text(n)).join(''))
function perLine(name, act) {
  const rounds = []
  for (let round = 0; round < 9; round++) {
    const started = process.hrtime.bigint()
    act()
    rounds.push(Number(process.hrtime.bigint() - started) / 100_000)
  }
  const median = Math.round(rounds.sort((a, b) => a - b)[4])
  const parse = rows.find((row) => row.name === 'JSON.parse of a line').median
  rows.push({ name, median, p99: Math.round(rounds[8]), ratio: Number((median / parse).toFixed(2)) })
}
perLine('100,000 lines by tail, a line', () => {
  const all = openTail(long)
  while (all.look()) all.read()
  all.close()
})
perLine('100,000 lines by readLines, a line', () => {
  for (const line of readLines(long)) line.offset
})
perLine('100,000 lines by readLines and parsed, a line', () => {
  for (const line of readLines(long)) JSON.parse(line.text)
})
measure('readLastLines, 20 of 100,000', 200, () => readLastLines(long, 20), 'fstatSync')

for (const open of [idle, absent, network, tail, watch, appender]) open.close()
closeSync(fd)
rmSync(directory, { recursive: true })

if (process.argv.includes('--json')) console.log(JSON.stringify(rows))
else {
  console.log(`${'ns'.padEnd(48)} median      p99   ratio to the call below it`)
  for (const { name, median, p99, ratio } of rows) {
    console.log(`${name.padEnd(48)}${String(median).padStart(7)}${String(p99).padStart(9)}   ${ratio ?? ''}`)
  }
}
