import type { FieldReader } from './fields.ts'

/** How a run was started, as recorded by its launcher. Fields that it could not determine are null. */
export interface RunOrigin {
  /** The program and its arguments; secrets are masked, see {@link maskSecrets}. */
  readonly command: readonly string[] | null
  readonly cwd: string | null
  /** The name of the machine. */
  readonly host: string | null
  readonly git: GitState | null
  /** A few selected environment variables, such as `CUDA_VISIBLE_DEVICES`. */
  readonly env: Readonly<Record<string, string>>
}

/** The state of the working tree that contains the directory. */
export interface GitState {
  readonly commit: string
  /** Null if no branch is checked out. */
  readonly branch: string | null
  /** Whether tracked files differ from the commit. */
  readonly is_dirty: boolean
  /** The URL of `origin`, without user name and password. */
  readonly remote: string | null
}

/** Environment variables that show where a program ran and with which resources. They never contain a secret. */
export const ORIGIN_VARIABLES: readonly string[] = [
  'CUDA_VISIBLE_DEVICES',
  'ROCR_VISIBLE_DEVICES',
  'OMP_NUM_THREADS',
  'MKL_NUM_THREADS',
  'PYTHONHASHSEED',
  'CONDA_DEFAULT_ENV',
  'SLURM_JOB_ID',
  'SLURM_ARRAY_JOB_ID',
  'SLURM_ARRAY_TASK_ID',
  'WORLD_SIZE',
  'RANK',
  'LOCAL_RANK',
]

/** Reads the fields of an origin. */
export function readOriginFields(fields: FieldReader): RunOrigin {
  const env = fields.object('env', {})
  return {
    command: fields.texts('command', null),
    cwd: fields.text('cwd', null),
    host: fields.text('host', null),
    git: fields.nested('git', readGitFields, null),
    env: Object.fromEntries(
      Object.entries(env).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
    ),
  }
}

function readGitFields(fields: FieldReader): GitState {
  return {
    commit: fields.text('commit'),
    branch: fields.text('branch', null),
    is_dirty: fields.flag('is_dirty', false),
    remote: fields.text('remote', null),
  }
}
