/** Version of this package, for the state document. */
export const VERSION = '0.1.0'
