import { expect, test } from 'vitest'
import { attemptIn, BEGIN, curve, transcript, type WrittenSweep, writtenSweep, YAML } from './written.ts'

/** Five trials: one completed, one failed, one pruned, one paused, and one that never started. */
function fiveTrials(): WrittenSweep {
  const sweep = writtenSweep(
    YAML,
    ['d', 'e', 'b', 'c', 'a'],
    { type: 'call', trials: [0, 1, 2] },
    ...attemptIn(0, 'completed', { code: 0, begun: BEGIN, ended: BEGIN + 60, last_log: 'bye', step: 1200 }),
    ...attemptIn(1, 'failed', { code: 1, reason: 'exit' }),
    ...attemptIn(1, 'failed', { code: 137, reason: 'oom', begun: BEGIN + 9, ended: BEGIN + 10 }, 2),
    ...attemptIn(2, 'running'),
    { type: 'wish', trials: [2], want: 'prune', why: 'worse than the rest' },
    { type: 'told', i: 2, n: 1, what: 'signal' },
    { type: 'seen', rows: [[2, 1, 0, 'cancelled', {}]] },
    { type: 'wish', trials: [3], want: 'pause' },
  )
  for (const i of [0, 1, 2]) sweep.file(`.hyperherd/results/${i}/hotcb.metrics.jsonl`, curve('loss', 9, i + 2.5))
  sweep.file('.hyperherd/results/0.json', '{"acc": 0.123456789, "n": 3, "text": "a\\tb"}')
  sweep.file('.hyperherd/logs/1.err', 'first\nsecond\nthird\n')
  return sweep
}

test('status shows each trial, as a table and as JSON', async () => {
  expect(await transcript(fiveTrials(), ['status', 'status --json'])).toMatchInlineSnapshot(`
    "
    $ status
    <bold>Trial</bold>  <bold>Name</bold>  <bold>Status</bold>       <bold>Step</bold>  <bold>Steps/min</bold>  <bold>Last log</bold>
    0                   d                  <green>COMPLETED</green>  1,200                                      bye
    1                   e                  <red>FAILED</red>         2                                          oom, attempt 2
    2                   b                  <yellow>PRUNED</yellow>   2                                          worse than the rest
    3                   c                  <yellow>PAUSED</yellow>
    4                   a                  <dim>READY</dim>

    Total: 5 | READY: 1 PAUSED: 1 PRUNED: 1 COMPLETED: 1 FAILED: 1
    $ status --json
    {"totals":{"total":5,"completed":1,"failed":1,"pruned":1,"paused":1,"ready":1},"trials":[{"index":0,"status":"completed","experiment_name":"d","params":{"x":0},"last_log_line":"bye","step":1200,"steps_per_min":null,"state":"completed","reason":null,"attempt":1},{"index":1,"status":"failed","experiment_name":"e","params":{"x":1},"last_log_line":null,"step":2,"steps_per_min":null,"state":"failed","reason":"oom","attempt":2},{"index":2,"status":"pruned","experiment_name":"b","params":{"x":2},"last_log_line":null,"step":2,"steps_per_min":null,"state":"pruned","reason":"worse than the rest","attempt":1},{"index":3,"status":"paused","experiment_name":"c","params":{"x":3},"last_log_line":null,"step":null,"steps_per_min":null,"state":"paused","reason":null,"attempt":0},{"index":4,"status":"ready","experiment_name":"a","params":{"x":4},"last_log_line":null,"step":null,"steps_per_min":null,"state":"ready","reason":null,"attempt":0}],"driver":null,"needs_driver":false,"stale":[]}
    "
  `)
})

test('status shows only the requested trials, in the requested order', async () => {
  const sweep = fiveTrials()
  const asked = ['--state failed', '--state COMPLETED,ready', '--brief', '--sort name', '--sort state', '--sort step']
  const indices: string[] = []
  for (const line of [...asked, '--sort index', '--limit 2', '--limit 0', '-p x=3']) {
    const document: { trials: { index: number }[] } = JSON.parse((await sweep.herd(`status ${line} --json`)).out)
    indices.push(`${line}: ${document.trials.map(({ index }) => index).join(' ')}`)
  }
  expect(indices).toEqual([
    '--state failed: 1',
    '--state COMPLETED,ready: 0 4',
    '--brief: 3 1 2 0',
    '--sort name: 4 2 3 0 1',
    '--sort state: 4 3 2 0 1',
    '--sort step: 0 1 2 3 4',
    '--sort index: 0 1 2 3 4',
    '--limit 2: 0 1',
    '--limit 0: ',
    '-p x=3: 3',
  ])
  expect(await transcript(sweep, ['status --state done', 'status -p y=3'])).toMatchInlineSnapshot(`
    "
    $ status --state done
    ! <red>hotcb:</red> --state must be one of ready, waiting, submitting, submitted, queued, running, stopping, pruning, pausing, paused, cancelled, pruned, completed, failed, got "done"
    = 2
    $ status -p y=3
    ! <red>Error:</red> --pin "y" is not a parameter of the sweep; choose from x
    = 1
    "
  `)
})

test('ls lists the trials in the config', async () => {
  expect(await transcript(fiveTrials(), ['ls', 'ls -p x=1 --json', 'ls -p x=9', 'ls -p y=9'])).toMatchInlineSnapshot(`
    "
    $ ls
    Trials: 5
    <dim>[0]</dim>  d  completed
        x=0
    <dim>[1]</dim>  e  failed
        x=1
    <dim>[2]</dim>  b  pruned
        x=2
    <dim>[3]</dim>  c  paused
        x=3
    <dim>[4]</dim>  a  ready
        x=4
    $ ls -p x=1 --json
    {"trials":[{"index":1,"status":"failed","state":"failed","experiment_name":"e","params":{"x":1},"extras":{},"hash":"h1"}]}
    $ ls -p x=9
    ! <red>Error:</red> no trial matches x=9 in ROOT
    = 1
    $ ls -p y=9
    ! <red>Error:</red> --pin "y" is not a parameter of the sweep; choose from x
    = 1
    "
  `)
})

test('res prints final values as a table, and every value by step', async () => {
  const lines = ['res', 'res --steps', 'res --steps --csv', 'res --csv', 'res --json', 'res --steps --json']
  expect(await transcript(fiveTrials(), lines)).toMatchInlineSnapshot(`
    "
    $ res
    trial_id	experiment_name	x	acc	n	text
    0	d	0	0.123457	3	a b
    1	e	1			
    2	b	2			
    3	c	3			
    4	a	4			
    $ res --steps
    trial_id	step	metric	timestamp	value
    0	1	loss	2026-01-01T12:00:00Z	9
    0	2	loss	2026-01-01T12:00:01Z	2.5
    1	1	loss	2026-01-01T12:00:00Z	9
    1	2	loss	2026-01-01T12:00:01Z	3.5
    2	1	loss	2026-01-01T12:00:00Z	9
    2	2	loss	2026-01-01T12:00:01Z	4.5
    $ res --steps --csv
    trial_id,step,metric,timestamp,value
    0,1,loss,2026-01-01T12:00:00Z,9
    0,2,loss,2026-01-01T12:00:01Z,2.5
    1,1,loss,2026-01-01T12:00:00Z,9
    1,2,loss,2026-01-01T12:00:01Z,3.5
    2,1,loss,2026-01-01T12:00:00Z,9
    2,2,loss,2026-01-01T12:00:01Z,4.5
    $ res --csv
    ! <red>hotcb:</red> \`--csv\` requires \`--steps\`
    = 2
    $ res --json
    {"trials":[{"index":0,"experiment_name":"d","params":{"x":0},"metrics":{"acc":0.123456789,"n":3,"text":"a\\tb"}},{"index":1,"experiment_name":"e","params":{"x":1},"metrics":{}},{"index":2,"experiment_name":"b","params":{"x":2},"metrics":{}},{"index":3,"experiment_name":"c","params":{"x":3},"metrics":{}},{"index":4,"experiment_name":"a","params":{"x":4},"metrics":{}}]}
    $ res --steps --json
    {"rows":[{"trial_id":0,"step":1,"metric":"loss","timestamp":"2026-01-01T12:00:00Z","value":9},{"trial_id":0,"step":2,"metric":"loss","timestamp":"2026-01-01T12:00:01Z","value":2.5},{"trial_id":1,"step":1,"metric":"loss","timestamp":"2026-01-01T12:00:00Z","value":9},{"trial_id":1,"step":2,"metric":"loss","timestamp":"2026-01-01T12:00:01Z","value":3.5},{"trial_id":2,"step":1,"metric":"loss","timestamp":"2026-01-01T12:00:00Z","value":9},{"trial_id":2,"step":2,"metric":"loss","timestamp":"2026-01-01T12:00:01Z","value":4.5}]}
    "
  `)
  expect(await transcript(writtenSweep(YAML, ['x-0']), ['res'])).toMatchInlineSnapshot(`
    "
    $ res
    trial_id	experiment_name	x
    0	x-0	0
    ! no trial has logged a final value yet; use \`--steps\` to show the values logged at each step
    "
  `)
})

test('snapshot is one document with everything', async () => {
  const sweep = fiveTrials()
  expect(await transcript(sweep, ['snapshot -n 2'])).toMatchInlineSnapshot(`
    "
    $ snapshot -n 2
    {"sweep_name":"t","workspace":"ROOT","totals":{"total":5,"completed":1,"failed":1,"pruned":1,"paused":1,"ready":1},"usage_pending":0,"trials":[{"index":0,"status":"completed","experiment_name":"d","params":{"x":0},"state":"completed","attempt":1,"reason":null,"slurm_job_id":null,"slurm_state":null,"elapsed":"00:01:00","elapsed_seconds":60,"max_rss_bytes":null,"ave_rss_bytes":null,"req_mem_bytes":null,"metrics":{"acc":0.123456789,"n":3,"text":"a\\tb"},"last_log_line":"bye"},{"index":1,"status":"failed","experiment_name":"e","params":{"x":1},"state":"failed","attempt":2,"reason":"oom","slurm_job_id":null,"slurm_state":null,"elapsed":"00:00:01","elapsed_seconds":1,"max_rss_bytes":null,"ave_rss_bytes":null,"req_mem_bytes":null,"metrics":{},"last_log_line":null},{"index":2,"status":"pruned","experiment_name":"b","params":{"x":2},"state":"pruned","attempt":1,"reason":"worse than the rest","slurm_job_id":null,"slurm_state":null,"elapsed":null,"elapsed_seconds":null,"max_rss_bytes":null,"ave_rss_bytes":null,"req_mem_bytes":null,"metrics":{},"last_log_line":null},{"index":3,"status":"paused","experiment_name":"c","params":{"x":3},"state":"paused","attempt":0,"reason":null,"slurm_job_id":null,"slurm_state":null,"elapsed":null,"elapsed_seconds":null,"max_rss_bytes":null,"ave_rss_bytes":null,"req_mem_bytes":null,"metrics":{},"last_log_line":null},{"index":4,"status":"ready","experiment_name":"a","params":{"x":4},"state":"ready","attempt":0,"reason":null,"slurm_job_id":null,"slurm_state":null,"elapsed":null,"elapsed_seconds":null,"max_rss_bytes":null,"ave_rss_bytes":null,"req_mem_bytes":null,"metrics":{},"last_log_line":null}],"failed_stderr":[{"index":1,"stderr_path":"ROOT/.hyperherd/logs/1.err","stderr_lines":["second","third"],"stderr_truncated":true}]}
    "
  `)
  expect(JSON.parse((await sweep.herd('snapshot --max-failed 0')).out)).toMatchObject({ failed_stderr: [] })
  expect(JSON.parse((await sweep.herd('snapshot -n 3')).out)).toMatchObject({
    failed_stderr: [{ stderr_lines: ['first', 'second', 'third'], stderr_truncated: false }],
  })
})

test('stats shows the times of the latest attempt, or of a given one', async () => {
  const lines = ['stats', 'stats 1 --attempt 1 --json', 'stats 1 --attempt 3', 'stats 4']
  expect(await transcript(fiveTrials(), lines)).toMatchInlineSnapshot(`
    "
    $ stats
    idx  state  elapsed   max_rss  ave_rss  req_mem  name
    0    -      00:01:00  -        -        -        d
    1    -      00:00:01  -        -        -        e
    2    -      -         -        -        -        b
    $ stats 1 --attempt 1 --json
    {"trials":[{"index":1,"experiment_name":"e","slurm_state":null,"elapsed":null,"elapsed_seconds":null,"max_rss_bytes":null,"ave_rss_bytes":null,"req_mem_bytes":null}]}
    $ stats 1 --attempt 3
    ! <red>Error:</red> trial 1 has no attempt 3
    = 1
    $ stats 4
    ! <red>Error:</red> trial 4 was never started
    = 1
    "
  `)
  expect(await transcript(writtenSweep(YAML, ['x-0']), ['stats'])).toMatchInlineSnapshot(`
    "
    $ stats
    No accounting data available.
    "
  `)
})

test('log shows the history of one trial in chronological order', async () => {
  const lines = ['log 0', 'log 1', 'log 2', 'log 3', 'log 2 -n 1 --json', 'log 2 -n 1 -f', 'log', 'log 9']
  expect(await transcript(fiveTrials(), lines)).toMatchInlineSnapshot(`
    "
    $ log 0
    <dim>2026-01-01 12:00:02</dim>  planned as d  (ann@host)
    <dim>2026-01-01 12:00:03</dim>  run requested  (ann@host)
    <dim>2026-01-01 12:00:04</dim>  attempt 1 started (local)  (ann@host)
    <dim>2026-01-01 12:01:00</dim>  attempt 1 completed: exit code 0  (ann@host)
    $ log 1
    <dim>2026-01-01 12:00:02</dim>  planned as e  (ann@host)
    <dim>2026-01-01 12:00:03</dim>  run requested  (ann@host)
    <dim>2026-01-01 12:00:07</dim>  attempt 1 started (local)  (ann@host)
    <dim>2026-01-01 12:00:09</dim>  attempt 1 failed: exit, exit code 1  (ann@host)
    <dim>2026-01-01 12:00:10</dim>  attempt 2 started (local)  (ann@host)
    <dim>2026-01-01 12:00:10</dim>  attempt 2 failed: oom, exit code 137  (ann@host)
    $ log 2
    <dim>2026-01-01 12:00:02</dim>  planned as b  (ann@host)
    <dim>2026-01-01 12:00:03</dim>  run requested  (ann@host)
    <dim>2026-01-01 12:00:13</dim>  attempt 1 started (local)  (ann@host)
    <dim>2026-01-01 12:00:15</dim>  attempt 1 runs  (ann@host)
    <dim>2026-01-01 12:00:16</dim>  prune: worse than the rest  (ann@host)
    <dim>2026-01-01 12:00:18</dim>  attempt 1 is pruned  (ann@host)
    $ log 3
    <dim>2026-01-01 12:00:02</dim>  planned as c  (ann@host)
    <dim>2026-01-01 12:00:19</dim>  pause  (ann@host)
    $ log 2 -n 1 --json
    {"index":2,"entries":[{"ts":1767268818,"text":"attempt 1 is pruned  (ann@host)"}]}
    $ log 2 -n 1 -f
    <dim>2026-01-01 12:00:18</dim>  attempt 1 is pruned  (ann@host)
    $ log
    ! <red>hotcb:</red> TRIAL is missing: give the index of the trial
    = 2
    $ log 9
    ! <red>Error:</red> trial 9 does not exist; list the trials with \`herd ls\`
    = 1
    "
  `)
})

test('watch prints the table once without a terminal', async () => {
  const sweep = fiveTrials()
  expect((await sweep.herd('watch')).out).toEqual((await sweep.herd('status')).out)
  expect((await sweep.herd('watch --once --json')).out).toEqual((await sweep.herd('status --json')).out)
})

test('before the first run, commands report that no sweep has been started', async () => {
  const sweep = writtenSweep(YAML, [])
  for (const name of ['status', 'res', 'stats', 'why', 'snapshot', 'watch', 'export --format csv']) {
    const { code, err } = await sweep.herd(name)
    const said = '<red>Error:</red> no sweep has been started in `ROOT`; use `herd run` to start one\n'
    expect([name, code, err]).toEqual([name, 1, said])
  }
  expect(await transcript(sweep, ['status --json', 'ls'])).toMatchInlineSnapshot(`
    "
    $ status --json
    ! {"error":"no sweep has been started in \`ROOT\`; use \`herd run\` to start one","code":"refused","exit_code":1}
    = 1
    $ ls
    Trials: 5
    <dim>[0]</dim>  x-0  ready
        x=0
    <dim>[1]</dim>  x-1  ready
        x=1
    <dim>[2]</dim>  x-2  ready
        x=2
    <dim>[3]</dim>  x-3  ready
        x=3
    <dim>[4]</dim>  x-4  ready
        x=4
    "
  `)
})
