import { appendFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { STREAM_NAMES, STREAMS } from '../src/server/streams/index.ts'
import type { ServerMessage } from '../src/shared/wire.ts'
import { dashboard, emptyRun, generateRun, listen, temporaryRoot } from './fixture.ts'

type LedgerMessage = ServerMessage & { readonly type: 'data'; readonly channel: 'ledger' }

const isLedger = (message: ServerMessage): message is LedgerMessage =>
  message.type === 'data' && message.channel === 'ledger'

function line(seq: number): string {
  return `${JSON.stringify({ seq, step: seq, module: 'opt', op: 'set_params', id: 'main', decision: 'applied', cid: `c${seq}` })}\n`
}

test('a ledger line reaches all followers, and a partial one only when it is complete', async () => {
  const root = temporaryRoot()
  const path = join(emptyRun(root, 'run'), 'hotcb.applied.jsonl')
  writeFileSync(path, line(1))
  const site = await dashboard({ dir: join(root, 'run') })
  const page = await listen(site)
  page.send({ type: 'subscribe', run: 'run', channel: 'ledger' })
  await page.until(isLedger)
  appendFileSync(path, line(2) + line(3).slice(0, 20))
  const first = await page.until(isLedger)
  appendFileSync(path, line(3).slice(20))
  const second = await page.until(isLedger)
  expect([first, second].map((message) => isLedger(message) && message.data.map(({ seq }) => seq))).toEqual([[2], [3]])
})

test('a cursor resumes across a restart of the server without missing or repeating a line', async () => {
  const root = temporaryRoot()
  const dir = emptyRun(root, 'run')
  const path = join(dir, 'hotcb.applied.jsonl')
  writeFileSync(path, line(1) + line(2))
  const before = await dashboard({ dir })
  const page = await listen(before)
  page.send({ type: 'subscribe', run: 'run', channel: 'ledger' })
  const greeting = await page.until(isLedger)
  await before.close()
  appendFileSync(path, line(3) + line(4))
  const after = await dashboard({ dir })
  const again = await listen(after)
  again.send({ type: 'subscribe', run: 'run', channel: 'ledger', cursor: isLedger(greeting) ? greeting.cursor : '' })
  const seqs: number[] = []
  appendFileSync(path, line(5))
  while (seqs.length < 3) {
    const message = await again.until(isLedger)
    if (isLedger(message)) seqs.push(...message.data.map(({ seq }) => seq))
  }
  expect(seqs).toEqual([3, 4, 5])
})

test('a replaced file is reported, so that the page reads it again', async () => {
  const root = temporaryRoot()
  const dir = emptyRun(root, 'run')
  const path = join(dir, 'hotcb.applied.jsonl')
  writeFileSync(path, line(1))
  const site = await dashboard({ dir })
  const page = await listen(site)
  page.send({ type: 'subscribe', run: 'run', channel: 'ledger' })
  await page.until(isLedger)
  writeFileSync(`${path}.new`, line(1) + line(2))
  renameSync(`${path}.new`, path)
  expect(await page.until((message) => message.type === 'restart')).toMatchObject({
    run: 'run',
    channel: 'ledger',
    reason: 'replaced',
  })
})

test('a burst of points arrives as buckets that together match all of its points', async () => {
  const root = temporaryRoot()
  const dir = emptyRun(root, 'run')
  const path = join(dir, 'hotcb.metrics.jsonl')
  writeFileSync(path, '{"step":0,"metrics":{"loss":1}}\n')
  const site = await dashboard({ dir, config: { live_points: 16 } })
  const page = await listen(site)
  page.send({ type: 'subscribe', run: 'run', channel: 'metrics', names: ['loss'] })
  await page.until((message) => message.type === 'data')
  let text = ''
  for (let step = 1; step <= 3000; step++) {
    text += `${JSON.stringify({ step, metrics: { loss: step === 1234 ? 77 : Math.sin(step), other: 5 } })}\n`
  }
  appendFileSync(path, text)
  const found = { count: 0, sum: 0, max: 0 }
  for (let last = 0; last < 3000; ) {
    const message = await page.until((sent) => sent.type === 'data')
    if (message.type !== 'data' || message.channel !== 'metrics') continue
    const { series, bursts, last_step } = message.data
    for (const value of series['loss']?.[1] ?? []) take(1, value ?? 0, value ?? 0)
    const { count = [], mean = [], max = [] } = bursts['loss'] ?? {}
    expect(count.length).toBeLessThanOrEqual(4)
    for (const [i, points] of count.entries()) take(points, mean[i] ?? 0, max[i] ?? 0)
    expect([...Object.keys(series), ...Object.keys(bursts)]).toEqual(['loss'])
    last = last_step ?? 0
  }
  const values = Array.from({ length: 3000 }, (_, i) => (i === 1233 ? 77 : Math.sin(i + 1)))
  expect(found).toEqual({
    count: 3000,
    max: 77,
    sum: expect.closeTo(
      values.reduce((sum, value) => sum + value, 0),
      6,
    ),
  })

  function take(points: number, mean: number, max: number): void {
    found.count += points
    found.sum += mean * points
    found.max = Math.max(found.max, max)
  }
})

test('a deleted run is reported as gone, and found again when it comes back', async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'run'), { lines: 5 })
  const site = await dashboard({ roots: [root], config: { scan_interval: 0.1 } })
  const page = await listen(site)
  page.send({ type: 'subscribe', run: 'run', channel: 'state' })
  await page.until((message) => message.type === 'data' && message.channel === 'state')
  rmSync(join(root, 'run'), { recursive: true })
  await page.until((message) => message.type === 'gone')
  generateRun(join(root, 'run'), { lines: 5 })
  const back = await page.until((message) => message.type === 'data' && message.channel === 'state')
  expect(back).toMatchObject({ run: 'run', data: { row: { step: 4 } } })
})

test('a client that keeps changing what it follows still receives everything', async () => {
  const root = temporaryRoot()
  const dir = emptyRun(root, 'run')
  const path = join(dir, 'hotcb.metrics.jsonl')
  writeFileSync(path, '')
  const site = await dashboard({ dir, config: { poll_interval: 0.005 } })
  const page = await listen(site)
  for (let i = 0; i < 60; i++) {
    page.send({ type: 'subscribe', run: 'run', channel: 'metrics', names: [`m${i}`] })
    await new Promise((done) => setTimeout(done, i % 12))
  }
  // Each subscription receives a greeting when it is ready. Lines written before that are not new to it.
  for (let i = 0; i < 60; i++) await page.until((sent) => sent.type === 'data' && sent.channel === 'metrics')
  appendFileSync(path, '{"step":1,"metrics":{"m59":7}}\n')
  const message = await page.until(
    (sent) => sent.type === 'data' && sent.channel === 'metrics' && 'm59' in sent.data.series,
  )
  expect(message).toMatchObject({ data: { series: { m59: [[1], [7]] } } })
})

test('a client that does not read delays no other client, and must read again', async () => {
  const root = temporaryRoot()
  const dir = emptyRun(root, 'run')
  const path = join(dir, 'hotcb.applied.jsonl')
  writeFileSync(path, line(0))
  const site = await dashboard({ dir, config: { ws_buffer_bytes: 4096, ws_catch_up_bytes: 100_000 } })
  const [stuck, reader] = [await listen(site), await listen(site)]
  for (const page of [stuck, reader]) {
    page.send({ type: 'subscribe', run: 'run', channel: 'ledger' })
    await page.until(isLedger)
  }
  stuck.socket.pause()
  const seqs: number[] = []
  const long = 'x'.repeat(2000)
  // A block is shorter than what a client may be behind.
  for (let block = 0; block < 200; block++) {
    let text = ''
    for (let seq = block * 40 + 1; seq <= (block + 1) * 40; seq++) text += line(seq).replace('"main"', `"${long}"`)
    appendFileSync(path, text)
    while (seqs.length < (block + 1) * 40) {
      const message = await reader.until(isLedger)
      if (isLedger(message)) seqs.push(...message.data.map(({ seq }) => seq))
    }
  }
  expect(seqs).toEqual(Array.from({ length: 8000 }, (_, i) => i + 1))
  stuck.socket.resume()
  expect(await stuck.until((message) => message.type === 'restart')).toMatchObject({ reason: 'behind' })
})

test('every stream of the table can be followed, and an unknown name is refused with a list of the known ones', async () => {
  const root = temporaryRoot()
  generateRun(join(root, 'run'), { lines: 3 })
  const site = await dashboard({ dir: join(root, 'run') })
  const page = await listen(site)
  for (const channel of STREAM_NAMES) {
    page.send({ type: 'subscribe', run: channel === 'runs' ? '' : 'run', channel })
    const first = await page.until((message) => message.type === 'data' && message.channel === channel)
    expect('cursor' in first).toBe(STREAMS[channel].kind === 'lines')
  }
  page.socket.send('{"type":"subscribe","run":"run","channel":"__proto__"}')
  expect(await page.until((message) => message.type === 'error')).toMatchObject({
    message: `\`channel\` must be one of ${STREAM_NAMES.join(', ')}, got "__proto__"`,
  })
})

test('captured features are followed record by record, and malformed lines are left out', async () => {
  const root = temporaryRoot()
  const dir = emptyRun(root, 'run')
  const path = join(dir, 'hotcb.features.jsonl')
  writeFileSync(path, '')
  const site = await dashboard({ dir })
  const page = await listen(site)
  page.send({ type: 'subscribe', run: 'run', channel: 'features' })
  const isFeatures = (message: ServerMessage): boolean => message.type === 'data' && message.channel === 'features'
  expect(await page.until(isFeatures)).toMatchObject({ data: [] })
  appendFileSync(
    path,
    '{"step":1,"layer_name":"a","activations":[[1,NaN]]}\ngarbage\n{"step":2,"layer":"b","activations":[]}\n',
  )
  expect(await page.until(isFeatures)).toMatchObject({
    data: [
      { step: 1, layer_name: 'a', activations: [[1, null]] },
      { step: 2, layer_name: 'b', activations: [] },
    ],
  })
})

test('a client of metrics can distinguish a new name, a step back and a greeting', async () => {
  const root = temporaryRoot()
  const dir = emptyRun(root, 'run')
  const path = join(dir, 'hotcb.metrics.jsonl')
  writeFileSync(path, `{"step":0,"metrics":{"z":1},"more":"${'x'.repeat(4096)}"}\n`)
  const site = await dashboard({ dir })
  const page = await listen(site)
  page.send({ type: 'subscribe', run: 'run', channel: 'metrics' })
  const flags: unknown[] = []
  for (const text of [
    '',
    '{"step":4,"metrics":{"a":1}}\n',
    '{"step":5,"metrics":{"a":1}}\n',
    '{"step":2,"metrics":{"a":1}}\n',
  ]) {
    appendFileSync(path, text)
    const message = await page.until((sent) => sent.type === 'data' && sent.channel === 'metrics')
    if (message.type === 'data' && message.channel === 'metrics')
      flags.push([message.data.new_names, message.data.rewound])
  }
  expect(flags).toEqual([
    [false, false],
    [true, false],
    [false, false],
    [false, true],
  ])
  const late = await listen(site)
  const [, first] = page.messages.filter((sent) => sent.type === 'data')
  const cursor = first !== undefined && 'cursor' in first ? first.cursor : ''
  late.send({ type: 'subscribe', run: 'run', channel: 'metrics', cursor })
  // A client that connects later does not know the names, so it must request them.
  expect(await late.until((sent) => sent.type !== 'hello')).toMatchObject({
    type: 'data',
    data: {
      series: {
        a: [
          [5, 2],
          [1, 1],
        ],
      },
      new_names: true,
      rewound: true,
    },
  })
})
