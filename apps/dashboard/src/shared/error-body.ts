/** The one envelope of every error. */
export interface ErrorBody {
  readonly error: {
    readonly code: ErrorCode
    readonly message: string
    /** One for each field that is wrong. */
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
