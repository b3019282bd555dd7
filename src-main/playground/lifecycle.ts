import { requireAccess, requireOwner } from './access.ts'
import { targetBucket } from './call.ts'
import type { Call, Reply } from './call.ts'
import { S3Error, invalidArgument, notImplemented } from './errors.ts'
import type { Bucket } from './object-store.ts'
import { readXmlBody } from './received-body.ts'
import type { LifecycleRule } from './records.ts'
import { childText, childrenNamed, element, s3Document } from './xml.ts'
import type { XmlElement } from './xml.ts'

const dayMs = 24 * 60 * 60 * 1000

/** GetBucketLifecycleConfiguration. */
export async function getBucketLifecycle(call: Call): Promise<Reply> {
  const bucket = targetBucket(call)
  requireOwner(call)
  requireAccess(call, 's3:GetLifecycleConfiguration', bucket)
  const { record } = bucket
  if (!record.lifecycle)
    throw new S3Error('NoSuchLifecycleConfiguration', undefined, { elements: { BucketName: record.name } })
  return {
    status: 200,
    headers: { 'x-amz-transition-default-minimum-object-size': 'all_storage_classes_128K' },
    body: s3Document(
      'LifecycleConfiguration',
      record.lifecycle.map((rule) =>
        element('Rule', [
          element('ID', rule.id),
          ...(rule.isOldPrefix
            ? [element('Prefix', rule.prefix)]
            : [element('Filter', rule.prefix === '' ? [] : [element('Prefix', rule.prefix)])]),
          element('Status', rule.isEnabled ? 'Enabled' : 'Disabled'),
          element('AbortIncompleteMultipartUpload', [element('DaysAfterInitiation', rule.abortAfterDays)]),
        ]),
      ),
    ),
  }
}

/** PutBucketLifecycleConfiguration, of the one action that is carried out here: AbortIncompleteMultipartUpload. */
export async function putBucketLifecycle(call: Call): Promise<Reply> {
  requireOwner(call)
  requireAccess(call, 's3:PutLifecycleConfiguration', targetBucket(call))
  const { root } = await readXmlBody(call)
  const rules = childrenNamed(root, 'Rule').map(parseRule)
  if (root.name !== 'LifecycleConfiguration' || rules.length === 0 || rules.length > 1000)
    throw new S3Error('MalformedXML')
  if (new Set(rules.map(({ id }) => id)).size < rules.length)
    throw invalidArgument('Rule ID must be unique. Found same ID for more than one rule', 'ID', '')
  if (new Set(rules.map(({ isOldPrefix }) => isOldPrefix)).size > 1)
    throw new S3Error(
      'InvalidRequest',
      'Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter.',
    )
  call.store.updateBucket({ ...targetBucket(call).record, lifecycle: rules })
  return { status: 200 }
}

/** DeleteBucketLifecycle. */
export async function deleteBucketLifecycle(call: Call): Promise<Reply> {
  requireOwner(call)
  requireAccess(call, 's3:PutLifecycleConfiguration', targetBucket(call))
  call.store.updateBucket({ ...targetBucket(call).record, lifecycle: undefined })
  return { status: 204 }
}

const understood = new Set(['ID', 'Status', 'Prefix', 'Filter', 'AbortIncompleteMultipartUpload'])

function parseRule(rule: XmlElement, index: number): LifecycleRule {
  const other = rule.children.find(({ name }) => !understood.has(name))
  // An expiry that never happens would be worse than none.
  if (other !== undefined) throw notImplemented(`the lifecycle action ${other.name}`)
  const [filter] = childrenNamed(rule, 'Filter')
  const beside = filter?.children.find(({ name }) => name !== 'Prefix')
  if (beside !== undefined) throw notImplemented(`a lifecycle filter by ${beside.name}`)
  const oldPrefix = childText(rule, 'Prefix')
  const status = childText(rule, 'Status')?.trim()
  const [abort] = childrenNamed(rule, 'AbortIncompleteMultipartUpload')
  const days = abort && childText(abort, 'DaysAfterInitiation')?.trim()
  if ((filter === undefined) === (oldPrefix === undefined)) throw new S3Error('MalformedXML')
  if (status !== 'Enabled' && status !== 'Disabled') throw new S3Error('MalformedXML')
  if (abort === undefined)
    throw new S3Error('InvalidRequest', 'At least one action needs to be specified in a rule.')
  if (days === undefined || !/^-?\d{1,9}$/.test(days)) throw new S3Error('MalformedXML')
  if (Number(days) < 1)
    throw invalidArgument(
      "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer",
      'DaysAfterInitiation',
      days,
    )
  const id = childText(rule, 'ID') ?? `rule-${index + 1}`
  if (id.length > 255)
    throw invalidArgument('ID length should not exceed allowed limit of 255', 'ID', id.slice(0, 20))
  return {
    id,
    prefix: oldPrefix ?? (filter && childText(filter, 'Prefix')) ?? '',
    isOldPrefix: oldPrefix !== undefined,
    isEnabled: status === 'Enabled',
    abortAfterDays: Number(days),
  }
}

/**
 * Aborts what the rules of a bucket say. S3 looks at midnight UTC; here it happens whenever somebody asks about the
 * uploads of the bucket, so that none is seen that should be gone.
 */
export function abortExpiredUploads(call: Call, bucket: Bucket): void {
  const rules = bucket.record.lifecycle?.filter(({ isEnabled }) => isEnabled) ?? []
  if (rules.length === 0) return
  for (const { record } of bucket.uploads.values()) {
    const age = call.now.getTime() - Date.parse(record.initiated)
    if (
      rules.some(
        ({ prefix, abortAfterDays }) => record.key.startsWith(prefix) && age > abortAfterDays * dayMs,
      )
    )
      call.store.endUpload(bucket.record.name, record.uploadId)
  }
}
