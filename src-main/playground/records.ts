import type { Grant } from './acl.ts'
import type { ObjectOwnership, PublicAccessBlock } from './bucket-settings.ts'
import type { ChecksumAlgorithm, ChecksumType, StoredChecksum } from './checksums.ts'

/** A stretch of an object's content in a file of its own; a multipart object has one for each part. */
export interface Segment {
  readonly file: string
  readonly size: number
  /** Base64 checksum of the part, for a multipart object. */
  readonly checksum?: string
}

/** One object tag. */
export interface Tag {
  readonly key: string
  readonly value: string
}

/** What the writer of an object says about it, kept with it. */
export interface ObjectDescription {
  /** Content-Type, Cache-Control and their like, names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** x-amz-meta-*, names without the prefix, in lower case. */
  readonly userMetadata: Readonly<Record<string, string>>
  readonly tags: readonly Tag[]
  readonly grants: readonly Grant[]
}

/** An object as it is kept in its JSON file. */
export interface ObjectRecord extends ObjectDescription {
  readonly key: string
  readonly size: number
  /** Hex MD5, or `<hex>-<parts>`; without quotes. */
  readonly etag: string
  /** ISO 8601, whole seconds. */
  readonly lastModified: string
  readonly checksum: StoredChecksum
  readonly segments: readonly Segment[]
  /** Absent for an object that was written before the bucket had versions. */
  readonly versionId?: string
}

/** What hides an object that was deleted where versions are kept. */
export interface DeleteMarker {
  readonly key: string
  readonly versionId?: string
  readonly deleteMarker: true
  /** ISO 8601, whole seconds. */
  readonly lastModified: string
}

/** One version of a key. */
export type StoredVersion = ObjectRecord | DeleteMarker

/** A rule of a CORS configuration. */
export interface CorsRule {
  readonly id?: string
  readonly allowedOrigins: readonly string[]
  readonly allowedMethods: readonly string[]
  readonly allowedHeaders: readonly string[]
  readonly exposeHeaders: readonly string[]
  readonly maxAgeSeconds?: number
}

/** A rule of a lifecycle configuration: incomplete uploads of keys with a prefix go after some days. */
export interface LifecycleRule {
  readonly id: string
  readonly prefix: string
  /** Whether the prefix stands in the rule itself, as before there were filters. */
  readonly isOldPrefix: boolean
  readonly isEnabled: boolean
  readonly abortAfterDays: number
}

/** A bucket and its settings as they are kept in its JSON file. */
export interface BucketRecord {
  readonly name: string
  /** ISO 8601. */
  readonly created: string
  readonly region: string
  readonly grants: readonly Grant[]
  /** Absent after DeleteBucketOwnershipControls, which means ObjectWriter. */
  readonly ownership?: ObjectOwnership
  /** Absent after DeletePublicAccessBlock, which means nothing is blocked. */
  readonly publicAccessBlock?: PublicAccessBlock
  /** The policy's text exactly as it was put. */
  readonly policy?: string
  readonly cors?: readonly CorsRule[]
  readonly lifecycle?: readonly LifecycleRule[]
  /** Absent until somebody enables it; it cannot be taken away again, only suspended. */
  readonly versioning?: 'Enabled' | 'Suspended'
}

/** A part that has arrived. */
export interface PartRecord {
  readonly partNumber: number
  readonly file: string
  readonly size: number
  /** Hex MD5. */
  readonly etag: string
  readonly lastModified: string
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: string }
  /** Whether the client sent that checksum; otherwise it is one the server made for itself. */
  readonly checksumSent: boolean
}

/** A multipart upload that is neither completed nor aborted. */
export interface UploadRecord extends ObjectDescription {
  readonly uploadId: string
  readonly key: string
  /** ISO 8601. */
  readonly initiated: string
  /** What the client asked for; without it parts are summed with CRC64NVME for the whole object. */
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType }
}
