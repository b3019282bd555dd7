import { requireAccess, requireOwner } from './access.ts'
import { cannedGrants, isPublicAcl, ownerId, ownerName, privateGrants } from './acl.ts'
import { bucketNameProblem, isTakenByOthers } from './bucket-name.ts'
import { everythingBlocked, parseOwnershipName } from './bucket-settings.ts'
import { targetBucket } from './call.ts'
import type { Call, Reply } from './call.ts'
import { S3Error, invalidArgument, notImplemented } from './errors.ts'
import { readXmlBody } from './received-body.ts'
import { decodeToken, encodeToken } from './list-objects.ts'
import { childText, element, optionalElement, s3Document } from './xml.ts'

/** ListBuckets, with prefix and paging. */
export async function listBuckets(call: Call): Promise<Reply> {
  requireOwner(call)
  const { query } = call
  const limitText = query.get('max-buckets')
  const limit = limitText === undefined ? 10_000 : Number(limitText)
  if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
    throw invalidArgument('max-buckets must be between 1 and 10000', 'max-buckets', limitText ?? '')
  const region = query.get('bucket-region')
  const prefix = query.get('prefix') ?? ''
  const token = query.get('continuation-token')
  const after = token === undefined ? '' : decodeToken(token)
  const matching = call.store
    .buckets()
    .map(({ record }) => record)
    .filter(({ name }) => name.startsWith(prefix) && name > after)
    .filter((record) => region === undefined || record.region === region)
  const page = matching.slice(0, limit)
  const last = page.at(-1)
  return {
    status: 200,
    body: s3Document('ListAllMyBucketsResult', [
      element('Owner', [element('ID', ownerId), element('DisplayName', ownerName)]),
      element(
        'Buckets',
        page.map((record) =>
          element('Bucket', [
            element('Name', record.name),
            element('CreationDate', record.created),
            element('BucketRegion', record.region),
          ]),
        ),
      ),
      ...optionalElement('Prefix', query.get('prefix')),
      ...(matching.length > page.length && last
        ? [element('ContinuationToken', encodeToken(last.name))]
        : []),
    ]),
  }
}

async function requestedRegion(call: Call): Promise<string> {
  if (Number(call.message.headers['content-length'] ?? '0') === 0) return 'us-east-1'
  const { root } = await readXmlBody(call)
  if (root.name !== 'CreateBucketConfiguration') throw new S3Error('MalformedXML')
  const unknown = root.children.find(({ name }) => name !== 'LocationConstraint')
  if (unknown) throw notImplemented(`${unknown.name} when a bucket is created`)
  const location = childText(root, 'LocationConstraint')?.trim()
  if (location === undefined || location === '') return 'us-east-1'
  // us-east-1 is the region that has to be left out.
  if (location === 'us-east-1' || !/^([a-z]{2}(-[a-z]+)+-\d|EU)$/.test(location))
    throw new S3Error('InvalidLocationConstraint', undefined, { elements: { LocationConstraint: location } })
  return location === 'EU' ? 'eu-west-1' : location
}

/** CreateBucket: a new bucket blocks public access and has ACLs disabled. */
export async function createBucket(call: Call): Promise<Reply> {
  requireOwner(call)
  const name = call.target.bucket ?? ''
  const problem = bucketNameProblem(name)
  if (problem !== undefined)
    throw new S3Error('InvalidBucketName', undefined, { elements: { BucketName: name } })
  if (call.header('x-amz-bucket-object-lock-enabled')?.toLowerCase() === 'true')
    throw notImplemented('Object Lock')
  const grantHeader = call.headerNames().find((header) => header.startsWith('x-amz-grant-'))
  if (grantHeader !== undefined) throw notImplemented(`the header ${grantHeader}`)
  const ownershipText = call.header('x-amz-object-ownership') ?? 'BucketOwnerEnforced'
  const ownership = parseOwnershipName(ownershipText)
  if (!ownership)
    throw invalidArgument('Invalid x-amz-object-ownership header', 'x-amz-object-ownership', ownershipText)
  const canned = call.header('x-amz-acl')
  const grants = canned === undefined ? privateGrants : cannedGrants(canned)
  if (canned !== undefined && canned !== 'private' && ownership === 'BucketOwnerEnforced')
    throw new S3Error('InvalidBucketAclWithObjectOwnership')
  if (isPublicAcl(grants)) throw new S3Error('InvalidBucketAclWithBlockPublicAccessError')

  const region = await requestedRegion(call)
  if (region !== call.region)
    throw new S3Error(
      'IllegalLocationConstraintException',
      `The ${region === 'us-east-1' ? 'unspecified' : region} location constraint is incompatible for the region specific endpoint this request was sent to.`,
    )
  if (isTakenByOthers(name))
    throw new S3Error('BucketAlreadyExists', undefined, { elements: { BucketName: name } })
  const location = {
    Location: region === 'us-east-1' ? `/${name}` : `http://${call.message.headers.host ?? ''}/${name}`,
  }
  const existing = call.store.bucket(name)
  if (existing) {
    if (region !== 'us-east-1')
      throw new S3Error('BucketAlreadyOwnedByYou', undefined, { elements: { BucketName: name } })
    // In the oldest region creating one's own bucket again succeeds and resets its ACL.
    call.store.updateBucket({ ...existing.record, grants: privateGrants })
    return { status: 200, headers: location }
  }
  call.store.createBucket({
    name,
    region,
    created: call.now.toISOString(),
    grants,
    ownership,
    publicAccessBlock: everythingBlocked,
  })
  return { status: 200, headers: location }
}

/** HeadBucket tells the region, also to those who may not list. */
export async function headBucket(call: Call): Promise<Reply> {
  const bucket = targetBucket(call)
  const headers = { 'x-amz-bucket-region': bucket.record.region, 'x-amz-access-point-alias': 'false' }
  try {
    requireAccess(call, 's3:ListBucket', bucket)
  } catch (error) {
    if (error instanceof S3Error) throw new S3Error(error.code, error.message, { headers })
    throw error
  }
  return { status: 200, headers }
}

/** DeleteBucket: only an empty one, in which there are no earlier versions and no delete markers either. Unfinished uploads go with it. */
export async function deleteBucket(call: Call): Promise<Reply> {
  const bucket = targetBucket(call)
  requireOwner(call)
  requireAccess(call, 's3:DeleteBucket', bucket)
  if (bucket.objects.size + bucket.stacks.size > 0)
    throw new S3Error('BucketNotEmpty', undefined, { elements: { BucketName: bucket.record.name } })
  call.store.deleteBucket(bucket.record.name)
  return { status: 204 }
}

/** GetBucketLocation; us-east-1 is told as nothing. */
export async function getBucketLocation(call: Call): Promise<Reply> {
  const bucket = targetBucket(call)
  requireAccess(call, 's3:GetBucketLocation', bucket)
  const { region } = bucket.record
  return { status: 200, body: s3Document('LocationConstraint', region === 'us-east-1' ? '' : region) }
}
