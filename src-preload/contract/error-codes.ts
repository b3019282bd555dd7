/**
 * The closed list of what can go wrong, as far as the interface distinguishes it. Code branches on these and never
 * on a message. Free of zod, so that the renderer can import it at run time.
 */
export const errorCodes = [
  // the request
  'invalid-argument',
  'not-allowed',
  'not-found',
  'too-many',
  'cancelled',
  'safety-refused',
  // the network
  'unreachable',
  'dns',
  'timeout',
  'tls',
  'endpoint-refused',
  'insecure-endpoint',
  'proxy',
  // credentials
  'no-credentials',
  'unknown-access-key',
  'signature-mismatch',
  'expired-token',
  'clock-skew',
  'command-not-allowed',
  'keychain-locked',
  'keychain-unavailable',
  'keychain-timeout',
  // S3
  'access-denied',
  'no-such-bucket',
  'no-such-key',
  'no-such-upload',
  'bucket-exists',
  'bucket-owned-by-you',
  'bucket-not-empty',
  'invalid-bucket-name',
  'already-exists',
  'precondition-failed',
  'acls-disabled',
  'public-access-blocked',
  'not-supported',
  'wrong-region',
  'slow-down',
  'server-error',
  'integrity',
  // this computer
  'local-file',
  'local-changed',
  'local-missing',
  'metadata-stays',
  'picture-not-fetched',
  'disk-full',
  'settings-corrupt',
  'command-failed',
  // us
  'bug',
] as const

/** One way in which a call can fail. */
export type ErrorCode = (typeof errorCodes)[number]

/** What is wrong with the way to the service or with the keys: every other request would meet it as well. */
export const connectionErrorCodes = [
  'unreachable',
  'dns',
  'tls',
  'endpoint-refused',
  'insecure-endpoint',
  'proxy',
  'no-credentials',
  'unknown-access-key',
  'signature-mismatch',
  'expired-token',
  'clock-skew',
  'command-not-allowed',
  'keychain-locked',
  'keychain-unavailable',
  'keychain-timeout',
] as const satisfies readonly ErrorCode[]
