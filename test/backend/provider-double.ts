import type { ServerResponse } from 'node:http'
import { evaluatePolicy, parsePolicy } from '../../src-main/playground/policy.ts'
import {
  type ScriptedServer,
  type SeenRequest,
  sendError,
  sendXml,
  startScriptedServer,
} from '../s3/scripted-server.ts'

/** How a service deals with what decides who can read; the rest is the same everywhere. */
export interface ProviderManners {
  /** An upload with an ACL in its header: `honoured`, taken and `ignored`, or refused with a status and a code. */
  readonly aclOfUpload: 'honoured' | 'ignored' | readonly [number, string]
  /** The same for PutObjectAcl, by what it asks for. */
  readonly putAcl: (acl: string) => 'honoured' | 'ignored' | readonly [number, string]
  /** Whether GetObjectAcl tells anything; what an owner has alone where it does and ACLs do not count. */
  readonly tellsAcls: boolean
  readonly policies: boolean
  /** Whether the bucket as a whole is public, by a switch of the service. */
  readonly bucketIsPublic: boolean
  /** Whether PutBucketAcl is that switch, with a canned ACL in its header and nothing else (B2). */
  readonly bucketAcl?: boolean
  /** Whether the service's own address answers nobody without a signature, whatever is public (R2). */
  readonly isMute?: boolean
  /** What it calls itself in each answer. */
  readonly software?: string
  /** What somebody without keys is answered who may not read. */
  readonly unsigned: readonly [number, string]
}

/** What S3 answers who may not. */
export const denied = [403, 'AccessDenied'] as const
const lacking = [501, 'NotImplemented'] as const

/**
 * MinIO takes an ACL with an upload and looks at none; PutObjectAcl is a dummy for `private` (`acl-handlers.go`). It has
 * policies, and none of AWS's other settings.
 */
export const minio: ProviderManners = {
  aclOfUpload: 'ignored',
  putAcl: (acl) => (acl === 'private' ? 'ignored' : lacking),
  tellsAcls: true,
  policies: true,
  bucketIsPublic: false,
  unsigned: denied,
}
/** R2 implements no ACLs and no policies, and its S3 address answers nobody who does not sign. */
export const r2: ProviderManners = {
  aclOfUpload: lacking,
  putAcl: () => lacking,
  tellsAcls: false,
  policies: false,
  bucketIsPublic: false,
  unsigned: [400, 'InvalidArgument'],
  isMute: true,
}
/** On B2 an object's ACL has to be its bucket's. */
export const b2: ProviderManners = {
  aclOfUpload: [400, 'InvalidArgument'],
  putAcl: (acl) => (acl === 'private' ? 'ignored' : [400, 'InvalidArgument']),
  tellsAcls: true,
  policies: false,
  bucketIsPublic: false,
  bucketAcl: true,
  unsigned: [401, 'UnauthorizedAccess'],
}

interface Stored {
  readonly body: string
  readonly type: string
  isPublic: boolean
}

/** A service of one bucket that behaves as its manners say. */
export interface ProviderDouble {
  readonly server: ScriptedServer
  /** What the service does with a request before it looks at it; true when it has answered. */
  intercept: (request: SeenRequest, response: ServerResponse) => boolean
  /** Whether the bucket is public as a whole. */
  isPublic: boolean
  readonly objects: ReadonlyMap<string, Stored>
}

/** Starts one whose bucket is `bucket`. */
export async function startProvider(bucket: string, manners: ProviderManners): Promise<ProviderDouble> {
  const objects = new Map<string, Stored>()
  const state = { intercept: (): boolean => false, isPublic: manners.bucketIsPublic } as Pick<
    ProviderDouble,
    'intercept' | 'isPublic'
  >
  let policy: string | null = null

  // As MinIO: a policy is for those who do not sign, and for nobody else.
  const opens = (key: string): boolean =>
    policy !== null &&
    evaluatePolicy(parsePolicy(policy, bucket), {
      identity: 'anonymous',
      action: 's3:GetObject',
      bucket,
      key,
      context: { 'aws:principaltype': 'Anonymous' },
    }) === 'allow'

  function listing(prefix: string, delimiter: string | null): string {
    const names = [...objects.keys()].filter((name) => name.startsWith(prefix)).toSorted()
    const folderOf = (name: string) => {
      const end = delimiter === null ? -1 : name.indexOf(delimiter, prefix.length)
      return end < 0 ? null : name.slice(0, end + 1)
    }
    const contents = names
      .filter((name) => folderOf(name) === null)
      .map(
        (name) =>
          `<Contents><Key>${name}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><ETag>"e"</ETag><Size>${objects.get(name)!.body.length}</Size></Contents>`,
      )
    const folders = [...new Set(names.map(folderOf))]
      .filter((name) => name !== null)
      .map((name) => `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`)
    return `<ListBucketResult><Name>${bucket}</Name><KeyCount>${contents.length + folders.length}</KeyCount><IsTruncated>false</IsTruncated>${contents.join('')}${folders.join('')}</ListBucketResult>`
  }

  function bucketSetting(request: SeenRequest, name: string, response: ServerResponse) {
    const { method, headers, body } = request
    if (name === 'location') return sendXml(response, '<LocationConstraint></LocationConstraint>')
    if (name === 'versioning') return sendXml(response, '<VersioningConfiguration></VersioningConfiguration>')
    if (name === 'acl' && manners.bucketAcl === true) {
      if (method !== 'PUT') return sendXml(response, aclOf(state))
      const acl = headers['x-amz-acl']
      // B2 takes no ACL in a body, and none of the SDK's checksums with it.
      if (body !== '' || (acl !== 'private' && acl !== 'public-read') || 'x-amz-checksum-crc32' in headers)
        return sendError(response, 400, 'InvalidArgument')
      state.isPublic = acl === 'public-read'
      return void response.writeHead(200).end()
    }
    if (name === 'policy' && manners.policies) {
      // MinIO knows the names of condition keys as it writes them, and refuses others.
      if (method === 'PUT' && body.includes('aws:PrincipalType'))
        return sendError(response, 400, 'MalformedPolicy')
      if (method === 'PUT') policy = body
      else if (method === 'DELETE') policy = null
      else if (policy === null) return sendError(response, 404, 'NoSuchBucketPolicy')
      else return void response.writeHead(200, { 'content-type': 'application/json' }).end(policy)
      return void response.writeHead(204).end()
    }
    return sendError(response, 501, 'NotImplemented')
  }

  function object(request: SeenRequest, key: string, query: URLSearchParams, response: ServerResponse) {
    const { method, headers, body } = request
    const stored = objects.get(key)
    const acl = String(headers['x-amz-acl'] ?? 'private')
    if (query.has('acl')) {
      if (stored === undefined) return sendError(response, 404, 'NoSuchKey')
      if (method === 'PUT') {
        const manner = manners.putAcl(acl)
        if (typeof manner !== 'string') return sendError(response, ...manner)
        if (manner === 'honoured') stored.isPublic = acl === 'public-read'
        return void response.writeHead(200).end()
      }
      return manners.tellsAcls ? sendXml(response, aclOf(stored)) : sendError(response, 501, 'NotImplemented')
    }
    if (method === 'PUT') {
      const manner = headers['x-amz-acl'] === undefined ? 'ignored' : manners.aclOfUpload
      if (typeof manner !== 'string') return sendError(response, ...manner)
      const isPublic = manner === 'honoured' && acl === 'public-read'
      objects.set(key, { body, type: headers['content-type'] ?? '', isPublic })
      return void response.writeHead(200, { etag: '"e"' }).end()
    }
    if (stored === undefined) return sendError(response, 404, 'NoSuchKey')
    const isSigned = headers.authorization !== undefined || query.has('X-Amz-Signature')
    const isOpen = manners.isMute !== true && (state.isPublic || stored.isPublic || opens(key))
    if (!isSigned && !isOpen) return sendError(response, ...manners.unsigned)
    response.writeHead(200, {
      etag: '"e"',
      'content-type': stored.type,
      'content-length': Buffer.byteLength(stored.body),
      'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
    })
    response.end(method === 'HEAD' ? undefined : stored.body)
  }

  const server = await startScriptedServer((request, response) => {
    if (manners.software !== undefined) response.setHeader('server', manners.software)
    if (state.intercept(request, response)) return
    const url = new URL(request.url, 'http://double')
    const key = decodeURIComponent(url.pathname.split('/').slice(2).join('/'))
    if (key !== '') return object(request, key, url.searchParams, response)
    const [setting] = [...url.searchParams.keys()].filter((name) => name !== 'x-id')
    if (request.method === 'HEAD') return void response.writeHead(200).end()
    if (url.searchParams.has('list-type')) {
      return sendXml(
        response,
        listing(url.searchParams.get('prefix') ?? '', url.searchParams.get('delimiter')),
      )
    }
    return bucketSetting(request, setting ?? '', response)
  })
  return Object.assign(state, { server, objects })
}

function aclOf({ isPublic }: { readonly isPublic: boolean }): string {
  const everybody =
    '<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="Group"><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee><Permission>READ</Permission></Grant>'
  return `<AccessControlPolicy><Owner><ID>o</ID></Owner><AccessControlList><Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="CanonicalUser"><ID>o</ID></Grantee><Permission>FULL_CONTROL</Permission></Grant>${isPublic ? everybody : ''}</AccessControlList></AccessControlPolicy>`
}
