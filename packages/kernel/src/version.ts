/** Version of this package, as the state document tells it. */
export const VERSION = '0.1.0'
