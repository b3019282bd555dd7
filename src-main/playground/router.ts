import { getBucketAcl, getObjectAcl, putBucketAcl, putObjectAcl } from './acl-operations.ts'
import {
  deleteBucketPolicy,
  deleteOwnershipControls,
  deletePublicAccessBlock,
  getBucketPolicy,
  getBucketPolicyStatus,
  getBucketVersioning,
  getOwnershipControls,
  getPublicAccessBlock,
  putBucketPolicy,
  putBucketVersioning,
  putOwnershipControls,
  putPublicAccessBlock,
} from './bucket-configuration.ts'
import {
  createBucket,
  deleteBucket,
  getBucketLocation,
  headBucket,
  listBuckets,
} from './bucket-operations.ts'
import type { Call, Reply } from './call.ts'
import { completeMultipartUpload } from './complete-upload.ts'
import { copyObject, uploadPartCopy } from './copy-object.ts'
import { deleteBucketCors, getBucketCors, preflight, putBucketCors } from './cors.ts'
import { deleteObject, deleteObjects } from './delete-objects.ts'
import { S3Error, notImplemented } from './errors.ts'
import { getObject, headObject } from './get-object.ts'
import { deleteBucketLifecycle, getBucketLifecycle, putBucketLifecycle } from './lifecycle.ts'
import { listObjectsV1, listObjectsV2 } from './list-objects.ts'
import { listMultipartUploads, listParts } from './list-uploads.ts'
import { listObjectVersions } from './list-versions.ts'
import { abortMultipartUpload, createMultipartUpload, uploadPart } from './multipart.ts'
import { getObjectAttributes } from './object-attributes.ts'
import { deleteObjectTagging, getObjectTagging, putObjectTagging } from './object-tagging.ts'
import { putObject } from './put-object.ts'

/** An operation of the S3 API: its name, what does it, and the query parameters it knows. */
export interface Operation {
  readonly name: string
  readonly handle: (call: Call) => Promise<Reply>
  readonly query: readonly string[]
}

// Every sub-resource and selecting parameter of the S3 API. One that leads to no operation below is answered
// 501 and never taken for the plain operation on the same path.
const subResources = new Set([
  'accelerate',
  'acl',
  'analytics',
  'append',
  'attributes',
  'cors',
  'delete',
  'encryption',
  'intelligent-tiering',
  'inventory',
  'legal-hold',
  'lifecycle',
  'list-type',
  'location',
  'logging',
  'metadataConfiguration',
  'metadataInventoryTable',
  'metadataJournalTable',
  'metadataTable',
  'metrics',
  'notification',
  'object-lock',
  'ownershipControls',
  'partNumber',
  'policy',
  'policyStatus',
  'publicAccessBlock',
  'renameObject',
  'replication',
  'requestPayment',
  'restore',
  'retention',
  'select',
  'select-type',
  'session',
  'tagging',
  'torrent',
  'uploadId',
  'uploads',
  'versionId',
  'versioning',
  'versions',
  'website',
])

const listing = ['prefix', 'delimiter', 'max-keys', 'encoding-type']
const overrides = [
  'response-content-type',
  'response-content-language',
  'response-expires',
  'response-cache-control',
  'response-content-disposition',
  'response-content-encoding',
]

function operation(name: string, handle: Operation['handle'], query: readonly string[] = []): Operation {
  return { name, handle, query }
}

// "<level> <method> <sub-resources, sorted>"
const operations: Readonly<Record<string, Operation>> = {
  'service GET ': operation('ListBuckets', listBuckets, [
    'prefix',
    'max-buckets',
    'continuation-token',
    'bucket-region',
  ]),
  'bucket PUT ': operation('CreateBucket', createBucket),
  'bucket HEAD ': operation('HeadBucket', headBucket),
  'bucket DELETE ': operation('DeleteBucket', deleteBucket),
  'bucket GET ': operation('ListObjects', listObjectsV1, [...listing, 'marker']),
  'bucket GET list-type': operation('ListObjectsV2', listObjectsV2, [
    ...listing,
    'continuation-token',
    'start-after',
    'fetch-owner',
  ]),
  'bucket GET location': operation('GetBucketLocation', getBucketLocation),
  'bucket GET versioning': operation('GetBucketVersioning', getBucketVersioning),
  'bucket PUT versioning': operation('PutBucketVersioning', putBucketVersioning),
  'bucket GET versions': operation('ListObjectVersions', listObjectVersions, [
    ...listing,
    'key-marker',
    'version-id-marker',
  ]),
  'bucket GET acl': operation('GetBucketAcl', getBucketAcl),
  'bucket PUT acl': operation('PutBucketAcl', putBucketAcl),
  'bucket GET policy': operation('GetBucketPolicy', getBucketPolicy),
  'bucket PUT policy': operation('PutBucketPolicy', putBucketPolicy),
  'bucket DELETE policy': operation('DeleteBucketPolicy', deleteBucketPolicy),
  'bucket GET policyStatus': operation('GetBucketPolicyStatus', getBucketPolicyStatus),
  'bucket GET publicAccessBlock': operation('GetPublicAccessBlock', getPublicAccessBlock),
  'bucket PUT publicAccessBlock': operation('PutPublicAccessBlock', putPublicAccessBlock),
  'bucket DELETE publicAccessBlock': operation('DeletePublicAccessBlock', deletePublicAccessBlock),
  'bucket GET ownershipControls': operation('GetBucketOwnershipControls', getOwnershipControls),
  'bucket PUT ownershipControls': operation('PutBucketOwnershipControls', putOwnershipControls),
  'bucket DELETE ownershipControls': operation('DeleteBucketOwnershipControls', deleteOwnershipControls),
  'bucket POST delete': operation('DeleteObjects', deleteObjects),
  'object PUT ': operation('PutObject', putObject),
  'object GET ': operation('GetObject', getObject, overrides),
  'object HEAD ': operation('HeadObject', headObject, overrides),
  'object GET partNumber': operation('GetObject', getObject, overrides),
  'object HEAD partNumber': operation('HeadObject', headObject, overrides),
  'object GET versionId': operation('GetObject', getObject, overrides),
  'object HEAD versionId': operation('HeadObject', headObject, overrides),
  'object GET partNumber versionId': operation('GetObject', getObject, overrides),
  'object HEAD partNumber versionId': operation('HeadObject', headObject, overrides),
  'object DELETE ': operation('DeleteObject', deleteObject),
  'object DELETE versionId': operation('DeleteObject', deleteObject),
  'object PUT  copy': operation('CopyObject', copyObject),
  'object POST uploads': operation('CreateMultipartUpload', createMultipartUpload),
  'object PUT partNumber uploadId': operation('UploadPart', uploadPart),
  'object PUT partNumber uploadId copy': operation('UploadPartCopy', uploadPartCopy),
  'object POST uploadId': operation('CompleteMultipartUpload', completeMultipartUpload),
  'object DELETE uploadId': operation('AbortMultipartUpload', abortMultipartUpload),
  'object GET uploadId': operation('ListParts', listParts, [
    'max-parts',
    'part-number-marker',
    'encoding-type',
  ]),
  'bucket GET uploads': operation('ListMultipartUploads', listMultipartUploads, [
    'prefix',
    'delimiter',
    'encoding-type',
    'key-marker',
    'upload-id-marker',
    'max-uploads',
  ]),
  'object GET tagging': operation('GetObjectTagging', getObjectTagging),
  'object PUT tagging': operation('PutObjectTagging', putObjectTagging),
  'object DELETE tagging': operation('DeleteObjectTagging', deleteObjectTagging),
  'object GET tagging versionId': operation('GetObjectTagging', getObjectTagging),
  'object PUT tagging versionId': operation('PutObjectTagging', putObjectTagging),
  'object DELETE tagging versionId': operation('DeleteObjectTagging', deleteObjectTagging),
  'object GET attributes': operation('GetObjectAttributes', getObjectAttributes),
  'object GET attributes versionId': operation('GetObjectAttributes', getObjectAttributes),
  'bucket GET cors': operation('GetBucketCors', getBucketCors),
  'bucket PUT cors': operation('PutBucketCors', putBucketCors),
  'bucket DELETE cors': operation('DeleteBucketCors', deleteBucketCors),
  'bucket GET lifecycle': operation('GetBucketLifecycleConfiguration', getBucketLifecycle),
  'bucket PUT lifecycle': operation('PutBucketLifecycleConfiguration', putBucketLifecycle),
  'bucket DELETE lifecycle': operation('DeleteBucketLifecycle', deleteBucketLifecycle),
  'object GET acl': operation('GetObjectAcl', getObjectAcl),
  'object PUT acl': operation('PutObjectAcl', putObjectAcl),
  'object GET acl versionId': operation('GetObjectAcl', getObjectAcl),
  'object PUT acl versionId': operation('PutObjectAcl', putObjectAcl),
}

// x-amz- headers that some operation acts on, or that may be ignored without anybody being misled.
const knownHeaders =
  /^x-amz-(acl|bucket-object-lock-enabled|bypass-governance-retention|checksum-(algorithm|mode|type|crc32|crc32c|crc64nvme|sha1|sha256)|content-sha256|copy-source|copy-source-if-(match|none-match|modified-since|unmodified-since)|copy-source-range|date|decoded-content-length|expected-bucket-owner|grant-(full-control|read|read-acp|write|write-acp)|max-parts|meta-.+|metadata-directive|mp-object-size|object-attributes|object-ownership|part-number-marker|request-payer|sdk-checksum-algorithm|security-token|source-expected-bucket-owner|storage-class|tagging|tagging-directive|trailer|transition-default-minimum-object-size|user-agent)$/

/** Finds the operation of a request. Throws 405 or 501 for what there is not. */
export function findOperation(call: Call): Operation {
  const { target, query, message } = call
  const method = message.method ?? 'GET'
  const level = target.key !== undefined ? 'object' : target.bucket !== undefined ? 'bucket' : 'service'
  if (method === 'OPTIONS' && level !== 'service') return operation('Preflight', preflight)
  const named = query.entries.map(([name]) => name).filter((name) => subResources.has(name))
  const selector = [...new Set(named)].toSorted().join(' ')
  const copying = call.header('x-amz-copy-source') !== undefined ? ' copy' : ''
  const found = operations[`${level} ${method} ${selector}${copying}`]
  if (!found) {
    if (!['GET', 'HEAD', 'PUT', 'POST', 'DELETE', 'OPTIONS'].includes(method))
      throw new S3Error('MethodNotAllowed')
    if (selector === '' && copying === '' && level === 'service')
      throw new S3Error('MethodNotAllowed', undefined, {
        elements: { Method: method, ResourceType: 'SERVICE' },
      })
    throw notImplemented(
      `${method} on ${level === 'object' ? 'an object' : level === 'bucket' ? 'a bucket' : 'the service'}${selector === '' ? '' : ` with ?${selector.replaceAll(' ', '&')}`}`,
    )
  }
  if (query.get('list-type') !== undefined && query.get('list-type') !== '2')
    throw new S3Error('InvalidArgument', 'Invalid List Type', { elements: { ArgumentName: 'list-type' } })
  refuseUnknown(call, found)
  return found
}

// A parameter or header that nobody here acts on could be the one that the client relies on. On a GET of an
// object parameters are let pass, as S3 does: pages write /site.css?v=3.
function refuseUnknown(call: Call, found: Operation): void {
  if (found.name !== 'GetObject' && found.name !== 'HeadObject')
    for (const [name] of call.query.entries)
      if (!subResources.has(name) && !found.query.includes(name) && name !== 'x-id' && !/^x-amz-/i.test(name))
        throw notImplemented(`the query parameter ${name}`)
  for (const name of call.headerNames())
    if (name.startsWith('x-amz-') && !knownHeaders.test(name)) throw notImplemented(`the header ${name}`)
  // Content-Encoding: aws-chunked without the x-amz-content-sha256 that announces it would store the framing.
  if (
    call.header('content-encoding')?.includes('aws-chunked') &&
    call.authentication.payload.kind !== 'chunked'
  )
    throw new S3Error('InvalidRequest', 'aws-chunked content needs an x-amz-content-sha256 of STREAMING-…')
}
