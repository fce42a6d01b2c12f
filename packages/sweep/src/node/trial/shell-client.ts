/** The file `trial.sh`, with which a training run in a shell script reports to its sweep. It needs a POSIX shell and awk. */
export const SHELL_CLIENT: string = String.raw`# Lets a trial's training run report to its sweep.
#
#   . "$HYPERHERD_WORKSPACE/.hyperherd/clients/trial.sh"
#   log_result val_loss 0.25 100 || exit    # a value at step 100; 75 if the sweep has asked the trial to stop
#   log_result accuracy 0.97                # a final value
#   trial_signal                            # prints prune or pause, or nothing

log_result() {
  case "$1" in
    '' | /* | */ | *//* | .. | ../* | */.. | */../* | *[\\\"]*)
      echo "log_result: '$1' is not a result name; use a name such as loss or val/loss" >&2
      return 2 ;;
  esac
  if [ -z "$HYPERHERD_WORKSPACE" ] || [ ! -e "$HYPERHERD_WORKSPACE/.hyperherd/manifest.json" ]; then
    echo "log_result: this process is not a trial in a sweep, or the sweep directory is not visible here" >&2
    return 74
  fi
  [ "__{RANK:-__{SLURM_PROCID:-__{OMPI_COMM_WORLD_RANK:-0}}}" = 0 ] || return 0
  trial_value=$(trial_json "$2") || return 2
  trial_results="$HYPERHERD_WORKSPACE/.hyperherd/results"
  if [ -z "$3" ]; then
    trial_final "$trial_results/$HYPERHERD_TRIAL_ID.json" "$1" "$trial_value"
    return
  fi
  case "$3" in
    *[!0-9]*)
      echo "log_result: the step must be a whole number, got '$3'" >&2
      return 2 ;;
  esac
  trial_dir="$trial_results/$HYPERHERD_TRIAL_ID"
  trial_now=$(date +%s)
  mkdir -p "$(dirname "$trial_dir/stream/$1")" || return 74
  printf '{"step": %s, "value": %s, "ts": %s, "attempt": %s}\n' "$3" "$trial_value" "$trial_now" \
    "__{HYPERHERD_ATTEMPT:-1}" >> "$trial_dir/stream/$1.jsonl" || return 74
  # A hotcb kernel writes the metrics of its run itself.
  [ -e "$trial_dir/hotcb.applied.jsonl" ] || printf '{"step":%s,"epoch":null,"wall_time":%s,"metrics":{"%s":%s}}\n' \
    "$3" "$trial_now" "$1" "$trial_value" >> "$trial_dir/hotcb.metrics.jsonl" || return 74
  [ -z "$(trial_signal)" ] || return 75
}

trial_signal() {
  trial_word=$(cat "$HYPERHERD_WORKSPACE/.hyperherd/results/$HYPERHERD_TRIAL_ID/_signal" 2>/dev/null)
  case "$trial_word" in prune | pause) echo "$trial_word" ;; esac
}

# A number as JSON. A non-finite number, such as a nan loss, becomes null.
trial_json() {
  printf '%s\n' "$1" | awk '
    /^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?$/ {
      sub(/^\+/, ""); sub(/^\./, "0."); sub(/^-\./, "-0."); sub(/\.$/, ""); sub(/\.[eE]/, "e")
      while (match($0, /^-?0[0-9]/)) sub(/0/, "")
      print; found = 1; next
    }
    tolower($0) ~ /^[-+]?(nan|inf|infinity)$/ { print "null"; found = 1 }
    END { exit !found }' || {
    echo "log_result: '$1' is not a number" >&2
    return 2
  }
}

# The object has one line per name, as in every client.
trial_final() {
  mkdir -p "$(dirname "$1")" || return 74
  if [ -e "$1" ] && ! awk '/^[{}]$/ || /^  "/ && !/[[{]$/ { next } { bad = 1 } END { exit bad }' "$1"; then
    echo "log_result: '$1' contains more than numbers; log all final values from one program" >&2
    return 74
  fi
  {
    echo '{'
    [ ! -e "$1" ] || awk -v name="  \"$2\": " '/^  "/ && index($0, name) != 1 { sub(/,$/, ""); print $0 "," }' "$1"
    printf '  "%s": %s\n}\n' "$2" "$3"
  } > "$1.$$.tmp" && mv "$1.$$.tmp" "$1"
}
`.replaceAll('__{', '${')
