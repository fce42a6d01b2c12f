/** The format of all error answers. */
export interface ErrorBody {
  readonly error: {
    readonly code: ErrorCode
    readonly message: string
    /** One entry per wrong field. */
    readonly issues?: readonly { readonly path: string; readonly message: string }[]
  }
}

export type ErrorCode =
  | 'bad_request'
  | 'unauthorized'
  | 'forbidden'
  | 'forbidden_author'
  | 'forbidden_host'
  | 'forbidden_origin'
  | 'forbidden_path'
  | 'not_found'
  | 'read_only'
  | 'too_large'
  | 'too_many'
  | 'unavailable'
  | 'frozen'
  | 'changed'
  | 'internal'
