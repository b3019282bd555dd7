import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import {
  canonicalRequest,
  deriveSigningKey,
  parseCredential,
  sameSignature,
  sha256Hex,
  sign,
  stringToSign,
} from '../../src-main/playground/sigv4.ts'
import { type ScriptedServer, type SeenRequest, startScriptedServer } from '../s3/scripted-server.ts'

/** An invalidation as the server has it. */
export interface SeenInvalidation {
  readonly distributionId: string
  readonly callerReference: string
  readonly paths: readonly string[]
  readonly id: string
}

/** What to answer in place of an invalidation. */
export interface ScriptedFailure {
  readonly status: number
  readonly code: string
}

/** CloudFront on loopback: CreateInvalidation with everything about the request verified. */
export interface ScriptedCloudFront {
  readonly endpoint: string
  readonly requests: SeenRequest[]
  /** Those that were made, each once. */
  readonly invalidations: SeenInvalidation[]
  /** What was wrong with requests; a right client leaves it empty. */
  readonly faults: string[]
  /** The next requests fail so. */
  readonly failures: ScriptedFailure[]
  /** How many times an invalidation is asked for until it has come to its end. */
  completedAfter: number
  close(): Promise<void>
}

const namespace = 'http://cloudfront.amazonaws.com/doc/2020-05-31/'

/** Starts it. It knows one distribution and one key. */
export async function startScriptedCloudFront(
  distributionId: string,
  keys: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string },
): Promise<ScriptedCloudFront> {
  const asked = new Map<string, number>()
  const server: ScriptedServer = await startScriptedServer((request, response) => {
    const fault = signatureFault(request, keys)
    if (fault !== null) cloud.faults.push(fault)
    const failure = cloud.failures.shift()
    if (failure !== undefined) return sendFailure(response, failure)
    const asking = readInvalidation(request)
    if (typeof asking === 'string') {
      cloud.faults.push(asking)
      return sendFailure(response, { status: 400, code: 'InvalidArgument' })
    }
    if (asking.distributionId !== distributionId)
      return sendFailure(response, { status: 404, code: 'NoSuchDistribution' })
    let made = cloud.invalidations.find(({ callerReference }) => callerReference === asking.callerReference)
    if (made !== undefined && JSON.stringify(made.paths) !== JSON.stringify(asking.paths))
      return sendFailure(response, { status: 400, code: 'InvalidationBatchAlreadyExists' })
    if (made === undefined) {
      const id = `I${createHash('md5').update(asking.callerReference).digest('hex').slice(0, 12).toUpperCase()}`
      made = { ...asking, id }
      cloud.invalidations.push(made)
    }
    const times = (asked.get(made.id) ?? 0) + 1
    asked.set(made.id, times)
    response.writeHead(201, { 'content-type': 'text/xml' })
    response.end(
      `<?xml version="1.0"?><Invalidation xmlns="${namespace}"><Id>${made.id}</Id><Status>${times > cloud.completedAfter ? 'Completed' : 'InProgress'}</Status><CreateTime>2026-05-01T12:00:00.000Z</CreateTime></Invalidation>`,
    )
  })
  const cloud: ScriptedCloudFront = {
    endpoint: server.endpoint,
    requests: server.requests,
    invalidations: [],
    faults: [],
    failures: [],
    completedAfter: 1,
    close: () => server.close(),
  }
  return cloud
}

function sendFailure(response: ServerResponse, { status, code }: ScriptedFailure): void {
  response.writeHead(status, { 'content-type': 'text/xml', 'x-amzn-requestid': 'R1' })
  response.end(
    `<?xml version="1.0"?><ErrorResponse xmlns="${namespace}"><Error><Type>Sender</Type><Code>${code}</Code><Message>Said by the script.</Message></Error><RequestId>R1</RequestId></ErrorResponse>`,
  )
}

/** The invalidation that a request asks for, or what is wrong with it. */
function readInvalidation({
  method,
  url,
  headers,
  body,
}: SeenRequest): Omit<SeenInvalidation, 'id'> | string {
  const distributionId = /^\/2020-05-31\/distribution\/([A-Z0-9]+)\/invalidation$/.exec(url)?.[1]
  if (method !== 'POST' || distributionId === undefined) return `${method} ${url} is not CreateInvalidation`
  if (headers['content-type'] !== 'application/xml') return `the type is ${headers['content-type']}`
  const document =
    /^(?:<\?xml [^>]*\?>)?<InvalidationBatch xmlns="([^"]*)"><Paths><Quantity>(\d+)<\/Quantity><Items>(.*)<\/Items><\/Paths><CallerReference>([^<]+)<\/CallerReference><\/InvalidationBatch>$/s.exec(
      body,
    )
  if (document === null) return `the document is ${body}`
  const [, xmlns, quantity, items = '', callerReference = ''] = document
  const paths = [...items.matchAll(/<Path>([^<]*)<\/Path>/g)].map(([, path = '']) => unescapeXml(path))
  if (items.replace(/<Path>[^<]*<\/Path>/g, '') !== '') return `the items are ${items}`
  if (xmlns !== namespace) return `the namespace is ${xmlns}`
  if (Number(quantity) !== paths.length || paths.length === 0) return `${quantity} of ${paths.length} paths`
  const wrong = paths.find(
    (path) => !/^\/[!-}]*$/.test(path) || /["<>\\^`{|}[\]#?]|%(?![0-9A-F]{2})/.test(path),
  )
  if (wrong !== undefined) return `the path ${wrong} is not escaped`
  return { distributionId, callerReference, paths }
}

function unescapeXml(text: string): string {
  return text
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}

/** What is wrong with a signature, made anew from the secret; null when nothing is. */
function signatureFault(
  { method, url, headers, body }: SeenRequest,
  keys: { readonly accessKeyId: string; readonly secretAccessKey: string; readonly sessionToken?: string },
): string | null {
  const given = /^AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
    headers.authorization ?? '',
  )
  const scope = parseCredential(given?.[1] ?? '')
  if (given === null || scope === undefined) return 'no signature'
  if (scope.accessKeyId !== keys.accessKeyId) return `the key is ${scope.accessKeyId}`
  if (scope.service !== 'cloudfront' || scope.region !== 'us-east-1')
    return `signed for ${scope.service} in ${scope.region}`
  const signedHeaders = (given[2] ?? '').split(';')
  for (const needed of ['host', 'x-amz-date', 'content-type'])
    if (!signedHeaders.includes(needed)) return `${needed} is not signed`
  if (headers['x-amz-security-token'] !== keys.sessionToken) return 'another session token'
  if (keys.sessionToken !== undefined && !signedHeaders.includes('x-amz-security-token'))
    return 'the session token is not signed'
  const canonical = canonicalRequest({
    method,
    path: url,
    query: [],
    headers: new Map(
      Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value : [value ?? '']]),
    ),
    signedHeaders,
    payloadHash: sha256Hex(body),
  })
  const amzDate = String(headers['x-amz-date'])
  const expected = sign(
    deriveSigningKey(keys.secretAccessKey, scope),
    stringToSign(amzDate, scope, canonical),
  )
  return sameSignature(expected, given[3] ?? '') ? null : 'the signature is wrong'
}
