import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createAlertFold } from '../src/index.ts'
import { openFleet } from '../src/node/fleet.ts'
import { temporaryDirectory } from './directory.ts'
import { startProgram, usePrograms } from './program.ts'
import { logOf, report, watch } from './watching.ts'

usePrograms('trainer')

function alertsIn(dir: string): readonly string[] {
  const fold = createAlertFold()
  for (const line of logOf(dir)) fold.take(line)
  return fold
    .alerts()
    .map(({ title, metric, value, step, ended, level }) =>
      [level, title, metric, value, step, ended === null ? 'lasts' : 'over'].join(' | '),
    )
}

describe('a run that is watched', () => {
  test('has alerts in its log with metric, value and step, from built-in rules and from a rule that was added later', async () => {
    const dir = temporaryDirectory()
    await startProgram('trainer', [dir])
    const { look, lookUntil } = await watch(dir, 'rules: []')
    await look()
    report(dir, 9000, 'val_loss', 1, 0.9, null)
    await lookUntil(() => alertsIn(dir).length === 1)
    expect(alertsIn(dir)).toEqual(['critical | val_loss is not finite | val_loss |  | 9002 | lasts'])
    writeFileSync(
      join(dir, 'hotcb.alerts.json'),
      JSON.stringify({ protocol: 1, rules: { high: { on: 'gt', metric: 'val_loss', value: 3 } } }),
    )
    await lookUntil(() => {
      report(dir, 9003, 'val_loss', 4.5)
      return alertsIn(dir).length === 2
    })
    expect(alertsIn(dir)).toEqual([
      'critical | val_loss is not finite | val_loss |  | 9002 | over',
      'warning | val_loss too high | val_loss | 4.5 | 9003 | lasts',
    ])
    writeFileSync(join(dir, 'hotcb.alerts.json'), '{"protocol": 1, "rules": {}}')
    await lookUntil(() => alertsIn(dir).every((alert) => alert.endsWith('over')))
  })

  test('is watched without a configuration if alerts are always recorded, until a notifier with a configuration takes over', async () => {
    const dir = temporaryDirectory()
    await startProgram('trainer', [dir])
    const said: string[] = []
    const terminal = { line: () => undefined, bell: () => undefined }
    const env = { XDG_CONFIG_HOME: dir }
    const ports = { env, terminal, approvals: null, onTrouble: (text: string): void => void said.push(text) }
    const fleet = openFleet({ findDirs: () => [dir], ports, alertsAlways: true })
    const holders = (): readonly string[] =>
      logOf(dir).flatMap(({ kind, data }) => (kind === 'begin' ? [(data as { engine: string }).engine] : []))
    await expect.poll(holders).toEqual(['alerts'])
    const { look } = await watch(dir, 'rules: []')
    await look()
    expect(holders()).toEqual(['alerts', 'notifier'])
    await fleet.close()
    expect(said).toEqual([])
  })
})
