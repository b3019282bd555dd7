import type { OnConflict } from '../../src-preload/contract/destination.ts'
import { Failure, failure } from '../../src-preload/contract/failure.ts'
import type { StripMetadata } from '../../src-preload/contract/picture.ts'
import type { WantedVisibility } from '../../src-preload/contract/visibility.ts'
import { djangoAlternativeName } from '../destinations/django-names.ts'
import { overwriteGuard } from '../s3/conditional-write.ts'
import { contentEncodingFor, contentTypeFor } from '../s3/content-type.ts'
import type { HeadedObject } from '../s3/head-object.ts'
import { headObject } from '../s3/head-object.ts'
import type { ObjectHeaders } from '../s3/object-headers.ts'
import { keyProblem, maxKeyBytes } from '../s3/object-key.ts'
import type { S3Session } from '../s3/s3-session.ts'
import type { UploadCheckpoint } from '../s3/upload-checkpoint.ts'
import { uploadFile } from '../s3/upload-file.ts'
import { hasSameBytes } from './same-bytes.ts'
import type { SelectedFile } from './selection-store.ts'
import type { TransferSizes } from './transfer-sizes.ts'
import type { FileToSend } from './without-metadata.ts'
import { withoutMetadata } from './without-metadata.ts'

/** One file to upload, and what was decided about it. */
export interface UploadRequest {
  readonly bucket: string
  /** The key that was asked for; other names are made from it. */
  readonly wantedKey: string
  /** The key that was tried last; at first the wanted one, unless that is another file's. */
  readonly key: string
  readonly file: SelectedFile
  readonly visibility: WantedVisibility
  readonly onConflict: OnConflict
  /** Whether an object at the wanted key with the file's very bytes stands for the upload. */
  readonly reuseIdentical?: boolean
  /** Whether metadata of a picture are removed, unless the upload is private; null or absent: they stay. */
  readonly stripMetadata?: StripMetadata | null
  /** Why the file has no key: its upload fails with these words. */
  readonly nameProblem?: string | null
  readonly cacheControl: string | null
  /** Those that are to be other than usual; an empty one is not sent. */
  readonly headers?: ObjectHeaders
  /** When an earlier attempt began whose end is not known, in milliseconds since 1970; null for the first attempt. */
  readonly triedSince: number | null
  readonly sizes?: TransferSizes
  readonly signal: AbortSignal
  /** Nothing is stored under a key before it returns. */
  readonly onKey: (key: string) => void | Promise<void>
  readonly onProgress: (movedBytes: number) => void
  /** Told when less than the file is sent. */
  readonly onSize?: (sizeBytes: number) => void
  /** Where is kept how far it has come. */
  readonly checkpoint?: UploadCheckpoint
}

/** How an upload ended, if it did not fail. */
export interface UploadEnd {
  readonly state: 'done' | 'skipped'
  readonly note: string | null
  /** Whether metadata of a picture were removed from what was stored. */
  readonly isStripped: boolean
  /** Whether nothing was sent, because the very same bytes were there. */
  readonly isReused: boolean
}

/** With 62^7 names to choose from, more than a few collisions mean that something else is wrong. */
const otherNames = 20

/**
 * Uploads one file by its conflict rule; with `keep-both` under the first free name that Django would give it, tried
 * atomically. A public file is sent with its ACL, or where ACLs are refused, without one if the bucket's policy lets
 * everybody read it anyway; else not at all: there is no falling back to private. Throws Failures.
 */
export async function uploadOne(session: S3Session, asked: UploadRequest): Promise<UploadEnd> {
  const problem = asked.nameProblem ?? keyProblem(asked.wantedKey)
  if (problem !== null) throw failure('invalid-argument', problem, { key: asked.wantedKey })
  const { file, isStripped, note: stripNote } = await fileToSend(asked)
  const request = { ...asked, file }
  if (isStripped) request.onSize?.(file.sizeBytes)
  const stored = (key: string): UploadEnd => {
    const notes = [...notesOf(session, request, key), ...(stripNote === null ? [] : [stripNote])]
    return { state: 'done', note: notes.length === 0 ? null : notes.join(' '), isStripped, isReused: false }
  }
  let { key } = request
  if (request.reuseIdentical === true && (await isThereAlready(session, request))) return reused(request)
  for (let tried = 0; ; tried++) {
    await request.onKey(key)
    try {
      await send(session, request, key)
      return stored(key)
    } catch (error) {
      if (!(error instanceof Failure) || error.error.code !== 'already-exists')
        throw explained(error, request, session)
      if (tried === 0 && (await wasStored(session, request, key))) return stored(key)
      // Somebody may have sent the same file meanwhile.
      if (tried === 0 && request.reuseIdentical === true && (await isThereAlready(session, request)))
        return reused(request)
      if (request.onConflict === 'skip')
        return {
          state: 'skipped',
          note: 'It is there already and was left alone.',
          isStripped: false,
          isReused: false,
        }
      if (request.onConflict !== 'keep-both' || tried >= otherNames) throw error
      key = alternativeKey(request.wantedKey)
    }
  }
}

/** The file as it is, unless everybody will be able to read it and its metadata are to go. */
async function fileToSend({ file, visibility, stripMetadata = null }: UploadRequest): Promise<FileToSend> {
  return visibility === 'public' && stripMetadata !== null
    ? withoutMetadata(file, stripMetadata)
    : { file, isStripped: false, note: null }
}

/** What is worth saying about a stored file: another name, and a guarantee that is weaker than it should be. */
function notesOf(session: S3Session, request: UploadRequest, stored: string): string[] {
  const notes: string[] = []
  if (stored !== request.wantedKey) notes.push(`Kept beside the file of the same name, as “${stored}”.`)
  if (request.onConflict !== 'overwrite' && overwriteGuard(session, request.bucket) === 'checked-first')
    notes.push(
      'The name was free when it was looked up, but at this service two uploads of one name at the same moment may replace each other.',
    )
  return notes
}

async function reused(request: UploadRequest): Promise<UploadEnd> {
  await request.onKey(request.wantedKey)
  return {
    state: 'done',
    note: 'The very same file is there already, so nothing was sent. Who can read it was not changed.',
    isStripped: false,
    isReused: true,
  }
}

/** Whether the wanted key has these very bytes; a key that may not be asked about is none that has. */
async function isThereAlready(session: S3Session, request: UploadRequest): Promise<boolean> {
  const { bucket, wantedKey: key, signal } = request
  let head: HeadedObject | null
  try {
    head = await headObject(session, { bucket, key, signal })
  } catch (error) {
    if (error instanceof Failure && error.error.code === 'access-denied') return false
    throw error
  }
  return head !== null && (await hasSameBytes(request.file, head, signal))
}

/** Another name for a key, at most 1,024 bytes long: what is cut is the end of the name before the random part. */
export function alternativeKey(key: string): string {
  const alternative = djangoAlternativeName(key)
  const over = Buffer.byteLength(alternative) - maxKeyBytes
  if (over <= 0) return alternative
  const match = /^(?<root>.*)(?<rest>_[A-Za-z0-9]{7}(?:\.[^./]*)?)$/su.exec(alternative)
  const { root = alternative, rest = '' } = match?.groups ?? {}
  const letters = Array.from(root)
  while (letters.length > 0 && Buffer.byteLength(letters.join('') + rest) > maxKeyBytes) letters.pop()
  return letters.join('') + rest
}

/** Buckets that have refused public ACLs and whose policy opened what was sent. */
const refusesAcls = new WeakMap<S3Session, Set<string>>()

/**
 * Sends a file, a public one with its ACL; without any where the service has none, and where ACLs are refused and the
 * bucket's policy or a CDN opens the key. Where the service ignores ACLs, nothing is sent that the policy leaves private.
 */
async function send(session: S3Session, request: UploadRequest, key: string): Promise<void> {
  const { bucket, visibility } = request
  if (visibility === 'private' || session.objectAcls === 'none') return sendWith(session, request, key, null)
  if (session.objectAcls === 'ignored') {
    // A policy that may not be read may open it: whether it does is asked afterwards, as of every upload.
    const opens = await session.isOpenByPolicy?.(bucket, key).catch(() => null)
    if (opens === false) throw failure('acls-disabled', 'The service ignores ACLs.', { key })
    return sendWith(session, request, key, null)
  }
  const isOpen = () => session.isOpenByPolicy?.(bucket, key).catch(() => false) ?? Promise.resolve(false)
  const refusing = refusesAcls.get(session) ?? new Set()
  if (refusing.has(bucket) && (await isOpen())) return sendWith(session, request, key, null)
  try {
    await sendWith(session, request, key, 'public-read')
  } catch (error) {
    if (!isAclRefusal(error) || !(await isOpen())) throw error
    refusesAcls.set(session, refusing.add(bucket))
    await sendWith(session, request, key, null)
  }
}

/** Block Public Access is not always named by a service that refuses an ACL for it. */
function isAclRefusal(error: unknown): boolean {
  return (
    error instanceof Failure &&
    ['acls-disabled', 'public-access-blocked', 'access-denied', 'not-supported'].includes(error.error.code)
  )
}

function headersOf({ cacheControl, headers = {} }: UploadRequest, key: string): ObjectHeaders {
  const contentEncoding = contentEncodingFor(key)
  const all: ObjectHeaders = {
    contentType: contentTypeFor(key),
    ...(contentEncoding === undefined ? {} : { contentEncoding }),
    ...(cacheControl === null ? {} : { cacheControl }),
    ...headers,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''))
}

async function sendWith(
  session: S3Session,
  request: UploadRequest,
  key: string,
  acl: 'public-read' | null,
): Promise<void> {
  const { file, sizes = {} } = request
  await uploadFile(session, {
    bucket: request.bucket,
    key,
    path: file.path,
    sizeBytes: file.sizeBytes,
    identity: file.identity,
    ...(file.pieces === undefined ? {} : { pieces: file.pieces }),
    headers: headersOf(request, key),
    ...(acl === null ? {} : { acl }),
    ifNoneMatch: request.onConflict !== 'overwrite',
    onProgress: request.onProgress,
    signal: request.signal,
    ...(request.checkpoint === undefined ? {} : { checkpoint: request.checkpoint }),
    ...(sizes.partedAboveBytes === undefined ? {} : { thresholdBytes: sizes.partedAboveBytes }),
    ...(sizes.partSizeBytes === undefined ? {} : { partSizeBytes: sizes.partSizeBytes }),
  })
}

/** Whether an earlier attempt, whose answer was lost, has stored this very file after all (F11). */
async function wasStored(session: S3Session, request: UploadRequest, key: string): Promise<boolean> {
  if (request.triedSince === null) return false
  const head = await headObject(session, { bucket: request.bucket, key, signal: request.signal })
  if (head === null) return false
  const since = request.triedSince + session.clockOffsetMs() - 3000
  if (head.lastModified === null || head.lastModified.getTime() < since) return false
  return hasSameBytes(request.file, head, request.signal, { isOurs: true })
}

function explained(error: unknown, request: UploadRequest, { objectAcls }: S3Session): unknown {
  if (!(error instanceof Failure) || request.visibility !== 'public') return error
  const { code } = error.error
  const why =
    code === 'acls-disabled'
      ? `${objectAcls === 'ignored' ? 'This service ignores ACLs' : 'This bucket has ACLs disabled'}, so the file was not uploaded as public. The bucket’s policy alone decides who can read it: make the prefix public first, or upload the file as private.`
      : code === 'public-access-blocked'
        ? 'This bucket, or its account, refuses public ACLs (Block Public Access), so the file was not uploaded. If a public policy is allowed there, make the prefix public first. Otherwise upload the file as private, or have the block lifted.'
        : null
  if (why === null) return error
  const { s3Code, key } = error.error
  return failure(code, why, {
    ...(s3Code === undefined ? {} : { s3Code }),
    ...(key === undefined ? {} : { key }),
  })
}
