import { expect, test } from 'vitest'
import { attemptIn, BEGIN, transcript, writtenSweep } from './written.ts'

const YAML = 'name: t\ngrid: all\nlauncher: ./l.sh\nparameters:\n  x: {type: discrete, values: [0, 1]}\n'
const DIVIDER = (attempt: number) => `==== HyperHerd run: attempt ${attempt} process 7 2026-01-01T12:00:00+00:00 ====\n`

/** Trial 0 failed, was started again and completed. Trial 1 has not started. */
function tails() {
  const sweep = writtenSweep(
    YAML,
    ['x-0', 'x-1'],
    ...attemptIn(0, 'failed', { code: 1, ended: BEGIN + 9 }),
    ...attemptIn(0, 'completed', { code: 0, ended: BEGIN + 30 }, 2),
  )
  sweep.file('.hyperherd/logs/0.out', `${DIVIDER(1)}one\ntwo\n${DIVIDER(2)}three\nfour\n`)
  sweep.file('.hyperherd/logs/0.err', `${DIVIDER(1)}broken\n${DIVIDER(2)}`)
  return sweep
}

test('tail shows the last lines of each stream, or of one stream, or of one attempt', async () => {
  expect(
    await transcript(tails(), [
      'tail 0 -n 2',
      'tail 0 --stdout -n 1',
      'tail 0 --stderr --attempt 1',
      'tail 0 --attempt 2 --json',
      'tail 0 -n 0',
      'tail 0 --stdout -n 1 -f',
      'tail 0 -n 1 -f --json',
    ]),
  ).toMatchInlineSnapshot(`
    "
    $ tail 0 -n 2
    Trial 0 [completed] x-0
    <dim>[stdout] ROOT/.hyperherd/logs/0.out (last 2 lines)</dim>
    three
    four
    <dim>[stderr] ROOT/.hyperherd/logs/0.err (last 2 lines)</dim>
    broken
    ==== HyperHerd run: attempt 2 process 7 2026-01-01T12:00:00+00:00 ====
    $ tail 0 --stdout -n 1
    Trial 0 [completed] x-0
    <dim>[stdout] ROOT/.hyperherd/logs/0.out (last 1 lines)</dim>
    four
    $ tail 0 --stderr --attempt 1
    Trial 0 [completed] x-0
    <dim>[stderr] ROOT/.hyperherd/logs/0.err (last 1 lines)</dim>
    broken
    $ tail 0 --attempt 2 --json
    {"index":0,"status":"completed","experiment_name":"x-0","streams":{"stdout":{"path":"ROOT/.hyperherd/logs/0.out","lines":["three","four"],"requested":20},"stderr":{"path":"ROOT/.hyperherd/logs/0.err","lines":[],"requested":20}}}
    $ tail 0 -n 0
    Trial 0 [completed] x-0
    <dim>[stdout] ROOT/.hyperherd/logs/0.out (last 0 lines)</dim>
    <dim>[stderr] ROOT/.hyperherd/logs/0.err (last 0 lines)</dim>
    $ tail 0 --stdout -n 1 -f
    Trial 0 [completed] x-0
    <dim>[stdout] ROOT/.hyperherd/logs/0.out (last 1 lines)</dim>
    four
    $ tail 0 -n 1 -f --json
    {"index":0,"status":"completed","experiment_name":"x-0","streams":{"stdout":{"path":"ROOT/.hyperherd/logs/0.out","lines":["four"],"requested":1},"stderr":{"path":"ROOT/.hyperherd/logs/0.err","lines":["==== HyperHerd run: attempt 2 process 7 2026-01-01T12:00:00+00:00 ===="],"requested":1}}}
    "
  `)
})

test('tail reports what it cannot show', async () => {
  expect(
    await transcript(tails(), [
      'tail',
      'tail 0 --stdout --stderr',
      'tail 0 -f --attempt 1',
      'tail 0 --attempt 3',
      'tail 0 --attempt 0',
      'tail 1 --attempt 1',
      'tail 1',
      'tail 7',
      'tail 7 --json',
    ]),
  ).toMatchInlineSnapshot(`
    "
    $ tail
    ! <red>hotcb:</red> TRIAL is missing: give the index of the trial
    = 1
    $ tail 0 --stdout --stderr
    ! <red>hotcb:</red> \`--stdout\` and \`--stderr\` cannot be combined
    = 2
    $ tail 0 -f --attempt 1
    ! <red>hotcb:</red> \`--follow\` shows the latest attempt and cannot be combined with \`--attempt\`
    = 2
    $ tail 0 --attempt 3
    ! <red>Error:</red> trial 0 has no attempt 3; its attempts are 1 to 2
    = 1
    $ tail 0 --attempt 0
    ! <red>Error:</red> trial 0 has no attempt 0; its attempts are 1 to 2
    = 1
    $ tail 1 --attempt 1
    ! <red>Error:</red> trial 1 has no attempt 1; it was never started
    = 1
    $ tail 1
    ! <red>Error:</red> trial 1 has no output: it has not printed anything yet, or its log was removed
    = 1
    $ tail 7
    ! <red>Error:</red> trial 7 does not exist; list the trials with \`herd ls\`
    = 1
    $ tail 7 --json
    {"index":7,"status":"unknown","experiment_name":null,"streams":{"stdout":{"path":"ROOT/.hyperherd/logs/7.out","lines":null,"requested":20},"stderr":{"path":"ROOT/.hyperherd/logs/7.err","lines":null,"requested":20}}}
    "
  `)
})
