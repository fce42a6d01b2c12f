/** The help page. */
export const HELP = `Send a command to a training run: append it to the run's queue.

Usage  runtimectl -q DIR PATH [ARGS...] [--kwargs JSON] [--wait [SECONDS]]
       runtimectl -q DIR status [--last N]
       runtimectl -q DIR list

  PATH            a control registered by the trainer
  ARGS            its arguments: JSON, or otherwise text
  -q, --queue-dir DIR  the queue directory
  --kwargs JSON   keyword arguments: one JSON object
  --wait [SECONDS]  wait for the ack (10 s by default) and print it
  --last N        the number of acks to show (10)
  --              everything after this is an argument
  -h, --help      show this page
  -V, --version   show the version

  runtimectl -q queue optimizer.lr.multiplier 0.5
  runtimectl -q queue save_ckpt --kwargs '{"label":"manual"}' --wait
  runtimectl -q queue status --last 20

Exit codes: 0 queued, or applied with --wait; 1 rejected, failed, or not written; 2 invalid usage; 3 no answer in time.

Differences from runtimectl 0.1.0, which uses the same files:
  - a restarted trainer does not re-apply acked commands; a trainer that restores a checkpoint applies the
    commands that the checkpoint lacks, once, and acks nothing twice
  - a half-written line waits for the rest; an invalid command is rejected and never stops the training
  - flags may appear anywhere; numbers are written as typed; --wait, list, and hints for unknown paths are new
  - NaN and Infinity are treated as text, so that the file is always valid JSON
  - status skips acks that are not JSON; --last 0 shows no acks`
