import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { textWidth } from '@hotcb/protocol'
import { beforeAll, expect, test, vi } from 'vitest'
import { buildProgram, hotcb, temporaryDirectory } from './program.ts'
import { ESC, lastPicture, startInTerminal } from './pseudo-terminal.ts'

beforeAll(() => {
  buildProgram()
})

test('the live table fits a small terminal and shows the progress, and trials keep running after Ctrl-C', async () => {
  const cwd = temporaryDirectory()
  const values = Array.from({ length: 12 }, (_, x) => x).join(', ')
  const config = `name: t\ngrid: all\nlauncher: ./l.sh\nlocal: {max_concurrent: 3}\nparameters:\n  x: {type: discrete, values: [${values}]}\n`
  writeFileSync(join(cwd, 'hyperherd.yaml'), config)
  // The first three end immediately, the others wait for a file.
  writeFileSync(
    join(cwd, 'l.sh'),
    '#!/bin/bash\necho "a long line of output, which no terminal of this width can show"\n[ "$HYPERHERD_TRIAL_ID" -lt 3 ] || until [ -e go ] || [ ! -e l.sh ]; do sleep 0.05; done\n',
  )
  chmodSync(join(cwd, 'l.sh'), 0o755)
  const size = { columns: 50, rows: 10 }
  const session = startInTerminal(['sweep', 'run', '--watch', cwd], { ...size, env: { NO_COLOR: '1' } })
  await session.until('3 of 12 done, about ')
  const picture = await vi.waitFor(() => {
    const last = lastPicture(session.output())
    expect(last[0]).toContain('3 of 12 done')
    return last
  }, 300_000)
  session.type('\u0003')
  expect(await session.ended).toBe(130)
  expect(session.output()).toContain('are still running; take them over with `hotcb sweep drive`')
  expect(picture).toHaveLength(9)
  expect(Math.max(...picture.map(textWidth))).toBeLessThanOrEqual(50)
  // Running trials are shown first, and the others if there is room.
  expect(picture.filter((line) => /^\d+ +x-/.test(line)).map((line) => line.split(/ +/)[0])).toEqual([
    '3',
    '4',
    '5',
    '6',
  ])
  expect(picture).toContain('8 more; show all with `hotcb sweep status`')
  expect(session.output()).not.toMatch(new RegExp(`${ESC}\\[\\d+m`))
  writeFileSync(join(cwd, 'go'), '')
  expect((await hotcb(['sweep', 'drive', '--every', '0.05', cwd])).code).toBe(0)
  const watching = startInTerminal(['sweep', 'watch', cwd], size)
  await watching.until('12 of 12 done')
  watching.type('q')
  expect(await watching.ended).toBe(0)
})
