import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { HOTCB, home, linesOf, until } from './launched.ts'
import { openShell, type TerminalShell } from './pseudo-terminal.ts'

const CTRL_C = '\u0003'
// A prompt may precede the text on its line.
const IS_OVER = /over: (\d+)\n/

/** A terminal in an empty directory in which `hotcb` is a command, as after `npm i -g hotcb`. */
function terminal(): { readonly dir: string; readonly shell: TerminalShell } {
  const dir = home()
  const bin = join(dir, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'hotcb'), `#!/bin/sh\nexec ${process.execPath} ${HOTCB} "$@"\n`)
  chmodSync(join(bin, 'hotcb'), 0o755)
  const shell = openShell({ cwd: dir })
  shell.type(`export PATH=${bin}:$PATH\n`)
  return { dir, shell }
}

/** The one run below `runs`; undefined until there is one. */
function runOf(dir: string): string | undefined {
  const runs = join(dir, 'runs')
  const [name] = existsSync(runs) ? readdirSync(runs) : []
  return name === undefined ? undefined : join(runs, name)
}

// Lines of the page of hotcb 2's command line, as printed there.
const STARTS: readonly (readonly [line: string, run: RegExp])[] = [
  ['hotcb demo', /demo-001$/],
  ['hotcb demo --golden', /demo-001$/],
  ['hotcb demo --autopilot suggest --key-metric val_loss', /demo-001$/],
  ['hotcb launch --config simple --max-steps 500', /simple-001$/],
  ['hotcb launch --train-fn my_module:train --max-steps 1000', /my_module-001$/],
  // Without a key only the rules are used, and the training continues.
  ['HOTCB_AI_KEY= hotcb launch --config multitask --max-time 300 --autopilot ai_suggest', /multitask-001$/],
  [
    'HOTCB_AI_KEY= hotcb launch --config multitask --autopilot ai_auto --key-metric val_loss --ai-model gpt-4o-mini --ai-budget 5.0 --ai-cadence 50 --max-steps 2000 --seed 42',
    /multitask-001$/,
  ],
]

// The contract of the page: it writes metrics, and ends when its event is set.
const MY_MODULE = `import json, os
def train(run_dir, max_steps, step_delay, stop_event):
    with open(os.path.join(run_dir, "hotcb.metrics.jsonl"), "a") as file:
        for step in range(max_steps):
            if stop_event.wait(step_delay):
                return
            file.write(json.dumps({"step": step, "metrics": {"loss": 1 / (step + 1)}}) + "\\n")
            file.flush()
`

test.each(STARTS)('`%s` trains with its dashboard, and ctrl-C ends it', async (line, name) => {
  const { dir, shell } = terminal()
  writeFileSync(join(dir, 'my_module.py'), MY_MODULE)
  shell.type(`${line}; echo "over: $?"\n`)
  const address = await shell.said(/Dashboard: (http\S+)\n/)
  await until(() => linesOf(runOf(dir) ?? '', 'metrics').length > 2)
  expect(runOf(dir)).toMatch(name)
  const { runs } = (await (await fetch(new URL('api/runs', address))).json()) as { runs: readonly { id: string }[] }
  expect(runs).toHaveLength(1)
  // The server of another program may take the port as soon as it is free, but does not show this run.
  const shown = () =>
    fetch(new URL(`api/runs/${runs[0]?.id}`, address)).then(
      (response) => response.text(),
      () => 'no server',
    )
  expect(await shown()).toContain(dir)
  shell.type(CTRL_C)
  expect(await shell.said(IS_OVER)).toBe('130')
  expect(await shown()).not.toContain(dir)
  shell.close()
})

test('the demo, whose autopilot is inside the trainer, refuses an AI mode and names the way to one', async () => {
  const { dir, shell } = terminal()
  shell.type('hotcb demo --autopilot ai_suggest; echo "over: $?"\n')
  expect(await shell.said(/hotcb: `(ai_\w+)` is not available inside a trainer/)).toBe('ai_suggest')
  expect(await shell.said(IS_OVER)).toBe('2')
  expect(existsSync(join(dir, 'runs'))).toBe(false)
  shell.close()
})
