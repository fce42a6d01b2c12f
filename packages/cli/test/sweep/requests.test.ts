import { expect, test } from 'vitest'
import { attemptIn, transcript, writtenSweep, YAML } from './written.ts'

test('stop, prune, pause and resume print which trials they apply to', async () => {
  const sweep = writtenSweep(
    YAML,
    ['x-0', 'x-1', 'x-2', 'x-3'],
    ...attemptIn(1, 'running', {}, 1, 'slurm'),
    ...attemptIn(2, 'failed'),
  )
  const wrong = ['stop', 'stop 1 --all', 'stop 1 -p x=1', 'stop 9', 'pause -p y=1']
  expect(
    await transcript(sweep, [
      ...wrong,
      'pause --all --hold',
      'resume 3 --json',
      'prune 2 --reason late',
      'prune 2',
      'stop 3 --json',
      'stop -p x=0',
    ]),
  ).toMatchInlineSnapshot(`
    "
    $ stop
    ! <red>hotcb:</red> select trials: an index, \`--pin NAME=VALUE\`, or \`--all\`
    = 1
    $ stop 1 --all
    ! <red>hotcb:</red> select trials: an index, \`--pin NAME=VALUE\`, or \`--all\`
    = 1
    $ stop 1 -p x=1
    ! <red>hotcb:</red> select trials: an index, \`--pin NAME=VALUE\`, or \`--all\`
    = 1
    $ stop 9
    ! <red>Error:</red> trial 9 does not exist; list the trials with \`herd ls\`
    = 1
    $ pause -p y=1
    ! <red>Error:</red> --pin "y" is not a parameter of the sweep; choose from x
    = 1
    $ pause --all --hold
    Holding back 2 trial(s): 0, 3
    $ resume 3 --json
    {"resumed":[{"index":3,"slurm_job_id":null,"job":null,"previous_status":"paused","state":"paused"}]}
    $ prune 2 --reason late
    Pruning 1 trial(s): 2
    $ prune 2
    ! <red>Error:</red> trial 2 is pruned; there is nothing to prune
    = 1
    $ stop 3 --json
    {"cancelled":[{"index":3,"slurm_job_id":null,"job":null,"previous_status":"ready","state":"waiting"}]}
    $ stop -p x=0
    No trial to stop.
    "
  `)
})

test('set needs a running trial and a value, and reports why a trial was not changed', async () => {
  const sweep = writtenSweep(YAML, ['x-0', 'x-1'], ...attemptIn(0, 'running'))
  const lines = ['set 0', 'set lr=1', 'set 1 lr=1', 'set 0 lr=1', 'set --all lr=1 --at 5 --json']
  expect(await transcript(sweep, lines)).toMatchInlineSnapshot(`
    "
    $ set 0
    ! <red>hotcb:</red> KEY=VALUE is missing: name at least one control to set
    = 2
    $ set lr=1
    ! <red>hotcb:</red> select trials: an index, \`--pin NAME=VALUE\`, or \`--all\`
    = 1
    $ set 1 lr=1
       1  its trainer has not opened a run directory
    = 1
    $ set 0 lr=1
       0  its trainer has not opened a run directory
    = 1
    $ set --all lr=1 --at 5 --json
    {"trials":[{"index":0,"decision":"failed","step":null,"text":"its trainer has not opened a run directory"}]}
    = 1
    "
  `)
})
