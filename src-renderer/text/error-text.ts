import type { AppError } from '../../src-preload/contract/app-error.ts'
import type { ErrorCode } from '../../src-preload/contract/error-codes.ts'

/** What to tell a person about one kind of error: what happened, what it means, what to do next. */
export interface ErrorText {
  readonly happened: string
  readonly means: string
  readonly next: string
}

const texts: { readonly [Code in ErrorCode]: ErrorText } = {
  'invalid-argument': {
    happened: 'Something in this request is not valid.',
    means: 'Nothing was changed.',
    next: 'Check what was typed and try again.',
  },
  'not-allowed': {
    happened: 'Pail does not allow this.',
    means: 'The request was refused before anything was sent.',
    next: 'Start again from the window, without reloading it half-way.',
  },
  'not-found': {
    happened: 'This is not there any more.',
    means: 'It was removed or renamed since the window last looked.',
    next: 'Refresh and choose again.',
  },
  'too-many': {
    happened: 'This is more than can be done at once.',
    means: 'Nothing was changed.',
    next: 'Do it in smaller portions.',
  },
  cancelled: {
    happened: 'Cancelled.',
    means: 'What had been finished before stays as it is.',
    next: 'Start it again whenever you like.',
  },
  'safety-refused': {
    happened: 'Refused, to keep your files safe.',
    means: 'It would have removed or exposed more than Pail does without being told to.',
    next: 'Read the reason, then change the settings that lead to it.',
  },
  unreachable: {
    happened: 'The server cannot be reached.',
    means: 'The connection was refused or lost on the way.',
    next: 'Check the network and the endpoint of this profile, then try again.',
  },
  dns: {
    happened: 'The server’s name was not found.',
    means: 'The endpoint is misspelt, or this computer is offline.',
    next: 'Check the endpoint of this profile and the network.',
  },
  timeout: {
    happened: 'The server took too long to answer.',
    means: 'It is slow or overloaded, or the network is.',
    next: 'Try again in a moment.',
  },
  proxy: {
    happened: 'The proxy on the way to the server did not let this through.',
    means: 'It is not there, wants a user name and password, or does not allow the connection.',
    next: 'Check the proxy of this profile, under Advanced, or that of the system.',
  },
  tls: {
    happened: 'The secure connection could not be made.',
    means: 'The server’s certificate does not match its name, has expired or is not trusted here.',
    next: 'Check the endpoint. Buckets with dots in their names need path-style addressing; the certificate of a private authority goes into the profile, under Advanced.',
  },
  'endpoint-refused': {
    happened: 'Pail does not connect to this endpoint.',
    means: 'It is a link-local, unspecified or otherwise unsafe address, or not a plain https address.',
    next: 'Type the endpoint as the provider documents it: https and a host name, nothing after it.',
  },
  'insecure-endpoint': {
    happened: 'This endpoint is not encrypted.',
    means: 'Over http anybody on the way can read files and links.',
    next: 'Use https, or open the profile and confirm the host name.',
  },
  'no-credentials': {
    happened: 'This profile has no keys.',
    means: 'Without an access key and its secret, the server answers nothing.',
    next: 'Open the profile and enter them.',
  },
  'unknown-access-key': {
    happened: 'The server does not know this access key.',
    means: 'It is misspelt, was deleted, or belongs to another provider.',
    next: 'Open the profile and enter the keys again.',
  },
  'signature-mismatch': {
    happened: 'The secret key is not right.',
    means: 'The server knows the access key, but the secret does not belong to it.',
    next: 'Open the profile and enter the secret again; take care with spaces at its ends.',
  },
  'expired-token': {
    happened: 'These temporary credentials have expired.',
    means: 'They worked until now and cannot be renewed by Pail.',
    next: 'Sign in again where they came from, then try again.',
  },
  'clock-skew': {
    happened: 'This computer’s clock is too far off.',
    means: 'Signatures carry the time; the server accepts a difference of 15 minutes.',
    next: 'Set the clock, best to automatic, and try again.',
  },
  'command-not-allowed': {
    happened: 'This would run a program on your computer.',
    means: 'Pail runs no command, of ~/.aws or of a destination, that you have not allowed exactly as it is.',
    next: 'Read the command, and allow it if you trust it.',
  },
  'command-failed': {
    happened: 'The command before the sync failed.',
    means: 'Nothing was synced.',
    next: 'Read what it wrote, correct the cause and sync again.',
  },
  'keychain-locked': {
    happened: 'The keychain is locked.',
    means: 'The secret is safe in there, and Pail cannot read it now.',
    next: 'Unlock the keychain, then try again.',
  },
  'keychain-unavailable': {
    happened: 'There is no keychain on this computer.',
    means: 'Pail stores secrets only in the keychain of the operating system.',
    next: 'Install one (GNOME Keyring or KWallet), or keep the secret for this session only.',
  },
  'keychain-timeout': {
    happened: 'The keychain does not answer.',
    means: 'It may be waiting behind another window for a password.',
    next: 'Look for its question and answer it, or keep the secret for this session only.',
  },
  'access-denied': {
    happened: 'Access denied.',
    means: 'The keys are right, but they may not do this here.',
    next: 'Ask whoever manages the account for this permission, or use another profile.',
  },
  'no-such-bucket': {
    happened: 'There is no bucket of this name.',
    means: 'It was deleted, or it lives with another provider or account.',
    next: 'Check the name and the profile.',
  },
  'no-such-key': {
    happened: 'This object does not exist.',
    means: 'It was deleted or renamed since the list was made.',
    next: 'Refresh the list.',
  },
  'no-such-upload': {
    happened: 'The server has forgotten this upload.',
    means: 'Its parts were cleaned up or it was finished elsewhere.',
    next: 'Retry: the file is sent again from the beginning.',
  },
  'bucket-exists': {
    happened: 'This name is taken.',
    means: 'Bucket names are unique among all accounts of a provider.',
    next: 'Choose another name, for example with your organisation in it.',
  },
  'bucket-owned-by-you': {
    happened: 'You have a bucket of this name already.',
    means: 'Nothing was created or changed.',
    next: 'Choose it in the list, or choose another name.',
  },
  'bucket-not-empty': {
    happened: 'The bucket is not empty.',
    means: 'Only an empty bucket can be deleted; older versions and unfinished uploads count too.',
    next: 'Delete what is in it first.',
  },
  'invalid-bucket-name': {
    happened: 'The server does not accept this bucket name.',
    means: 'Nothing was created.',
    next: 'Use 3 to 63 small letters, digits and hyphens.',
  },
  'already-exists': {
    happened: 'There is something of this name already.',
    means: 'Nothing was overwritten.',
    next: 'Choose another name, or delete the other one first.',
  },
  'precondition-failed': {
    happened: 'The object has changed meanwhile.',
    means: 'Somebody else wrote to it, so Pail left it alone.',
    next: 'Refresh, look at it and decide again.',
  },
  'acls-disabled': {
    happened: 'This bucket does not use per-object permissions.',
    means:
      'Its ACLs are disabled, as in every new bucket on AWS, or its service ignores them, so a single object cannot be made public or private.',
    next: 'Use a bucket made for per-object access, or publish a prefix with a bucket policy.',
  },
  'public-access-blocked': {
    happened: 'This bucket blocks public access.',
    means:
      'Block Public Access is on for the bucket or the account: for public ACLs, public policies or both.',
    next: 'Share an expiring link, or make the folder public if only ACLs are blocked. Otherwise the block has to be lifted.',
  },
  'not-supported': {
    happened: 'This provider cannot do that.',
    means: 'The server answered that it does not implement the request.',
    next: 'Look at the hint in the profile: providers differ here.',
  },
  'wrong-region': {
    happened: 'The bucket is in another region.',
    means: 'Signatures carry the region, so the request was refused.',
    next: 'Open the profile and set the region of this bucket.',
  },
  'slow-down': {
    happened: 'The server asks to slow down.',
    means: 'Too many requests arrived in a short time.',
    next: 'Wait a moment and retry; what was finished stays.',
  },
  'server-error': {
    happened: 'The server failed.',
    means: 'The fault is on its side and is usually short.',
    next: 'Try again in a moment.',
  },
  integrity: {
    happened: 'What arrived is not what was sent.',
    means: 'A checksum or a size differs, so Pail did not keep the result.',
    next: 'Retry. If it happens again, the network or the server damages data.',
  },
  'local-file': {
    happened: 'A file on this computer cannot be used.',
    means: 'It cannot be read or written, for want of permission or because it is in use.',
    next: 'Check its permissions and try again.',
  },
  'local-changed': {
    happened: 'The file changed while it was being sent.',
    means: 'What would have arrived is neither the old nor the new file, so it was not kept.',
    next: 'Wait until the other program has finished writing, then retry.',
  },
  'local-missing': {
    happened: 'The file or folder is not there any more.',
    means: 'It was moved, renamed or deleted, or its disk is not connected.',
    next: 'Choose it again.',
  },
  'metadata-stays': {
    happened: 'The location and other metadata of this file cannot be removed.',
    means: 'The destination has them removed before anyone can read a picture, so it was not sent.',
    next: 'Upload it as private, or as a JPEG or PNG, or have the destination keep metadata.',
  },
  'picture-not-fetched': {
    happened: 'The picture was not fetched.',
    means: 'Its address was dropped here and not its bytes, and Pail did not get them.',
    next: 'Copy the picture itself in the browser and paste it here, or save it and drop the file.',
  },
  'disk-full': {
    happened: 'The disk is full.',
    means: 'There is no room for what is being written.',
    next: 'Make room, then retry.',
  },
  'settings-corrupt': {
    happened: 'The settings could not be read.',
    means: 'The damaged file was set aside, not overwritten.',
    next: 'Set up the profile again, or repair the file that was set aside.',
  },
  bug: {
    happened: 'Something went wrong inside Pail.',
    means: 'This is our mistake, not yours.',
    next: 'Try again. If it stays, copy the details and report them.',
  },
}

/** The sentences for an error code. */
export function errorText(code: ErrorCode): ErrorText {
  return texts[code]
}

/** What went wrong with one of many, in one line. */
export function failureText({ code, message, s3Code }: AppError): string {
  return `${errorText(code).happened} ${message}${s3Code === undefined ? '' : ` (${s3Code})`}`
}

/** The lines that "Copy details" puts on the clipboard; an {@link AppError} holds no secret by construction. */
export function errorDetails(error: AppError, version: string): string {
  const lines = [
    `Pail ${version}`,
    `code: ${error.code}`,
    `message: ${error.message}`,
    ...(error.s3Code === undefined ? [] : [`S3 code: ${error.s3Code}`]),
    ...(error.key === undefined ? [] : [`key: ${error.key}`]),
  ]
  return lines.join('\n')
}
