import { requireAccess, requireOwner } from './access.ts'
import { targetBucket } from './call.ts'
import type { Call, Reply } from './call.ts'
import { S3Error } from './errors.ts'
import { matchesWildcard } from './policy-actions.ts'
import { readXmlBody } from './received-body.ts'
import type { CorsRule } from './records.ts'
import { childText, childrenNamed, element, optionalElement, s3Document } from './xml.ts'

const methods = new Set(['GET', 'PUT', 'POST', 'DELETE', 'HEAD'])

/** GetBucketCors. */
export async function getBucketCors(call: Call): Promise<Reply> {
  const { record } = targetBucket(call)
  requireOwner(call)
  requireAccess(call, 's3:GetBucketCORS', targetBucket(call))
  if (!record.cors)
    throw new S3Error('NoSuchCORSConfiguration', undefined, { elements: { BucketName: record.name } })
  return {
    status: 200,
    body: s3Document(
      'CORSConfiguration',
      record.cors.map((rule) =>
        element('CORSRule', [
          ...optionalElement('ID', rule.id),
          ...rule.allowedMethods.map((method) => element('AllowedMethod', method)),
          ...rule.allowedOrigins.map((origin) => element('AllowedOrigin', origin)),
          ...rule.allowedHeaders.map((header) => element('AllowedHeader', header)),
          ...rule.exposeHeaders.map((header) => element('ExposeHeader', header)),
          ...optionalElement('MaxAgeSeconds', rule.maxAgeSeconds),
        ]),
      ),
    ),
  }
}

/** PutBucketCors: one to a hundred rules. */
export async function putBucketCors(call: Call): Promise<Reply> {
  requireOwner(call)
  requireAccess(call, 's3:PutBucketCORS', targetBucket(call))
  const { root } = await readXmlBody(call)
  const rules = childrenNamed(root, 'CORSRule').map((rule): CorsRule => {
    const texts = (name: string) => childrenNamed(rule, name).map(({ text }) => text.trim())
    const id = childText(rule, 'ID')
    const age = childText(rule, 'MaxAgeSeconds')?.trim()
    const parsed = {
      allowedOrigins: texts('AllowedOrigin'),
      allowedMethods: texts('AllowedMethod'),
      allowedHeaders: texts('AllowedHeader'),
      exposeHeaders: texts('ExposeHeader'),
      ...(id === undefined ? {} : { id }),
      ...(age === undefined ? {} : { maxAgeSeconds: Number(age) }),
    }
    if (parsed.allowedOrigins.length === 0 || parsed.allowedMethods.length === 0)
      throw new S3Error('MalformedXML')
    if (age !== undefined && !/^\d{1,9}$/.test(age)) throw new S3Error('MalformedXML')
    const unsupported = parsed.allowedMethods.find((method) => !methods.has(method))
    if (unsupported !== undefined)
      throw new S3Error(
        'InvalidRequest',
        `Found unsupported HTTP method in CORS config. Unsupported method is ${unsupported}`,
      )
    const doubled = parsed.allowedOrigins.find((origin) => origin.split('*').length > 2)
    if (doubled !== undefined)
      throw new S3Error('InvalidRequest', `AllowedOrigin "${doubled}" can not have more than one wildcard.`)
    return parsed
  })
  if (root.name !== 'CORSConfiguration' || rules.length === 0 || rules.length > 100)
    throw new S3Error('MalformedXML')
  call.store.updateBucket({ ...targetBucket(call).record, cors: rules })
  return { status: 200 }
}

/** DeleteBucketCors. */
export async function deleteBucketCors(call: Call): Promise<Reply> {
  requireOwner(call)
  requireAccess(call, 's3:PutBucketCORS', targetBucket(call))
  call.store.updateBucket({ ...targetBucket(call).record, cors: undefined })
  return { status: 204 }
}

function findRule(
  rules: readonly CorsRule[],
  origin: string,
  method: string,
  headers: readonly string[],
): CorsRule | undefined {
  return rules.find(
    (rule) =>
      rule.allowedOrigins.some((pattern) => matchesWildcard(pattern, origin)) &&
      rule.allowedMethods.includes(method) &&
      headers.every((header) =>
        rule.allowedHeaders.some((pattern) => matchesWildcard(pattern.toLowerCase(), header.toLowerCase())),
      ),
  )
}

function ruleHeaders(rule: CorsRule, origin: string): Record<string, string> {
  const anyOrigin = rule.allowedOrigins.includes('*')
  return {
    'Access-Control-Allow-Origin': anyOrigin ? '*' : origin,
    'Access-Control-Allow-Methods': rule.allowedMethods.join(', '),
    ...(rule.exposeHeaders.length > 0
      ? { 'Access-Control-Expose-Headers': rule.exposeHeaders.join(', ') }
      : {}),
    ...(rule.maxAgeSeconds === undefined ? {} : { 'Access-Control-Max-Age': String(rule.maxAgeSeconds) }),
    ...(anyOrigin ? {} : { 'Access-Control-Allow-Credentials': 'true' }),
    Vary: 'Origin, Access-Control-Request-Headers, Access-Control-Request-Method',
  }
}

/** The headers a browser needs to show the answer to a page from another origin; none without a rule for it. */
export function corsHeaders(call: Call): Record<string, string> {
  const origin = call.header('origin')
  const rules = call.store.bucket(call.target.bucket ?? '')?.record.cors
  if (origin === undefined || !rules) return {}
  const rule = findRule(rules, origin, call.message.method ?? 'GET', [])
  return rule ? ruleHeaders(rule, origin) : {}
}

/** The question a browser asks before it sends a request from another origin. It carries no signature. */
export async function preflight(call: Call): Promise<Reply> {
  const { record } = targetBucket(call)
  const origin = call.header('origin')
  const method = call.header('access-control-request-method')
  if (origin === undefined || method === undefined)
    throw new S3Error('InvalidRequest', 'Insufficient information. Origin request header needed.')
  const asked = (call.header('access-control-request-headers') ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
  const rule = findRule(record.cors ?? [], origin, method, asked)
  if (!rule)
    throw new S3Error(
      'AccessForbidden',
      record.cors
        ? 'CORSResponse: This CORS request is not allowed.'
        : 'CORSResponse: CORS is not enabled for this bucket.',
    )
  return {
    status: 200,
    headers: {
      ...ruleHeaders(rule, origin),
      ...(asked.length > 0 ? { 'Access-Control-Allow-Headers': asked.join(', ') } : {}),
    },
  }
}
