/**
 * The bash program that runs one attempt. It takes the mark of the attempt before it starts anything, so that an attempt
 * runs at most once whatever its drivers do; it passes signals on, stays until its process group is empty, and leaves a mark
 * with the exit code of the launcher. A task that SLURM started again finds its own mark, and goes on. Exit codes of its own:
 * 74, the mark cannot be written; 75, somebody else runs this.
 */
export const WRAPPER = `
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
unset HYPERHERD_EXECUTOR HYPERHERD_PLACE HYPERHERD_HOST HYPERHERD_LAUNCHER HYPERHERD_OVERRIDES
signalled=
trap 'signalled=1; kill -TERM "$child" 2>/dev/null' TERM
trap 'signalled=1; kill -USR1 "$child" 2>/dev/null' USR1
bash "$launcher" "$overrides" &
child=$!
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
end="$marks/$attempt.$restarts=$code"
tries=0
until ln -s "$(date +%s)" "$end" 2>/dev/null || [ -L "$end" ] || [ ! -d "$marks" ] || [ "$tries" -ge 60 ]; do
  [ "$tries" -gt 0 ] || echo "hotcb: cannot write to $marks; tries again for ten minutes" >&2
  tries=$((tries + 1))
  sleep 10
done
exit "$code"
`
