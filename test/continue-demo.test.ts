import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { onTerminal, openShell, type TerminalShell } from './pseudo-terminal.ts'
import { removeDirectory } from './remove-directory.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const HOTCB = join(ROOT, 'apps/cli/bin/hotcb.js')
const CTRL_C = '\u0003'

function temporaryDirectory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hotcb-continue-'))
  onTestFinished(() => removeDirectory(dir))
  return dir
}

/** Types a command and waits for its end; returns the match of `pattern` in its output, and the exit code. */
async function typed(shell: TerminalShell, line: string, pattern: RegExp): Promise<{ found: string; code: number }> {
  // Input that is typed before the prompt returns is echoed before it, and the output appears after it.
  await shell.said(/^\$ $/m)
  shell.type(`${line}\n`)
  const found = await shell.said(pattern)
  // The program would read input that is typed before the prompt returns.
  await shell.said(/^\$ $/m)
  shell.type('echo "exit code: $?"\n')
  return { found, code: Number(await shell.said(/^exit code: (\d+)\n/m)) }
}

for (const flags of ['', ' --ranks 2']) {
  test(`npm start${flags && ' with ranks'}, ctrl-C and the printed line train what an uninterrupted run trains`, async () => {
    const home = temporaryDirectory()
    const [run, whole] = [join(home, 'run'), join(home, 'whole')]
    const shell = openShell({ cwd: ROOT })
    shell.type(`npm start -- --dir ${run} --max-steps 200 --step-delay 0.5${flags}\n`)
    const change = await shell.said(/^ {2}(npx hotcb .* set lr=0\.01)$/m)
    await shell.said(/^ *\d+ of 200 done/m)
    expect(await onTerminal(change, { cwd: ROOT })).toMatchObject({ code: 0 })
    shell.type(CTRL_C)
    await shell.said(/^Ctrl-C: saving a checkpoint\. Press it again to exit without one\.$/m)
    const stopped = Number(await shell.said(/^Stopped at step (\d+): /m))
    const line = await shell.said(/^To continue: {2}(.*)\n/m)
    expect(line).toBe(`npx hotcb demo --dir ${run} --continue`)
    await shell.said(/^\$ $/m)
    shell.type('echo "exit code: $?"\n')
    expect(await shell.said(/^exit code: (\d+)\n/m)).toBe('130')

    expect(
      await typed(
        shell,
        `${line} --step-delay 0`,
        new RegExp(`^Continuing from checkpoint step-${stopped}\\.$[^]*?^Done: `, 'm'),
      ),
    ).toMatchObject({
      code: 0,
    })
    const again = await typed(shell, line, /Finished before, at step 200: /)
    expect(again.code).toBe(0)
    shell.close()

    // The same change at the same step, without an interruption.
    const commands = readFileSync(join(run, 'hotcb.applied.jsonl'), 'utf8').split('\n').filter(Boolean)
    const entry = commands.map((text) => JSON.parse(text)).find(({ op }) => op === 'set_params')
    const other = [
      `${process.execPath} ${HOTCB} --dir ${whole} init`,
      `${process.execPath} ${HOTCB} --dir ${whole} set lr=0.01 --at step=${entry.step}`,
      `${process.execPath} ${HOTCB} demo --no-serve --dir ${whole} --max-steps 200${flags}`,
      `${process.execPath} ${HOTCB} replay --verify ${run} ${whole}`,
    ]
    expect(await onTerminal(other.join(' && '), { cwd: home })).toMatchObject({
      code: 0,
      text: expect.stringMatching(/✓ identical: [\d,]+ values equal bit for bit, and so are the weights/),
    })
  })
}

test('a terminal that is closed while the demo trains leaves a checkpoint', async () => {
  const home = temporaryDirectory()
  const run = join(home, 'run')
  const shell = openShell({ cwd: home })
  shell.type(`${process.execPath} ${HOTCB} demo --dir ${run} --max-steps 100000 --step-delay 0.01\n`)
  await shell.said(/^ *[3-9]\d of 100000 done/m)
  shell.close()
  const ended = (): boolean => JSON.parse(readFileSync(join(run, 'hotcb.state.json'), 'utf8')).closed === true
  while (!ended()) await new Promise((resolve) => setTimeout(resolve, 50))
  expect(existsSync(join(run, 'hotcb.checkpoints'))).toBe(true)
  expect(readdirSync(join(run, 'hotcb.checkpoints'))).toEqual([expect.stringMatching(/^step-\d+$/)])
})
