import { accountId } from './acl.ts'
import { S3Error, notImplemented } from './errors.ts'
import { knownActions, matchesAction, matchesWildcard } from './policy-actions.ts'
import { conditionHolds, narrowsThePublic, parseConditions } from './policy-conditions.ts'
import type { Condition, ConditionContext } from './policy-conditions.ts'

/** One statement of a bucket policy, ready to be evaluated. */
interface Statement {
  readonly effect: 'Allow' | 'Deny'
  readonly principals: { readonly everybody: boolean; readonly owner: boolean }
  readonly actions: readonly string[]
  readonly actionsExcluded: boolean
  readonly resources: readonly string[]
  readonly resourcesExcluded: boolean
  readonly conditions: readonly Condition[]
}

/** A bucket policy that was found sound. */
export interface BucketPolicy {
  readonly statements: readonly Statement[]
}

/** What is asked of a policy. */
export interface PolicyQuestion {
  readonly identity: 'owner' | 'anonymous'
  readonly action: string
  readonly bucket: string
  readonly key?: string
  readonly context: ConditionContext
}

const largestPolicyBytes = 20 * 1024
const versions = new Set(['2012-10-17', '2008-10-17'])
const topFields = new Set(['Version', 'Id', 'Statement'])
const statementFields = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
])

function malformed(message: string): S3Error {
  return new S3Error('MalformedPolicy', message)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function strings(value: unknown, field: string): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value]
  if (list.length === 0 || !list.every((item): item is string => typeof item === 'string'))
    throw malformed(`Policy has invalid ${field}`)
  return list
}

/** Reads and checks a bucket policy. 400 MalformedPolicy when AWS would refuse it, 501 for what is not done here. */
export function parsePolicy(text: string, bucket: string): BucketPolicy {
  if (Buffer.byteLength(text) > largestPolicyBytes) throw new S3Error('PolicyTooLarge')
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    throw malformed("Policies must be valid JSON and the first byte must be '{'")
  }
  if (!isRecord(document)) throw malformed("Policies must be valid JSON and the first byte must be '{'")
  const unknown = Object.keys(document).find((name) => !topFields.has(name))
  if (unknown !== undefined) throw malformed(`Unknown field ${unknown}`)
  const version = document['Version'] ?? '2008-10-17'
  if (typeof version !== 'string' || !versions.has(version))
    throw malformed('The policy must contain a valid version string')
  const statements: unknown[] = Array.isArray(document['Statement'])
    ? document['Statement']
    : [document['Statement']]
  if (document['Statement'] === undefined || statements.length === 0)
    throw malformed('Missing required field Statement')
  return { statements: statements.map((statement) => parseStatement(statement, bucket)) }
}

function parseStatement(statement: unknown, bucket: string): Statement {
  if (!isRecord(statement)) throw malformed('Policy has invalid statement')
  const unknown = Object.keys(statement).find((name) => !statementFields.has(name))
  if (unknown !== undefined) throw malformed(`Unknown field ${unknown}`)
  const effect = statement['Effect']
  if (effect !== 'Allow' && effect !== 'Deny') throw malformed(`Invalid effect: ${String(effect)}`)
  if (statement['NotPrincipal'] !== undefined) throw notImplemented('NotPrincipal in a bucket policy')
  if (statement['Principal'] === undefined) throw malformed('Missing required field Principal')
  const [actionField, actionsExcluded] = oneOf(statement, 'Action', 'NotAction')
  const [resourceField, resourcesExcluded] = oneOf(statement, 'Resource', 'NotResource')
  const actions = strings(statement[actionField], 'action')
  const resources = strings(statement[resourceField], 'resource')
  if (JSON.stringify(statement).includes('${')) throw notImplemented('policy variables')
  for (const action of actions)
    if (action !== '*' && !knownActions.some(({ name }) => matchesAction(action, name)))
      throw malformed('Policy has invalid action')
  const bucketArn = `arn:aws:s3:::${bucket}`
  const objectProbe = (resource: string) => resource.startsWith(`${bucketArn}/`)
  for (const resource of resources)
    if (
      !objectProbe(resource) &&
      !matchesWildcard(resource, bucketArn) &&
      !resource.startsWith('arn:aws:s3:::*')
    )
      throw malformed('Policy has invalid resource')
  // Every action has to find something among the resources that it can act on.
  if (!actionsExcluded && !resourcesExcluded)
    for (const action of actions) {
      const levels = new Set(
        knownActions.filter(({ name }) => matchesAction(action, name)).map(({ level }) => level),
      )
      const applies = resources.some(
        (resource) =>
          (levels.has('object') && (objectProbe(resource) || resource.endsWith('*'))) ||
          (levels.has('bucket') && matchesWildcard(resource, bucketArn)),
      )
      if (!applies) throw malformed('Action does not apply to any resource(s) in statement')
    }
  return {
    effect,
    principals: parsePrincipal(statement['Principal']),
    actions,
    actionsExcluded,
    resources,
    resourcesExcluded,
    conditions: parseConditions(statement['Condition']),
  }
}

function oneOf(
  statement: Record<string, unknown>,
  plain: string,
  excluded: string,
): [field: string, isExcluded: boolean] {
  const has = (name: string) => statement[name] !== undefined
  if (has(plain) && has(excluded)) throw malformed(`Policy has both ${plain} and ${excluded}`)
  if (has(plain)) return [plain, false]
  if (has(excluded)) return [excluded, true]
  throw malformed(`Missing required field ${plain}`)
}

// Everybody is "*" or {"AWS": "*"}. Other accounts, their users and services never call this server, so
// statements for them are kept and simply never match.
function parsePrincipal(value: unknown): Statement['principals'] {
  if (value === '*') return { everybody: true, owner: true }
  if (!isRecord(value) || Object.keys(value).length === 0) throw malformed('Invalid principal in policy')
  const ownerArn = `arn:aws:iam::${accountId}:root`
  let everybody = false
  let owner = false
  for (const [kind, names] of Object.entries(value))
    for (const name of strings(names, 'principal')) {
      if (kind === 'AWS') {
        if (name !== '*' && !/^\d{12}$/.test(name) && !/^arn:aws:(iam|sts)::\d{12}:/.test(name))
          throw malformed('Invalid principal in policy')
        everybody ||= name === '*'
        owner ||= name === '*' || name === accountId || name === ownerArn
      } else if (kind === 'CanonicalUser') throw notImplemented('CanonicalUser principals in a bucket policy')
      else if (kind !== 'Service' && kind !== 'Federated') throw malformed('Invalid principal in policy')
    }
  return { everybody, owner }
}

function statementMatches(statement: Statement, question: PolicyQuestion): boolean {
  const { everybody, owner } = statement.principals
  if (!(question.identity === 'owner' ? owner : everybody)) return false
  const action = statement.actions.some((pattern) => matchesAction(pattern, question.action))
  if (action === statement.actionsExcluded) return false
  const arn = `arn:aws:s3:::${question.bucket}${question.key === undefined ? '' : `/${question.key}`}`
  const resource = statement.resources.some((pattern) => matchesWildcard(pattern, arn))
  if (resource === statement.resourcesExcluded) return false
  return statement.conditions.every((condition) => conditionHolds(condition, question.context))
}

/** The verdict of a policy: an explicit Deny wins over every Allow; no word at all is `silent`. */
export function evaluatePolicy(policy: BucketPolicy, question: PolicyQuestion): 'allow' | 'deny' | 'silent' {
  const matching = policy.statements.filter((statement) => statementMatches(statement, question))
  if (matching.some(({ effect }) => effect === 'Deny')) return 'deny'
  return matching.length > 0 ? 'allow' : 'silent'
}

/**
 * Whether S3 calls the policy public: an Allow for everybody that no condition narrows to fixed addresses
 * (S3 User Guide, "The meaning of public").
 */
export function isPublicPolicy(policy: BucketPolicy): boolean {
  return policy.statements.some(
    ({ effect, principals, conditions }) =>
      effect === 'Allow' && principals.everybody && !conditions.some(narrowsThePublic),
  )
}
