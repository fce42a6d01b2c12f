/**
 * The bash program that runs one attempt. It creates the attempt's mark before it starts anything, so that an attempt runs at most once,
 * whatever its drivers do. It forwards signals, waits until its process group is empty, and writes a mark with the launcher's exit code. If
 * SLURM restarts a task, the wrapper finds the task's own mark and continues. If HYPERHERD_REQUEUES is set, SLURM sends USR1 shortly before
 * the time limit: the wrapper then asks the trainer to save and exit, and requeues the task up to that many times. The wrapper's own exit
 * codes are: 74, the mark cannot be written; 75, another process is running this attempt; 76, the trial that this one continues did not
 * complete; 124, the time limit was reached.
 */
export const WRAPPER = `
early=
trap 'early=1' USR1
cd "$HYPERHERD_WORKSPACE" || exit 74
marks=".hyperherd/marks/$((HYPERHERD_TRIAL_ID / 1000))"
attempt="$HYPERHERD_TRIAL_ID-$HYPERHERD_ATTEMPT"
mkdir -p "$marks" || exit 74
restarts=0
if [ "$HYPERHERD_EXECUTOR" = slurm ]; then
  restarts=\${SLURM_RESTART_COUNT:-0}
  own="slurm:\${SLURM_ARRAY_JOB_ID:-$SLURM_JOB_ID}_$SLURM_ARRAY_TASK_ID:"
  ref="$own\${SLURMD_NODENAME//:/-}:$(date +%s)"
  run="job $SLURM_JOB_ID array-task $SLURM_ARRAY_TASK_ID attempt $HYPERHERD_ATTEMPT"
elif [ "$HYPERHERD_EXECUTOR" = gridengine ]; then
  own=
  ref="gridengine:\${JOB_ID}_$((SGE_TASK_ID - 1)):\${HOSTNAME//:/-}:$(date +%s)"
  run="job $JOB_ID array-task $SGE_TASK_ID attempt $HYPERHERD_ATTEMPT"
else
  start=
  if [ -n "$HYPERHERD_PLACE" ] && read -r stat 2>/dev/null < "/proc/$$/stat"; then
    stat=\${stat##*) }
    set -- $stat
    start="$HYPERHERD_PLACE/\${20}"
  fi
  own=
  ref="local:$HYPERHERD_HOST:$$:$start:$(date +%s):$HYPERHERD_GPUS"
  run="attempt $HYPERHERD_ATTEMPT process $$"
fi
if ! ln -s "$ref" "$marks/$attempt" 2>/dev/null; then
  have=$(readlink "$marks/$attempt") || { echo "hotcb: cannot write to $marks" >&2; exit 74; }
  if [ -z "$own" ] || [ "\${have#"$own"}" = "$have" ]; then
    echo "hotcb: attempt $HYPERHERD_ATTEMPT of trial $HYPERHERD_TRIAL_ID is $have" >&2
    exit 75
  fi
fi
divider="==== HyperHerd run: $run $(date -Iseconds) ===="
printf '\\n%s\\n\\n' "$divider"
printf '\\n%s\\n\\n' "$divider" >&2
launcher=$HYPERHERD_LAUNCHER
overrides=$HYPERHERD_OVERRIDES
mkdir -p "$HOTCB_RUN_DIR"
may_requeue=$HYPERHERD_REQUEUES
needs=$HYPERHERD_NEEDS
unset HYPERHERD_EXECUTOR HYPERHERD_PLACE HYPERHERD_HOST HYPERHERD_LAUNCHER HYPERHERD_OVERRIDES HYPERHERD_REQUEUES HYPERHERD_NEEDS
# The request to the last run of this task no longer applies.
[ "$restarts" = 0 ] || rm -f "$HOTCB_RUN_DIR/_signal"
signalled=
limit=
ask_to_end() {
  signalled=1
  kernel=
  [ -e "$HOTCB_RUN_DIR/hotcb.applied.jsonl" ] && kernel=1
  # The default action of USR1 would kill a trainer before it has read its request and saved.
  if [ -z "$may_requeue" ] || { [ -z "$kernel" ] && [ ! -d "$HOTCB_RUN_DIR/stream" ]; }; then
    [ -z "$may_requeue" ] || limit=signalled
    kill -USR1 "$child" 2>/dev/null
    return
  fi
  limit=asked
  if [ -n "$kernel" ]; then
    now=$(date +%s)
    id="limit-$SLURM_JOB_ID-$restarts"
    mkdir -p "$HOTCB_RUN_DIR/hotcb.commands.d"
    for one in '"checkpoint", "params": {"action": "save", "tag": "herd-'"$HYPERHERD_ATTEMPT"'"}' '"stop"'; do
      printf '{"module": "core", "op": %s, "cid": "%s", "source": "sweep", "ts": %s, "expires": {"ts": %s}}\\n' \\
        "$one" "$id-\${#one}" "$now" "$((now + 600))"
    done >> "$HOTCB_RUN_DIR/hotcb.commands.d/slurm-$SLURM_JOB_ID.jsonl"
  fi
  printf pause > "$HOTCB_RUN_DIR/_signal"
}
trap 'signalled=1; kill -TERM "$child" 2>/dev/null' TERM
trap ask_to_end USR1
if [ -n "$HOTCB_PARENT_RUN_DIR" ] && [ ! -d "$HOTCB_PARENT_RUN_DIR" ]; then
  echo "hotcb: the results of trial $HYPERHERD_PARENT_ID, which this one continues, no longer exist: $HOTCB_PARENT_RUN_DIR" >&2
  launcher=
fi
refused=74
cause=
# The latest end mark of the parent trial's latest attempt. A trial that was asked to stop has not completed.
if [ -n "$needs" ]; then
  newest=-1
  restart=-1
  done=
  for one in ".hyperherd/marks/$((needs / 1000))/$needs"-*; do
    name=\${one##*/$needs-}
    n=\${name%%.*}
    [ "$name" = "$n" ] && r=-1 || { r=\${name#*.}; r=\${r%%=*}; }
    [ "$n" -gt "$newest" ] 2>/dev/null || { [ "$n" = "$newest" ] && [ "$r" -gt "$restart" ]; } || continue
    newest=$n
    restart=$r
    done=\${name#"$n"}
    done=\${done#*=}
  done
  if [ "$done" != 0 ] || [ -e ".hyperherd/results/$needs/_signal" ]; then
    echo "hotcb: trial $needs, which this one continues, did not complete" >&2
    launcher=
    refused=76
    cause=:parent
  fi
fi
if [ -n "$launcher" ]; then bash "$launcher" "$overrides" & else (exit "$refused") & fi
child=$!
[ -z "$early" ] || ask_to_end
wait "$child"
code=$?
while kill -0 "$child" 2>/dev/null; do
  wait "$child"
  code=$?
done
group_is_busy() {
  for one in /proc/[0-9]*; do
    [ "\${one#/proc/}" = "$$" ] && continue
    read -r stat 2>/dev/null < "$one/stat" || continue
    stat=\${stat##*) }
    set -- $stat
    [ "$3" = "$$" ] && [ "$1" != Z ] && return 0
  done
  return 1
}
if [ -n "$signalled" ]; then
  while group_is_busy; do sleep 0.1; done
fi
ended=$(date +%s)$cause
if [ "$limit" = asked ] || { [ "$limit" = signalled ] && [ "$code" != 0 ]; }; then
  code=124
  ended="$ended:limit"
fi
end="$marks/$attempt.$restarts=$code"
tries=0
until ln -s "$ended" "$end" 2>/dev/null || [ -L "$end" ] || [ ! -d "$marks" ] || [ "$tries" -ge 60 ]; do
  [ "$tries" -gt 0 ] || echo "hotcb: cannot write to $marks; retrying for ten minutes" >&2
  tries=$((tries + 1))
  sleep 10
done
if [ -n "$limit" ] && [ "$code" = 124 ] && [ "$restarts" -lt "$may_requeue" ]; then
  scontrol requeue "\${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID" && sleep 60
fi
exit "$code"
`
