import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { drive, openWorkspace, runSweep } from '../src/node.ts'

test('a driver with nothing to write leaves the journal unchanged, however often it checks', async () => {
  const root = mkdtempSync(join(tmpdir(), 'sweep-idle-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  writeFileSync(
    join(root, 'hyperherd.yaml'),
    'name: t\ngrid: all\nlauncher: ./l.sh\nparameters:\n  x: {type: discrete, values: [1]}\n',
  )
  writeFileSync(join(root, 'l.sh'), '#!/bin/bash\nuntil [ -e end ] || [ ! -e l.sh ]; do sleep 0.05; done\n')
  chmodSync(join(root, 'l.sh'), 0o755)
  const workspace = openWorkspace(root)
  onTestFinished(() => workspace.close())
  const journal = join(root, '.hyperherd/journal')
  const text = (): string =>
    readdirSync(journal)
      .map((name) => readFileSync(join(journal, name), 'utf8'))
      .join('')
  await runSweep(workspace)
  const look = async (): Promise<void> => void (await drive(workspace, { once: true }))
  while (!text().includes('"running"')) {
    await look()
    await sleep(20)
  }
  await look()
  const before = text()
  expect(before).toContain('"running"')
  for (let n = 0; n < 5; n++) await look()
  expect(text()).toBe(before)
  writeFileSync(join(root, 'end'), '')
  expect(await drive(workspace, { everyMs: 20 })).toBe('done')
  expect(existsSync(join(root, '.hyperherd/driver.json'))).toBe(false)
  expect(text()).toContain('"completed"')
})
