/** Returns the number that sbatch printed: the last line that is `N`, `N;cluster` or `Submitted batch job N`. */
export function readJobNumber(stdout: string): string | undefined {
  const numbers = stdout.split('\n').flatMap((line) => {
    const [, job] = /^(?:Submitted batch job )?(\d+)(?:;\S*| on cluster \S+)?$/.exec(line.trim()) ?? []
    return job === undefined ? [] : [job]
  })
  return numbers.at(-1)
}

// The sbatch messages that prove that nothing was submitted.
const REFUSALS = [
  /invalid partition/i,
  /Memory specification can not be satisfied/,
  /Requested node configuration is not available/,
  /Invalid job array specification/,
  /Invalid generic resource/,
  /Invalid feature specification/,
  /Invalid (account|qos|--\w)/i,
  /unrecognized option/,
  /Unable to open file/,
  /does not look like a batch script/,
  /Job violates accounting\/QOS policy/,
  /Access\/permission denied/,
  /User's group not permitted to use this partition/,
  /(Node count|Requested time limit|CPU count).*(invalid|specification)/i,
]

/** Returns why sbatch refused; null if it may have submitted the job after all. */
export function readRefusal(code: number | null, stderr: string): string | null {
  const text = stderr
    .split('\n')
    .map((line) => line.replace(/^sbatch: (error: )?/, '').trim())
    .filter((line) => line !== '')
    .join('; ')
  const isKnown = code === 255 || REFUSALS.some((one) => one.test(stderr))
  return isKnown ? text || `sbatch exited with code ${code}` : null
}

/** Whether a refusal is about the number of jobs: a smaller submission may fit now, or the same one later. */
export function isFullRefusal(why: string): boolean {
  return /MaxSubmitJob|job submit limit|MaxJobCount|max_submit/i.test(why)
}
