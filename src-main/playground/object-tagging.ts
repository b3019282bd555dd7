import { requireObject, versionHeader } from './access.ts'
import { targetBucket, targetKey } from './call.ts'
import type { Call, Reply } from './call.ts'
import { S3Error } from './errors.ts'
import { checkTags } from './object-headers.ts'
import { readXmlBody } from './received-body.ts'
import { childText, childrenNamed, element, s3Document } from './xml.ts'

/** GetObjectTagging. */
export async function getObjectTagging(call: Call): Promise<Reply> {
  const bucket = targetBucket(call)
  const object = requireObject(call, 's3:GetObjectTagging', bucket, targetKey(call))
  return {
    status: 200,
    headers: versionHeader(bucket, object),
    body: s3Document('Tagging', [
      element(
        'TagSet',
        object.tags.map(({ key, value }) => element('Tag', [element('Key', key), element('Value', value)])),
      ),
    ]),
  }
}

/** PutObjectTagging: replaces all tags; the object itself stays as it is. */
export async function putObjectTagging(call: Call): Promise<Reply> {
  requireObject(call, 's3:PutObjectTagging', targetBucket(call), targetKey(call))
  const { root } = await readXmlBody(call)
  const [set] = childrenNamed(root, 'TagSet')
  if (root.name !== 'Tagging' || !set) throw new S3Error('MalformedXML')
  const tags = childrenNamed(set, 'Tag').map((tag) => {
    const key = childText(tag, 'Key')
    const value = childText(tag, 'Value')
    if (key === undefined || value === undefined) throw new S3Error('MalformedXML')
    return { key, value }
  })
  checkTags(tags)
  const bucket = targetBucket(call)
  const object = requireObject(call, 's3:PutObjectTagging', bucket, targetKey(call))
  call.store.updateObject(bucket.record.name, { ...object, tags })
  return { status: 200, headers: versionHeader(bucket, object) }
}

/** DeleteObjectTagging. */
export async function deleteObjectTagging(call: Call): Promise<Reply> {
  const bucket = targetBucket(call)
  const object = requireObject(call, 's3:DeleteObjectTagging', bucket, targetKey(call))
  call.store.updateObject(bucket.record.name, { ...object, tags: [] })
  return { status: 204, headers: versionHeader(bucket, object) }
}
