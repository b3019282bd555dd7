import type { ErrorCode } from '../../src-preload/contract/error-codes.ts'

/** What an answer means to the application and to a person. */
export interface Meaning {
  readonly code: ErrorCode
  readonly message: string
  readonly retryable?: boolean
}

/** What S3's own codes mean to a person. Source: "Error responses" of the S3 API reference, and what peers answer. */
export const meanings: Readonly<Record<string, Meaning>> = {
  InvalidAccessKeyId: {
    code: 'unknown-access-key',
    message:
      'The service does not know this access key ID. Check it for a typing error, or whether it was deleted.',
  },
  SignatureDoesNotMatch: {
    code: 'signature-mismatch',
    message: 'The secret access key does not belong to this access key ID. Enter the secret again.',
  },
  ExpiredToken: { code: 'expired-token', message: 'These temporary credentials have ended. Sign in again.' },
  InvalidToken: {
    code: 'expired-token',
    message: 'The service does not accept this session token. Sign in again.',
  },
  TokenRefreshRequired: {
    code: 'expired-token',
    message: 'These temporary credentials have ended. Sign in again.',
  },
  RequestTimeTooSkewed: {
    code: 'clock-skew',
    message:
      'This computer’s clock differs from the service’s by more than 15 minutes. Set the clock and try again.',
  },
  RequestExpired: {
    code: 'clock-skew',
    message: 'The request arrived too late for its signature. Check this computer’s clock.',
  },
  AccessDenied: { code: 'access-denied', message: 'The service refused: this key may not do that here.' },
  AllAccessDisabled: { code: 'access-denied', message: 'The service has disabled all access to this.' },
  UnauthorizedAccess: {
    code: 'access-denied',
    message: 'The service refused: this key may not do that here.',
  },
  AccountProblem: {
    code: 'access-denied',
    message: 'The service reports a problem with the account. Ask its support.',
  },
  NotSignedUp: { code: 'access-denied', message: 'The account is not signed up for this service.' },
  InvalidObjectState: {
    code: 'not-allowed',
    message: 'The object is archived. It has to be restored before it can be read.',
  },
  NoSuchBucket: { code: 'no-such-bucket', message: 'There is no such bucket here.' },
  NoSuchKey: { code: 'no-such-key', message: 'The object does not exist (any more).' },
  NoSuchVersion: { code: 'no-such-key', message: 'This version of the object does not exist (any more).' },
  NoSuchUpload: { code: 'no-such-upload', message: 'The service has forgotten this unfinished upload.' },
  BucketAlreadyExists: {
    code: 'bucket-exists',
    message: 'This name is taken by another account. Bucket names are shared by everybody; choose another.',
  },
  BucketAlreadyOwnedByYou: {
    code: 'bucket-owned-by-you',
    message: 'You have a bucket of this name already.',
  },
  BucketNotEmpty: {
    code: 'bucket-not-empty',
    message: 'The bucket is not empty. Delete what is in it first.',
  },
  InvalidBucketName: {
    code: 'invalid-bucket-name',
    message: 'The service does not accept this bucket name.',
  },
  PreconditionFailed: { code: 'precondition-failed', message: 'The object is not as it was expected to be.' },
  ConditionalRequestConflict: {
    code: 'precondition-failed',
    message: 'Somebody else wrote to the same key at the same moment.',
    retryable: true,
  },
  OperationAborted: {
    code: 'server-error',
    message: 'Another operation on this bucket is under way. Try again in a minute.',
    retryable: true,
  },
  AccessControlListNotSupported: {
    code: 'acls-disabled',
    message:
      'This bucket has ACLs disabled, so single objects cannot be made public or private: its policy alone decides who can read.',
  },
  InvalidBucketAclWithObjectOwnership: {
    code: 'acls-disabled',
    message: 'The bucket’s own ACL is public, so ACLs cannot be disabled.',
  },
  NotImplemented: { code: 'not-supported', message: 'The service does not offer this.' },
  XNotImplemented: { code: 'not-supported', message: 'The service does not offer this.' },
  MethodNotAllowed: { code: 'not-supported', message: 'The service does not allow this here.' },
  UnsupportedOperation: { code: 'not-supported', message: 'The service does not offer this.' },
  PermanentRedirect: {
    code: 'wrong-region',
    message: 'The bucket is in another region than the one that was asked.',
  },
  TemporaryRedirect: {
    code: 'wrong-region',
    message: 'The bucket is in another region than the one that was asked.',
  },
  Redirect: { code: 'wrong-region', message: 'The bucket is in another region than the one that was asked.' },
  IllegalLocationConstraintException: {
    code: 'wrong-region',
    message: 'The service does not make buckets in this region. Check the profile’s region.',
  },
  InvalidLocationConstraint: {
    code: 'wrong-region',
    message: 'The service does not know this region. Check the profile’s region.',
  },
  AuthorizationHeaderMalformed: {
    code: 'wrong-region',
    message: 'The service expects another region in the signature. Check the profile’s region.',
  },
  SlowDown: {
    code: 'slow-down',
    message: 'The service asks for fewer requests. Try again in a moment.',
    retryable: true,
  },
  Throttling: {
    code: 'slow-down',
    message: 'The service asks for fewer requests. Try again in a moment.',
    retryable: true,
  },
  ThrottlingException: {
    code: 'slow-down',
    message: 'The service asks for fewer requests. Try again in a moment.',
    retryable: true,
  },
  TooManyRequests: {
    code: 'slow-down',
    message: 'The service asks for fewer requests. Try again in a moment.',
    retryable: true,
  },
  ServiceUnavailable: {
    code: 'slow-down',
    message: 'The service is busy. Try again in a moment.',
    retryable: true,
  },
  InternalError: {
    code: 'server-error',
    message: 'The service had an error of its own. Try again.',
    retryable: true,
  },
  BadDigest: {
    code: 'integrity',
    message: 'The bytes were changed on the way; the service kept nothing.',
    retryable: true,
  },
  InvalidDigest: { code: 'integrity', message: 'The service did not accept the checksum that was sent.' },
  XAmzContentSHA256Mismatch: {
    code: 'integrity',
    message: 'The bytes were changed on the way; the service kept nothing.',
    retryable: true,
  },
  XAmzContentChecksumMismatch: {
    code: 'integrity',
    message: 'The bytes were changed on the way; the service kept nothing.',
    retryable: true,
  },
  IncompleteBody: {
    code: 'integrity',
    message: 'The service received fewer bytes than announced.',
    retryable: true,
  },
  RequestTimeout: {
    code: 'timeout',
    message: 'The service waited too long for the rest of the request.',
    retryable: true,
  },
  KeyTooLongError: {
    code: 'invalid-argument',
    message: 'The key is longer than the 1,024 bytes that S3 allows.',
  },
  EntityTooLarge: {
    code: 'invalid-argument',
    message: 'The service does not take an object or part of this size.',
  },
  EntityTooSmall: { code: 'invalid-argument', message: 'A part other than the last is smaller than 5 MiB.' },
  MetadataTooLarge: {
    code: 'invalid-argument',
    message: 'The object’s metadata is larger than the 2 KB that S3 allows.',
  },
  TooManyBuckets: { code: 'too-many', message: 'The account has as many buckets as it may have.' },
  QuotaExceeded: { code: 'too-many', message: 'The account’s quota is used up.' },
  CredentialsProviderError: { code: 'no-credentials', message: 'There are no usable keys for this profile.' },
}
