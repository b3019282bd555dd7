import { randomBytes } from 'node:crypto'
import type { DeleteMarker, ObjectRecord, StoredVersion } from './records.ts'

/**
 * The versions of one key, newest first. Without versions there is at most one; an object from before versioning, or
 * from while it was suspended, is the version `null`, of which there is at most one.
 */
export type VersionStack = readonly StoredVersion[]

/** Whether a bucket keeps versions; absent: it never did. */
export type Versioning = 'Enabled' | 'Suspended' | undefined

/** The id of a version as clients know it. */
export function versionIdOf(version: StoredVersion): string {
  return version.versionId ?? 'null'
}

/** Whether a version says that the object was deleted. */
export function isDeleteMarker(version: StoredVersion | undefined): version is DeleteMarker {
  return version !== undefined && 'deleteMarker' in version
}

/** The object that a request without a version id means. */
export function currentObject(stack: VersionStack): ObjectRecord | undefined {
  const [newest] = stack
  return newest === undefined || isDeleteMarker(newest) ? undefined : newest
}

function newVersionId(): string {
  return randomBytes(24).toString('base64url')
}

/** Whether a text could be a version id of this server. */
export function isVersionId(text: string): boolean {
  return text === 'null' || /^[\w-]{32}$/.test(text)
}

function withoutNull(stack: VersionStack): VersionStack {
  return stack.filter((version) => versionIdOf(version) !== 'null')
}

/** The stack with one more version on top; it replaces the others, or the version `null`, where none are kept. */
export function pushVersion(
  stack: VersionStack,
  version: StoredVersion,
  versioning: Versioning,
): VersionStack {
  const { versionId: _, ...rest } = version
  if (versioning === 'Enabled') return [{ ...rest, versionId: newVersionId() } as StoredVersion, ...stack]
  if (versioning === 'Suspended')
    return [{ ...rest, versionId: 'null' } as StoredVersion, ...withoutNull(stack)]
  return isDeleteMarker(version) ? [] : [rest as ObjectRecord]
}

/** The files that hold the content of these versions. */
export function contentFiles(stack: VersionStack): string[] {
  return stack.flatMap((version) => (isDeleteMarker(version) ? [] : version.segments.map(({ file }) => file)))
}
