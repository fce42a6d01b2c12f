import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newSweep, transcript, writtenSweep, YAML } from './written.ts'

test('test runs the launcher with the values of one trial, or checks every config', async () => {
  const sweep = newSweep('[[ "$1" == *"x=1 "* ]] && exit 0; echo "no such option" >&2; exit 3')
  const lines = [
    'test',
    'test 1 --cfg-job',
    'test 7',
    'test --all',
    'test 1 --all --cfg-job',
    'test --json',
    'test --all --cfg-job',
  ]
  expect(await transcript(sweep, lines)).toMatchInlineSnapshot(`
    "
    $ test
    Testing trial 0: x-1
    <dim>experiment_name=x-1 x=1</dim>
    <red>The launcher exited with 3.</red>
    = 3
    $ test 1 --cfg-job
    Testing trial 1: x-2
    <dim>experiment_name=x-2 x=2 --cfg job --resolve</dim>
    <red>The launcher exited with 3.</red>
    = 3
    $ test 7
    ! <red>Error:</red> no trial 7; the sweep has 2 trials
    = 1
    $ test --all
    ! <red>hotcb:</red> \`--all\` requires \`--cfg-job\`, which only checks configs
    = 1
    $ test 1 --all --cfg-job
    ! <red>hotcb:</red> \`--all\` tests every trial and cannot be combined with an index
    = 1
    $ test --json
    ! {"error":"\`test\` prints the launcher's output; it has no \`--json\`","code":"usage","exit_code":2}
    = 2
    $ test --all --cfg-job
    [  1/2] <green>OK</green> x-1
    [  2/2] <red>FAIL</red> x-2
    ! trial 1 x-2 exited with 3:
    ! no such option
    = 1
    "
  `)
  await sweep.herd('run -i 0 --watch')
  expect(await transcript(sweep, ['test 0', 'test 0 -f'])).toMatchInlineSnapshot(`
    "
    $ test 0
    ! <red>Error:</red> trial 0 has already been started (state: failed); use \`--force\` to test it anyway and move its results aside
    = 1
    $ test 0 -f
    Testing trial 0: x-1
    <dim>experiment_name=x-1 x=1</dim>
    <red>The launcher exited with 3.</red>
    ! set aside: ROOT/.hyperherd/results/.old/0-1
    = 3
    "
  `)
})

test('clean ends trials and removes the selected files', async () => {
  const sweep = newSweep('echo hello')
  expect(await transcript(sweep, ['clean'])).toMatchInlineSnapshot(`
    "
    $ clean
    ! <red>Error:</red> nothing to clean in \`ROOT\`
    = 1
    "
  `)
  await sweep.herd('run --watch')
  const logs = join(sweep.root, '.hyperherd/logs')
  expect(await transcript(sweep, ['clean', 'clean --json'])).toMatchInlineSnapshot(`
    "
    $ clean
    No trial is running.
    $ clean --json
    {"cancelled":[],"removed":[]}
    "
  `)
  expect(existsSync(logs)).toBe(true)
  expect(await transcript(sweep, ['clean --logs'])).toMatchInlineSnapshot(`
    "
    $ clean --logs
    Removed ROOT/.hyperherd/logs
    "
  `)
  expect(existsSync(logs)).toBe(false)
  expect(await transcript(sweep, ['clean --all --json'])).toMatchInlineSnapshot(`
    "
    $ clean --all --json
    {"cancelled":[],"removed":["ROOT/.hyperherd"]}
    "
  `)
  expect(existsSync(join(sweep.root, '.hyperherd'))).toBe(false)
  const waiting = writtenSweep(YAML, ['x-0', 'x-1'], { type: 'call', trials: [0, 1] })
  expect(await transcript(waiting, ['clean'])).toMatchInlineSnapshot(`
    "
    $ clean
    Cancelled 2 trial(s): 0, 1
    "
  `)
})
