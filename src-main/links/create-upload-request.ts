import { randomUUID } from 'node:crypto'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import { keyTemplateProblem, keyTemplateReads } from '../../src-preload/contract/key-template.ts'
import type { Naming } from '../../src-preload/contract/naming.ts'
import type { SigningKey } from '../../src-preload/contract/presigned-url.ts'
import type { WantedSize } from '../../src-preload/contract/upload-size.ts'
import type { UploadRequest } from '../../src-preload/contract/upload-request.ts'
import { uploadNames } from '../destinations/upload-name.ts'
import { conditionalWriteSupport, overwriteGuard } from '../s3/conditional-write.ts'
import { contentTypeFor } from '../s3/content-type.ts'
import { headObject } from '../s3/head-object.ts'
import { keyProblem } from '../s3/object-key.ts'
import { presignPutObject } from '../s3/presign.ts'
import type { S3Session } from '../s3/s3-session.ts'
import { signatureAgeOf } from './signature-age.ts'
import { signingKeyOf } from './signing-key.ts'

/** What is asked for. */
export interface UploadRequestOptions {
  readonly bucket: string
  readonly prefix: string
  /** Below the prefix; with `naming` a file's name that goes into the template. */
  readonly name: string
  /** How the key is made of the name; without it the name follows the prefix as it stands. */
  readonly naming?: Naming | undefined
  /** A media type or a file's ending; null: by the ending of the key. */
  readonly type: string | null
  /** Whether an object that is at the key, also one that comes there meanwhile, is to stay. */
  readonly mustNotReplace: boolean
  /** What is asked of the sender; an exact size is signed. */
  readonly size?: WantedSize | null | undefined
  readonly expiresInSeconds: number
}

/**
 * Makes a link to upload one object with, signed for its type and, on request, for its exact size and against replacing anything. Throws
 * Failures: `invalid-argument` for a name or type that cannot be, `already-exists` and `not-supported` when nothing is to
 * be replaced and the key is taken, or the service is known to replace all the same.
 */
export async function createUploadRequest(
  session: S3Session,
  options: UploadRequestOptions,
): Promise<Omit<UploadRequest, 'recordId'> & { readonly signingKey: SigningKey }> {
  const { bucket, mustNotReplace, size = null } = options
  const key = keyOf(options)
  const contentType = contentTypeOf(options.type, key)
  const exists = await isThere(session, bucket, key)
  if (mustNotReplace) {
    if (exists === 'yes')
      throw failure('already-exists', 'There is an object of this name already, which is to stay.', { key })
    if (conditionalWriteSupport(session, bucket) === 'ignored')
      throw failure(
        'not-supported',
        'This service replaces objects also when it is told not to. Ask for a name that nobody has, or allow to replace.',
        { key },
      )
  }
  const mostSeconds = await signatureAgeOf(session, { bucket, key }, 'PutObject')
  const isShorter = mostSeconds !== null && mostSeconds < options.expiresInSeconds
  const signed = await presignPutObject(session, {
    bucket,
    key,
    expiresInSeconds: isShorter ? mostSeconds : options.expiresInSeconds,
    contentType,
    contentLength: size?.kind === 'exactly' ? size.bytes : undefined,
    mustNotReplace,
  })
  return {
    url: signed.url,
    key,
    headers: signed.headers.map(([name, value]) => ({ name, value })),
    size,
    endsAt: signed.expiresAt.toISOString(),
    limitedBy: signed.limitedBy ?? (isShorter ? 'policy' : null),
    insecure: signed.url.startsWith('http:'),
    signingKey: signingKeyOf(signed.signer),
    exists,
    overwriteGuard: mustNotReplace ? overwriteGuard(session, bucket) : null,
  }
}

function keyOf({ prefix, name, naming }: UploadRequestOptions): string {
  if (name.endsWith('/') || name === '')
    throw failure('invalid-argument', 'Give the file a name: a link takes one file, not a folder.')
  const named = naming === undefined ? { key: prefix + name, problem: null } : madeKey(prefix, name, naming)
  const problem = named.problem ?? keyProblem(named.key)
  if (problem !== null) throw failure('invalid-argument', problem, { key: named.key })
  return named.key
}

function madeKey(prefix: string, name: string, naming: Naming): { key: string; problem: string | null } {
  const { template } = naming
  const problem = template === null ? null : keyTemplateProblem(template)
  if (problem !== null) throw failure('invalid-argument', problem)
  if (template !== null && keyTemplateReads(template))
    throw failure(
      'invalid-argument',
      'The names here have {hash8} in them, which is made of the bytes that are yet to come. Give the whole key.',
    )
  const facts = { at: new Date(), uuid: randomUUID(), hash8: '' }
  return uploadNames(prefix, [{ name, facts }], naming)[0]!
}

function contentTypeOf(type: string | null, key: string): string {
  if (type === null) return contentTypeFor(key)
  if (type.includes('/')) return type
  const ending = type.replace(/^\./, '').toLowerCase()
  const found = contentTypeFor(`file.${ending}`)
  if (found === 'application/octet-stream' && ending !== 'bin')
    throw failure(
      'invalid-argument',
      `No type is known for files ending in .${ending}. Write it, as image/jpeg.`,
    )
  return found
}

async function isThere(session: S3Session, bucket: string, key: string): Promise<UploadRequest['exists']> {
  try {
    return (await headObject(session, { bucket, key })) === null ? 'no' : 'yes'
  } catch (error) {
    if (error instanceof Failure && error.error.code === 'access-denied') return 'unknown'
    throw error
  }
}
