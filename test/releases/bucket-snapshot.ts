import { GetObjectAclCommand, GetObjectCommand, GetObjectTaggingCommand } from '@aws-sdk/client-s3'
import { isPailsOwnKey } from '../../src-main/sync/own-keys.ts'
import type { SyncFixture } from '../sync/sync-fixture.ts'

/**
 * Everything that a client can see of each object: bytes, every header of the answer but its dates, and of the version;
 * user metadata, grants and tags. What Pail keeps for itself is not part of the site.
 */
export async function bucketSnapshot(fixture: SyncFixture): Promise<Record<string, unknown>> {
  const client = await fixture.session.client(fixture.bucket)
  const objects: Record<string, unknown> = {}
  for (const Key of await fixture.keys()) {
    if (isPailsOwnKey(Key, '')) continue
    const where = { Bucket: fixture.bucket, Key }
    const [got, acl, tags] = await Promise.all([
      client.send(new GetObjectCommand(where)),
      client.send(new GetObjectAclCommand(where)),
      client.send(new GetObjectTaggingCommand(where)),
    ])
    const { Body, $metadata: _metadata, LastModified: _modified, VersionId: _version, ...headers } = got
    objects[Key] = {
      body: await Body?.transformToString('base64'),
      headers,
      grants: (acl.Grants ?? []).map(
        ({ Grantee, Permission }) => `${Grantee?.URI ?? Grantee?.ID} ${Permission}`,
      ),
      tags: tags.TagSet,
    }
  }
  return objects
}
