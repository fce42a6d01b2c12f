import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runHere } from '../here.ts'
import { temporaryDirectory } from '../hotcb.ts'

const WHOLE = { python: [3, 11, 0], bridge: '0.1.0', torch: '2.1', node: 'v20 at /node' }

/** An interpreter that answers the probe, writes down the other words that it receives, and exits with a code. */
function python(home: string, answer: object, code: number): string {
  const path = join(home, 'python')
  const run = `echo '{"protocol":1,"max_steps":7}' > "$3/hotcb.run.json"`
  writeFileSync(
    path,
    `#!/bin/sh\n[ "$1" = -c ] && { echo '${JSON.stringify(answer)}'; exit; }\nmkdir -p "$3"\n${run}\necho "$@" > '${home}/words'\nexit ${code}\n`,
  )
  chmodSync(path, 0o755)
  return path
}

async function demo(line: string, answer: object = WHOLE, code = 0) {
  const cwd = temporaryDirectory()
  const env = { HOTCB_PYTHON: python(cwd, answer, code) }
  mkdirSync(join(cwd, 'runs/demo-001'), { recursive: true })
  const ended = await runHere(['demo', '--python', '--no-serve', ...line.split(' ').filter(Boolean)], { cwd, env })
  const words = (): string => readFileSync(join(cwd, 'words'), 'utf8').replaceAll(cwd, 'HERE')
  return { ...ended, words, cwd }
}

test('the training program of the bridge gets the directory and the flags', async () => {
  const first = await demo('')
  expect([first.code, first.words()]).toEqual([0, '-m hotcb_bridge._demo HERE/runs/demo-002\n'])
  const more = await demo('--dir here --max-steps 7 --step-delay 0.5 --seed 0')
  expect([more.code, more.words()]).toEqual([
    0,
    '-m hotcb_bridge._demo HERE/here --max-steps 7 --step-delay 0.5 --seed 0\n',
  ])
})

test('the exit code is that of the training, and --json prints the run', async () => {
  const failed = await demo('', WHOLE, 3)
  expect([failed.code, failed.out]).toEqual([3, ''])
  const json = await demo('--json --dir here')
  expect(JSON.parse(json.out)).toMatchObject({ max_steps: 7 })
})

test('a missing package is named with its remedy, and nothing is started', async () => {
  const lacking = await demo('', { ...WHOLE, torch: null })
  expect(lacking).toMatchObject({ code: 1, out: '', err: expect.stringMatching(/^hotcb: torch: .+; .*install/) })
  expect(lacking.words).toThrow('ENOENT')
})
