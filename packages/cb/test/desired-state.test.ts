import { expect, test } from 'vitest'
import { openRun, recorded, recorder } from './support.ts'

const YAML = (every: number, enabled: boolean): string => `version: 1
cb:
  callbacks:
    probe:
      target: {kind: file, path: probe.mjs, symbol: Recorder}
      enabled: ${enabled}
      params: {every: ${every}}
`

test('callbacks in hotcb.yaml are loaded, set and switched through the ledger', async () => {
  const seen = recorded('seenYaml')
  const run = openRun()
  run.write('probe.mjs', recorder('seenYaml'))
  run.write('hotcb.yaml', YAML(2, true))
  let step = 0
  // The YAML is checked every 100 ms.
  const until = async (isThere: () => boolean): Promise<void> => {
    while (!isThere()) {
      run.step(step++)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  await until(() => seen.length > 2)
  expect(seen.every((line) => Number(line.split(' ').at(-1)) % 2 === 0)).toBe(true)
  run.write('hotcb.yaml', YAML(1, false))
  await until(() => run.status('probe')['enabled'] === false)
  expect(run.status('probe')).toMatchObject({ loaded: true, last_params: { every: 1 } })
  const lines = run.ledger()
  expect(lines.map(({ source }) => source)).toEqual(lines.map(() => 'yaml'))
  expect(lines.map(({ op, decision }) => `${op} ${decision}`).sort()).toEqual(
    expect.arrayContaining(['load applied', 'set_params applied', 'set_params applied']),
  )
})
