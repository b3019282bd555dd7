import { afterEach, describe, expect, it } from 'vitest'
import { bucketOwnership, bucketVersioning, createBucket, listBuckets } from '../../src-main/s3/buckets.ts'
import { copyObject } from '../../src-main/s3/copy-object.ts'
import { deleteObjects } from '../../src-main/s3/delete-objects.ts'
import { headObject } from '../../src-main/s3/head-object.ts'
import { listAllObjects, listObjectsPage } from '../../src-main/s3/list-objects.ts'
import { getObjectAcl } from '../../src-main/s3/object-acl.ts'
import type { Script, SeenRequest } from './scripted-server.ts'
import { isHeadBucket, sendError, sendXml, startScriptedServer, testSession } from './scripted-server.ts'

const closers: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

/** A session to a server whose buckets exist and which otherwise follows the script. */
async function scripted(script: Script, options: Parameters<typeof testSession>[1] = {}) {
  const requests: SeenRequest[] = []
  const server = await startScriptedServer((request, response) => {
    if (isHeadBucket(request)) response.writeHead(200).end()
    else script(request, response, requests.push(request) - 1)
  })
  const session = testSession(server.endpoint, { retries: { baseDelayMs: 1, maxAttempts: 2 }, ...options })
  closers.push(
    () => server.close(),
    () => session.destroy(),
  )
  return { session, requests }
}

const failing = (code: string) => ({ error: { code } })

describe('F23 listings that cannot be trusted', () => {
  const page = (keys: readonly string[], token?: string) =>
    `<ListBucketResult><IsTruncated>${token === undefined ? 'false' : 'true'}</IsTruncated>${
      token === undefined || token === '' ? '' : `<NextContinuationToken>${token}</NextContinuationToken>`
    }${keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join('')}</ListBucketResult>`

  async function listed(pages: readonly (string | number)[], prefix = ''): Promise<string[]> {
    const { session } = await scripted((_, response, count) => {
      const answer = pages[Math.min(count, pages.length - 1)]
      if (typeof answer === 'number') sendError(response, answer, 'InternalError')
      else sendXml(response, answer ?? '')
    })
    const keys: string[] = []
    for await (const { key } of listAllObjects(session, { bucket: 'b', prefix })) keys.push(key)
    return keys
  }

  it('a good one goes through, in the order of UTF-8', async () => {
    expect(await listed([page(['a', 'b'], 't1'), page(['c', '\uffee', '😀'])])).toEqual([
      'a',
      'b',
      'c',
      '\uffee',
      '😀',
    ])
  })
  it.each([
    ['fails on page 3', [page(['a'], 't1'), page(['b'], 't2'), 500], 'server-error'],
    ['repeats a token', [page(['a'], 't1'), page(['b'], 't1'), page(['c'], 't1')], 'integrity'],
    ['repeats a token with empty pages', [page([], 't1'), page([], 't1')], 'integrity'],
    ['is out of order', [page(['b', 'a'])], 'integrity'],
    ['is out of order between pages', [page(['b'], 't1'), page(['a'])], 'integrity'],
    ['repeats a key', [page(['a', 'a'])], 'integrity'],
    ['goes on without saying where', [page(['a'], '')], 'integrity'],
  ])('one that %s throws', async (_, pages, code) => {
    await expect(listed(pages)).rejects.toMatchObject(failing(code))
  })
  it('one with a key outside of the prefix throws', async () => {
    await expect(listed([page(['photos-2024/a'])], 'photos/')).rejects.toMatchObject(failing('integrity'))
  })
})

describe('S38 names in XML', () => {
  it('are decoded once when the service says that they are encoded, and never otherwise', async () => {
    const body = (encoding: string) =>
      `<ListBucketResult>${encoding}<IsTruncated>false</IsTruncated><Contents><Key>a%2520b+c%2Fd</Key></Contents><CommonPrefixes><Prefix>x+y%2F</Prefix></CommonPrefixes></ListBucketResult>`
    const encoded = await scripted((_, response) =>
      sendXml(response, body('<EncodingType>url</EncodingType>')),
    )
    expect(await listObjectsPage(encoded.session, { bucket: 'b', prefix: '' })).toMatchObject({
      objects: [{ key: 'a%20b c/d' }],
      folders: ['x y/'],
    })
    expect(encoded.requests[0]?.url).toContain('encoding-type=url')
    const plain = await scripted((_, response) => sendXml(response, body('')))
    expect(await listObjectsPage(plain.session, { bucket: 'b', prefix: '' })).toMatchObject({
      objects: [{ key: 'a%2520b+c%2Fd' }],
    })
  })

  it('that are no UTF-8 are shown, not thrown', async () => {
    const { session } = await scripted((_, response) =>
      sendXml(
        response,
        '<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>false</IsTruncated><Contents><Key>caf%E9.txt</Key></Contents></ListBucketResult>',
      ),
    )
    const { objects } = await listObjectsPage(session, { bucket: 'b', prefix: '' })
    expect(objects.map(({ key }) => key)).toEqual(['caf\ufffd.txt'])
  })

  it('cannot make the parser read a file or call home', async () => {
    const { session, requests } = await scripted((_, response) =>
      sendXml(
        response,
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>a&e;b</Key></Contents></ListBucketResult>',
      ),
    )
    const outcome = await listObjectsPage(session, { bucket: 'b', prefix: '' }).catch(() => null)
    expect(JSON.stringify(outcome)).not.toContain('root:')
    expect(requests).toHaveLength(1)
  })
})

describe('F22 DeleteObjects', () => {
  it('answered 200 with errors: each key is counted where it belongs', async () => {
    const { session } = await scripted((_, response) =>
      sendXml(
        response,
        `<DeleteResult><Deleted><Key>a</Key></Deleted><Error><Key>b</Key><Code>AccessDenied</Code><Message>no</Message></Error><Error><Key>c</Key><Code>InternalError</Code></Error><Error><Key>never-asked</Key><Code>X</Code></Error></DeleteResult>`,
      ),
    )
    expect(await deleteObjects(session, { bucket: 'b', keys: ['a', 'b', 'c', 'd'] })).toEqual({
      deleted: ['a'],
      failed: [
        { key: 'b', code: 'AccessDenied', message: 'no' },
        { key: 'c', code: 'InternalError', message: '' },
        { key: 'd', code: '', message: expect.stringContaining('did not say') },
      ],
    })
  })

  it.each([
    [501, 'NotImplemented'],
    [405, 'MethodNotAllowed'],
    [400, 'InvalidRequest'],
  ])('F50 answered %i %s: each key is deleted by itself', async (status, code) => {
    const { session, requests } = await scripted((request, response) => {
      if (request.method === 'POST') sendError(response, status, code)
      else if (request.url.includes('/b/locked')) sendError(response, 403, 'AccessDenied')
      else response.writeHead(204).end()
    })
    const { deleted, failed } = await deleteObjects(session, { bucket: 'b', keys: ['one', 'two', 'locked'] })
    expect(deleted.toSorted()).toEqual(['one', 'two'])
    expect(failed).toMatchObject([{ key: 'locked', code: 'AccessDenied' }])
    expect(requests.filter(({ method }) => method === 'DELETE')).toHaveLength(3)
  })

  it('carries the Content-MD5 that older services ask for', async () => {
    const { session, requests } = await scripted((_, response) =>
      sendXml(response, '<DeleteResult><Deleted><Key>a</Key></Deleted></DeleteResult>'),
    )
    await deleteObjects(session, { bucket: 'b', keys: ['a'] })
    expect(requests[0]?.headers['content-md5']).toMatch(/^[A-Za-z0-9+/]{22}==$/)
  })

  it('F20 failing in the second thousand keeps the first and names the rest', async () => {
    const { session } = await scripted((request, response, count) => {
      const keys = [...request.body.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, key]) => key)
      if (count === 0)
        sendXml(
          response,
          `<DeleteResult>${keys.map((key) => `<Deleted><Key>${key}</Key></Deleted>`).join('')}</DeleteResult>`,
        )
      else sendError(response, 403, 'AccessDenied')
    })
    const keys = Array.from({ length: 1005 }, (_, index) => `k${index}`)
    const { deleted, failed } = await deleteObjects(session, { bucket: 'b', keys })
    expect(deleted).toHaveLength(1000)
    expect(failed.map(({ key }) => key)).toEqual(keys.slice(1000))
  })

  it('refused from the start throws', async () => {
    const { session } = await scripted((_, response) => sendError(response, 403, 'InvalidAccessKeyId'))
    await expect(deleteObjects(session, { bucket: 'b', keys: ['a'] })).rejects.toMatchObject(
      failing('unknown-access-key'),
    )
  })
})

describe('copies', () => {
  it('F9 answered 200 with an error body failed, and were tried again', async () => {
    const { session, requests } = await scripted((request, response) => {
      if (request.method === 'HEAD') response.writeHead(200, { etag: '"e"', 'content-length': '1' }).end()
      else if (request.method === 'GET') sendError(response, 501, 'NotImplemented')
      else
        sendXml(
          response,
          '<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>',
        )
    })
    await expect(copyObject(session, { bucket: 'b', key: 'k', newKey: 'n' })).rejects.toMatchObject({
      error: { code: 'server-error', s3Code: 'InternalError', retryable: true },
    })
    expect(requests.filter(({ method }) => method === 'PUT')).toHaveLength(2)
  })

  it('are bound to the source that was looked at', async () => {
    const { session, requests } = await scripted((request, response) => {
      if (request.method === 'HEAD') response.writeHead(200, { etag: '"seen"', 'content-length': '1' }).end()
      else if (request.method === 'GET') sendError(response, 501, 'NotImplemented')
      else sendError(response, 412, 'PreconditionFailed')
    })
    await expect(copyObject(session, { bucket: 'b', key: 'ü +', newKey: 'n' })).rejects.toMatchObject(
      failing('precondition-failed'),
    )
    const copy = requests.find(({ method }) => method === 'PUT')
    expect(copy?.headers['x-amz-copy-source-if-match']).toBe('"seen"')
    expect(copy?.headers['x-amz-copy-source']).toBe('b/%C3%BC%20%2B')
  })

  it('by parts whose tags may not be read are not begun: they would be lost', async () => {
    const { session, requests } = await scripted((request, response) => {
      if (request.method === 'HEAD') response.writeHead(200, { etag: '"e"', 'content-length': '20' }).end()
      else sendError(response, 403, 'AccessDenied')
    })
    await expect(
      copyObject(session, { bucket: 'b', key: 'k', newKey: 'n', singleCopyBytes: 10, partSizeBytes: 10 }),
    ).rejects.toMatchObject({ error: { message: expect.stringContaining('s3:GetObjectTagging') as string } })
    expect(requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD')).toEqual([])
  })

  it('by parts that fail are aborted, and a failing abort does not hide why', async () => {
    const { session, requests } = await scripted((request, response) => {
      if (request.method === 'HEAD') response.writeHead(200, { etag: '"e"', 'content-length': '20' }).end()
      else if (request.url.includes('tagging')) sendXml(response, '<Tagging><TagSet></TagSet></Tagging>')
      else if (request.method === 'GET') sendError(response, 403, 'AccessDenied')
      else if (request.method === 'POST') {
        sendXml(
          response,
          '<InitiateMultipartUploadResult><UploadId>u1</UploadId></InitiateMultipartUploadResult>',
        )
      } else if (request.method === 'DELETE') sendError(response, 500, 'InternalError')
      else sendError(response, 403, 'AccessDenied')
    })
    await expect(
      copyObject(session, { bucket: 'b', key: 'k', newKey: 'n', singleCopyBytes: 10, partSizeBytes: 10 }),
    ).rejects.toMatchObject(failing('access-denied'))
    expect(requests.some(({ method, url }) => method === 'DELETE' && url.includes('uploadId=u1'))).toBe(true)
  })
})

describe('new buckets', () => {
  const script: Script = (_, response) => response.writeHead(200).end()
  const newBuckets = async (script_: Script, options: Parameters<typeof testSession>[1] = {}) => {
    const requests: SeenRequest[] = []
    let made = false
    const server = await startScriptedServer((request, response) => {
      if (isHeadBucket(request)) {
        response.writeHead(made ? 200 : 404).end()
        return
      }
      if (request.method === 'PUT') made = true
      script_(request, response, requests.push(request) - 1)
    })
    const session = testSession(server.endpoint, { retries: { baseDelayMs: 1, maxAttempts: 1 }, ...options })
    closers.push(
      () => server.close(),
      () => session.destroy(),
    )
    return { session, requests }
  }

  it('in us-east-1 have no LocationConstraint, elsewhere they have', async () => {
    const home = await newBuckets(script)
    await createBucket(home.session, { bucket: 'new', region: 'us-east-1', access: 'private' })
    expect(home.requests[0]?.body).toBe('')
    expect(home.requests[0]?.headers['x-amz-object-ownership']).toBeUndefined()
    expect(home.requests).toHaveLength(1)
    const away = await newBuckets(script)
    await createBucket(away.session, { bucket: 'new', region: 'eu-west-3', access: 'private' })
    expect(away.requests[0]?.body).toContain('<LocationConstraint>eu-west-3</LocationConstraint>')
    expect(away.requests[0]?.headers.authorization).toContain('/eu-west-3/s3/')
  })

  it('for single public objects enable ACLs and lift the block', async () => {
    const { session, requests } = await newBuckets(script)
    await createBucket(session, { bucket: 'new', region: 'us-east-1', access: 'per-object' })
    expect(requests[0]?.headers['x-amz-object-ownership']).toBe('BucketOwnerPreferred')
    expect(requests[1]?.url).toContain('publicAccessBlock')
    expect(requests[1]?.body.match(/false/g)).toHaveLength(4)
  })

  it.each([
    [501, 'NotImplemented'],
    [405, 'MethodNotAllowed'],
    [404, 'NoSuchKey'],
    [400, 'MalformedXML'],
  ])('are fine on a service without a public access block (%i %s)', async (status, code) => {
    const { session } = await newBuckets((request, response) => {
      if (request.url.includes('publicAccessBlock')) sendError(response, status, code)
      else response.writeHead(200).end()
    })
    await createBucket(session, { bucket: 'new', region: 'us-east-1', access: 'per-object' })
  })

  it('that could not be opened are told as made and closed', async () => {
    const { session } = await newBuckets((request, response) => {
      if (request.url.includes('publicAccessBlock')) sendError(response, 403, 'AccessDenied')
      else response.writeHead(200).end()
    })
    await expect(
      createBucket(session, { bucket: 'new', region: 'us-east-1', access: 'per-object' }),
    ).rejects.toMatchObject({
      error: { code: 'access-denied', message: expect.stringContaining('was made, but') },
    })
  })

  it.each([
    [409, 'BucketAlreadyExists', 'bucket-exists'],
    [409, 'BucketAlreadyOwnedByYou', 'bucket-owned-by-you'],
    [400, 'IllegalLocationConstraintException', 'wrong-region'],
    [400, 'InvalidBucketName', 'invalid-bucket-name'],
    [400, 'TooManyBuckets', 'too-many'],
  ])('refused with %i %s are %s', async (status, s3Code, code) => {
    const { session } = await newBuckets((_, response) => sendError(response, status, s3Code))
    await expect(
      createBucket(session, { bucket: 'new', region: 'us-east-1', access: 'private' }),
    ).rejects.toMatchObject({ error: { code, s3Code } })
  })
})

describe('what cannot be read is unknown', () => {
  it('F24 ACL, ownership, versioning', async () => {
    const refusing = await scripted((_, response) => sendError(response, 403, 'AccessDenied'))
    expect(await getObjectAcl(refusing.session, { bucket: 'b', key: 'k' })).toBe('unknown')
    expect(await bucketOwnership(refusing.session, { bucket: 'b' })).toBe('unknown')
    expect(await bucketVersioning(refusing.session, { bucket: 'b' })).toBe('unknown')
    const lacking = await scripted((_, response) => sendError(response, 501, 'NotImplemented'))
    expect(await getObjectAcl(lacking.session, { bucket: 'b', key: 'k' })).toBe('unknown')
    expect(await bucketVersioning(lacking.session, { bucket: 'b' })).toBe('no')
  })

  it('grants to somebody else are neither private nor public', async () => {
    const acl = (grants: string) =>
      `<AccessControlPolicy><Owner><ID>me</ID></Owner><AccessControlList>${grants}</AccessControlList></AccessControlPolicy>`
    const grant = (grantee: string, permission: string) =>
      `<Grant><Grantee xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="${grantee.startsWith('http') ? 'Group' : 'CanonicalUser'}">${
        grantee.startsWith('http') ? `<URI>${grantee}</URI>` : `<ID>${grantee}</ID>`
      }</Grantee><Permission>${permission}</Permission></Grant>`
    const everybody = 'http://acs.amazonaws.com/groups/global/AllUsers'
    const signedIn = 'http://acs.amazonaws.com/groups/global/AuthenticatedUsers'
    for (const [grants, expected] of [
      [grant('me', 'FULL_CONTROL'), 'private'],
      [grant('me', 'FULL_CONTROL') + grant(everybody, 'READ'), 'public-read'],
      [grant('me', 'FULL_CONTROL') + grant(signedIn, 'READ'), 'other'],
      [grant('me', 'FULL_CONTROL') + grant(everybody, 'WRITE'), 'other'],
      [grant('me', 'FULL_CONTROL') + grant('you', 'READ'), 'other'],
      [grant(everybody, 'READ_ACP'), 'other'],
    ] as const) {
      const { session } = await scripted((request, response) => {
        if (request.url.includes('ownershipControls'))
          sendError(response, 404, 'OwnershipControlsNotFoundError')
        else sendXml(response, acl(grants))
      })
      expect(await getObjectAcl(session, { bucket: 'b', key: 'k' })).toBe(expected)
    }
  })

  it('a missing object that a key may not list for is refused, not missing', async () => {
    const { session } = await scripted((_, response) => response.writeHead(403).end())
    await expect(headObject(session, { bucket: 'b', key: 'k' })).rejects.toMatchObject({
      error: { code: 'access-denied', key: 'k', s3Code: 'HTTP 403' },
    })
  })
})

it('a list of buckets whose pages never end, ends', async () => {
  const { session, requests } = await scripted((_, response) =>
    sendXml(
      response,
      '<ListAllMyBucketsResult><Buckets><Bucket><Name>a</Name></Bucket></Buckets><ContinuationToken>same</ContinuationToken></ListAllMyBucketsResult>',
    ),
  )
  expect((await listBuckets(session)).length).toBeLessThanOrEqual(2)
  expect(requests).toHaveLength(2)
})
