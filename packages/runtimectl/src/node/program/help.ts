/** The help page. */
export const HELP = `Ask a running training run for something: append a command to its queue.

Usage  runtimectl -q DIR PATH [ARGS...] [--kwargs JSON] [--wait [SECONDS]]
       runtimectl -q DIR status [--last N]
       runtimectl -q DIR list

  PATH            a control that the trainer registered
  ARGS            its arguments: JSON, or else text
  -q, --queue-dir DIR  the directory of the queue
  --kwargs JSON   arguments by name: one JSON object
  --wait [SECONDS]  wait for the ack (10 s where nothing is said) and print it
  --last N        so many acks (10)
  --              what follows are no flags and no words of runtimectl
  -h, --help      this page
  -V, --version   the version

  runtimectl -q queue optimizer.lr.multiplier 0.5
  runtimectl -q queue save_ckpt --kwargs '{"label":"manual"}' --wait
  runtimectl -q queue status --last 20

Exit codes: 0 queued, or applied with --wait; 1 rejected, failed, or not written; 2 wrong use; 3 no answer in time.

Other than runtimectl 0.1.0, whose files these are:
  - a trainer that starts again does not apply again what is acked; one that restores a checkpoint applies what that
    lacks, once, and acks nothing twice
  - a line that is written by half waits for its rest; what is no command is rejected, and never ends the training
  - flags may stand anywhere; numbers are written as they were typed; --wait, list, and a hint for an unknown path
  - NaN and Infinity as arguments are text: what is written is valid JSON
  - status passes over acks that are no JSON; --last 0 shows none`
