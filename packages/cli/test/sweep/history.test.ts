import { expect, test } from 'vitest'
import { attemptIn, BEGIN, transcript, writtenSweep, YAML } from './written.ts'

test('log describes every kind of event', async () => {
  const sweep = writtenSweep(
    YAML,
    ['x-0', 'x-1'],
    { type: 'call', trials: [0] },
    { type: 'drop', trials: [0] },
    { type: 'orphan', trials: [0] },
    { type: 'revive', trials: [0] },
    { type: 'wish', trials: [0], want: 'hold' },
    { type: 'intent', sid: 'a', executor: 'slurm', attempts: [[0, 1]], job: '' },
    { type: 'intent', sid: 'b', executor: 'slurm', attempts: [[0, 2]], job: '77_0' },
    { type: 'intent', sid: 'c', executor: 'local', attempts: [[0, 3]] },
    { type: 'seen', rows: [[0, 3, 0, 'running', { job: '123' }]] },
    { type: 'wish', trials: [0], want: 'stop', why: 'enough' },
    { type: 'told', i: 0, n: 3, what: 'signal' },
    { type: 'told', i: 0, n: 3, what: 'TERM' },
    { type: 'seen', rows: [[0, 3, 0, 'failed', { code: 143, reason: 'exit' }]] },
    { type: 'decide', planner: 'asha', key: 'asha/10/0', trial: 0, verdict: 'prune', evidence: {} },
    { type: 'decide', planner: 'stages', key: 's/0', trial: 0, verdict: 'take', evidence: { stage: 'tune' } },
    { type: 'call', trials: [0, 1] },
    { type: 'throttle', sid: 'c', tasks: 2 },
    { type: 'seen', rows: [[1, 1, 0, 'failed', {}]] },
  )
  expect(await transcript(sweep, ['log 0', 'log 1 --json'])).toMatchInlineSnapshot(`
    "
    $ log 0
    <dim>2026-01-01 12:00:02</dim>  planned as x-0  (ann@host)
    <dim>2026-01-01 12:00:03</dim>  run requested  (ann@host)
    <dim>2026-01-01 12:00:04</dim>  removed from the config  (ann@host)
    <dim>2026-01-01 12:00:05</dim>  removed from the config, but kept  (ann@host)
    <dim>2026-01-01 12:00:06</dim>  is back in the config  (ann@host)
    <dim>2026-01-01 12:00:07</dim>  hold  (ann@host)
    <dim>2026-01-01 12:00:08</dim>  attempt 1 is job unknown  (ann@host)
    <dim>2026-01-01 12:00:09</dim>  attempt 2 is job 77_0  (ann@host)
    <dim>2026-01-01 12:00:10</dim>  attempt 3 started (local)  (ann@host)
    <dim>2026-01-01 12:00:11</dim>  attempt 3 runs: process 123  (ann@host)
    <dim>2026-01-01 12:00:12</dim>  stop: enough  (ann@host)
    <dim>2026-01-01 12:00:15</dim>  attempt 3 is stopped: exit code 143  (ann@host)
    <dim>2026-01-01 12:00:16</dim>  asha: prune (asha/10/0)  (ann@host)
    <dim>2026-01-01 12:00:17</dim>  becomes a parent of stage tune  (ann@host)
    <dim>2026-01-01 12:00:18</dim>  run requested  (ann@host)
    $ log 1 --json
    {"index":1,"entries":[{"ts":1767268802,"text":"planned as x-1  (ann@host)"},{"ts":1767268818,"text":"run requested  (ann@host)"},{"ts":1767268820,"text":"attempt 1 failed  (ann@host)"}]}
    "
  `)
})

test('why describes the decisions of early stopping, stages and populations', async () => {
  const decide = (planner: string, trial: number, verdict: string, evidence: object) => ({
    ...{ type: 'decide', planner, key: `${planner}/${trial}`, trial, verdict, evidence },
  })
  const sweep = writtenSweep(
    YAML,
    ['x-0', 'x-1', 'x-2'],
    decide('asha', 0, 'prune', { step: 10, value: 0.123456, cohort: 4, keep: 2, ahead: 2 }),
    decide('asha', 1, 'promote', { step: 10, value: null, cohort: 4, keep: 2, ahead: 0 }),
    decide('stages', 0, 'take', { stage: 'tune', value: 0.5, rank: 1, of: 3 }),
    decide('stages', 1, 'take', { stage: 'tune', value: null, rank: 1, of: 3 }),
    decide('pbt', 0, 'keep', { step: 4, value: 0.25, rank: 1, of: 2 }),
    decide('pbt', 2, 'exploit', {
      step: 4,
      value: null,
      rank: 2,
      of: 2,
      from: 0,
      donor_step: 4,
      params: { lr: 0.123456, kind: 'a' },
    }),
    decide('pbt', 1, 'exploit', { step: 4, value: 1, rank: 2, of: 2, from: 0, donor_step: 4 }),
  )
  expect(await transcript(sweep, ['why', 'why 2 --json', 'why 7'])).toMatchInlineSnapshot(`
    "
    $ why
       0  prune  asha at step 10: 0.1235, rank 3 of 4, 2 kept
       1  promote  asha at step 10: no value, rank 1 of 4, 2 kept
       0  parent for stage tune: 0.5, rank 1 of 3
       1  parent for stage tune
       0  keep  pbt at step 4: 0.25, rank 1 of 2
       2  exploit  pbt at step 4: no value, rank 2 of 2; continues from trial 0 at step 4 with lr=0.1235 kind=a
       1  exploit  pbt at step 4: 1, rank 2 of 2; continues from trial 0 at step 4 with 
    $ why 2 --json
    {"decisions":[{"key":"pbt/2","planner":"pbt","trial":2,"verdict":"exploit","evidence":{"step":4,"value":null,"rank":2,"of":2,"from":0,"donor_step":4,"params":{"lr":0.123456,"kind":"a"}},"ts":1767268808}]}
    $ why 7
    ! <red>Error:</red> trial 7 does not exist; list the trials with \`herd ls\`
    = 1
    "
  `)
  expect(await transcript(writtenSweep(YAML, ['x-0']), ['why'])).toMatchInlineSnapshot(`
    "
    $ why
    no decisions have been made yet
    "
  `)
})

test('tail shows the last lines of both streams, of one stream, or of one attempt', async () => {
  const sweep = writtenSweep(
    YAML,
    ['x-0', 'x-1', 'x-2'],
    ...attemptIn(0, 'failed', { code: 1 }),
    ...attemptIn(0, 'failed', { code: 1 }, 2),
    ...attemptIn(1, 'completed'),
  )
  const head = (n: number): string => `==== HyperHerd run: trial 0 attempt ${n} ====\n`
  sweep.file('.hyperherd/logs/0.out', `${head(1)}a\nb\nc\n${head(2)}d\ne\n`)
  sweep.file('.hyperherd/logs/0.err', `${head(1)}E1\n${head(2)}E2\n`)
  const shown = ['0', '0 -n 2', '0 -n 0 --stdout', '0 --stderr', '0 --attempt 1', '0 --attempt 1 -n 2 --stdout']
  // For a trial that has ended, `-f` prints the rest and exits.
  const more = ['0 -f -n 1', '0 --attempt 2 --json', '7 --json --stderr']
  expect(
    await transcript(
      sweep,
      [...shown, ...more].map((line) => `tail ${line}`),
    ),
  ).toMatchInlineSnapshot(`
    "
    $ tail 0
    Trial 0 [failed] x-0
    <dim>[stdout] ROOT/.hyperherd/logs/0.out (last 7 lines)</dim>
    ==== HyperHerd run: trial 0 attempt 1 ====
    a
    b
    c
    ==== HyperHerd run: trial 0 attempt 2 ====
    d
    e
    <dim>[stderr] ROOT/.hyperherd/logs/0.err (last 4 lines)</dim>
    ==== HyperHerd run: trial 0 attempt 1 ====
    E1
    ==== HyperHerd run: trial 0 attempt 2 ====
    E2
    $ tail 0 -n 2
    Trial 0 [failed] x-0
    <dim>[stdout] ROOT/.hyperherd/logs/0.out (last 2 lines)</dim>
    d
    e
    <dim>[stderr] ROOT/.hyperherd/logs/0.err (last 2 lines)</dim>
    ==== HyperHerd run: trial 0 attempt 2 ====
    E2
    $ tail 0 -n 0 --stdout
    Trial 0 [failed] x-0
    <dim>[stdout] ROOT/.hyperherd/logs/0.out (last 0 lines)</dim>
    $ tail 0 --stderr
    Trial 0 [failed] x-0
    <dim>[stderr] ROOT/.hyperherd/logs/0.err (last 4 lines)</dim>
    ==== HyperHerd run: trial 0 attempt 1 ====
    E1
    ==== HyperHerd run: trial 0 attempt 2 ====
    E2
    $ tail 0 --attempt 1
    Trial 0 [failed] x-0
    <dim>[stdout] ROOT/.hyperherd/logs/0.out (last 3 lines)</dim>
    a
    b
    c
    <dim>[stderr] ROOT/.hyperherd/logs/0.err (last 1 lines)</dim>
    E1
    $ tail 0 --attempt 1 -n 2 --stdout
    Trial 0 [failed] x-0
    <dim>[stdout] ROOT/.hyperherd/logs/0.out (last 2 lines)</dim>
    b
    c
    $ tail 0 -f -n 1
    Trial 0 [failed] x-0
    <dim>[stdout] ROOT/.hyperherd/logs/0.out (last 1 lines)</dim>
    e
    <dim>[stderr] ROOT/.hyperherd/logs/0.err (last 1 lines)</dim>
    E2
    $ tail 0 --attempt 2 --json
    {"index":0,"status":"failed","experiment_name":"x-0","streams":{"stdout":{"path":"ROOT/.hyperherd/logs/0.out","lines":["d","e"],"requested":20},"stderr":{"path":"ROOT/.hyperherd/logs/0.err","lines":["E2"],"requested":20}}}
    $ tail 7 --json --stderr
    {"index":7,"status":"unknown","experiment_name":null,"streams":{"stderr":{"path":"ROOT/.hyperherd/logs/7.err","lines":null,"requested":20}}}
    "
  `)
  const refused = [
    '0 --attempt 0',
    '0 --attempt 3',
    '2 --attempt 1',
    '1',
    '7',
    '0 --stdout --stderr',
    '0 -f --attempt 1',
  ]
  expect(await transcript(sweep, ['tail', ...refused.map((line) => `tail ${line}`)])).toMatchInlineSnapshot(`
    "
    $ tail
    ! <red>hotcb:</red> TRIAL is missing: give the index of the trial
    = 1
    $ tail 0 --attempt 0
    ! <red>Error:</red> trial 0 has no attempt 0; its attempts are 1 to 2
    = 1
    $ tail 0 --attempt 3
    ! <red>Error:</red> trial 0 has no attempt 3; its attempts are 1 to 2
    = 1
    $ tail 2 --attempt 1
    ! <red>Error:</red> trial 2 has no attempt 1; it was never started
    = 1
    $ tail 1
    ! <red>Error:</red> trial 1 has no output: it has not printed anything yet, or its log was removed
    = 1
    $ tail 7
    ! <red>Error:</red> trial 7 does not exist; list the trials with \`herd ls\`
    = 1
    $ tail 0 --stdout --stderr
    ! <red>hotcb:</red> \`--stdout\` and \`--stderr\` cannot be combined
    = 2
    $ tail 0 -f --attempt 1
    ! <red>hotcb:</red> \`--follow\` shows the latest attempt and cannot be combined with \`--attempt\`
    = 2
    "
  `)
})

test('log shows the end of an attempt after all that the attempt did, although ends are known only to the second', async () => {
  const sweep = writtenSweep(
    YAML,
    ['x-0'],
    { type: 'intent', sid: 'a', executor: 'local', attempts: [[0, 1]] },
    // The driver was slow: it detected the start one second after the end.
    { type: 'seen', rows: [[0, 1, 0, 'running', { job: '123' }]] },
    { type: 'seen', rows: [[0, 1, 0, 'completed', { code: 0, ended: BEGIN + 3 }]] },
    { type: 'intent', sid: 'b', executor: 'local', attempts: [[0, 2]] },
    { type: 'seen', rows: [[0, 2, 0, 'running', { job: '124' }]] },
    { type: 'throttle', sid: 'b', tasks: 2 },
    { type: 'seen', rows: [[0, 2, 0, 'completed', { code: 0, ended: BEGIN + 8 }]] },
  )
  const line = { seq: 1, step: 9, module: 'opt', op: 'set_params', decision: 'applied', wall_time: BEGIN + 8.5 }
  sweep.file('.hyperherd/results/0/hotcb.applied.jsonl', `${JSON.stringify(line)}\n`)
  expect(await transcript(sweep, ['log 0'])).toMatchInlineSnapshot(`
    "
    $ log 0
    <dim>2026-01-01 12:00:02</dim>  planned as x-0  (ann@host)
    <dim>2026-01-01 12:00:03</dim>  attempt 1 started (local)  (ann@host)
    <dim>2026-01-01 12:00:04</dim>  attempt 1 runs: process 123  (ann@host)
    <dim>2026-01-01 12:00:04</dim>  attempt 1 completed: exit code 0  (ann@host)
    <dim>2026-01-01 12:00:06</dim>  attempt 2 started (local)  (ann@host)
    <dim>2026-01-01 12:00:07</dim>  attempt 2 runs: process 124  (ann@host)
    <dim>2026-01-01 12:00:08</dim>  step 9: nothing (applied)
    <dim>2026-01-01 12:00:08</dim>  attempt 2 completed: exit code 0  (ann@host)
    "
  `)
})
