/** A value, or a one-line reason why there is none. */
export type Outcome<Given> =
  | { readonly ok: true; readonly value: Given }
  | { readonly ok: false; readonly message: string }
