import { failure } from '../../src-preload/contract/failure.ts'
import type { PolicyEdit } from '../../src-preload/contract/visibility-plan.ts'
import { type LocatedStatement, type PolicyDocument, parsePolicyDocument } from './policy-document.ts'
import {
  anonymousCondition,
  type AnonymousKey,
  anonymousKeyOf,
  isOwnDeny,
  isOwnStatement,
  objectArnBase,
  ownDenyActions,
  ownDenySid,
  ownSid,
  type PolicyPlace,
  usualAnonymousKey,
} from './policy-reading.ts'

/** What Pail's own statement is to open or not to open any more: ARNs of objects, or of a prefix with `*` behind it. */
export interface OwnResources {
  readonly add: readonly string[]
  readonly remove: readonly string[]
}

/** The longest policy of a bucket, in bytes (Amazon S3 user guide, "Bucket policies"). */
const longestPolicyBytes = 20 * 1024

/** What Pail's own Deny is to keep the public out of, or not any more. */
export interface KeptOut extends OwnResources {
  /** What the service tells an unsigned request by, the usual unless given; a Deny that is there keeps the condition that it has. */
  readonly key?: AnonymousKey
}

/** One of the two statements that Pail writes. */
interface OwnKind {
  readonly sid: string
  readonly isOwn: (value: LocatedStatement['value'], place: PolicyPlace) => boolean
  readonly write: (resources: readonly string[], own: LocatedStatement | null) => object
}

const opening: OwnKind = {
  sid: ownSid,
  isOwn: isOwnStatement,
  write: (resources) => ({
    Sid: ownSid,
    Effect: 'Allow',
    Principal: '*',
    Action: 's3:GetObject',
    Resource: oneOrAll(resources),
  }),
}

const keepingOut = (key = usualAnonymousKey): OwnKind => ({
  sid: ownDenySid,
  isOwn: isOwnDeny,
  write: (resources, own) => ({
    Sid: ownDenySid,
    Effect: 'Deny',
    Principal: '*',
    Action: ownDenyActions,
    Resource: oneOrAll(resources),
    Condition: anonymousCondition(anonymousKeyOf(own?.value['Condition']) ?? key),
  }),
})

function oneOrAll(resources: readonly string[]): unknown {
  return resources.length === 1 ? resources[0] : resources
}

/** What Pail's own statement in a policy opens now. Throws `safety-refused` when that statement is not Pail's alone. */
export function ownResources(document: PolicyDocument | null, place: PolicyPlace): string[] {
  return resourcesOf(ownStatement(document, place, opening))
}

/** What Pail's own Deny keeps the public out of now. Throws as {@link ownResources}. */
export function ownDenied(document: PolicyDocument | null, place: PolicyPlace): string[] {
  return resourcesOf(ownStatement(document, place, keepingOut()))
}

function resourcesOf(own: LocatedStatement | null): string[] {
  if (own === null) return []
  const { Resource } = own.value
  return (Array.isArray(Resource) ? Resource : [Resource]).filter((item) => typeof item === 'string')
}

/**
 * Changes Pail's own statements in a policy and nothing else: everything that others wrote stays byte for byte, white space
 * too. `text` is null where there is no policy. Answers null when nothing has to change. Throws Failures:
 * `safety-refused` for a policy that is not understood or whose statement of such a name is somebody else's, `too-many` when
 * the policy would be longer than S3 takes.
 */
export function editPolicy(
  text: string | null,
  place: PolicyPlace,
  change: OwnResources,
  keptOut: KeptOut = { add: [], remove: [] },
): PolicyEdit | null {
  const document = documentOf(text)
  const opened = editStatement(text, place, opening, change)
  const between = opened === null ? text : opened.after
  const edit = joined(opened, editStatement(between, place, keepingOut(keptOut.key), keptOut))
  if (edit === null) return null
  if (edit.after !== null && Buffer.byteLength(edit.after) > longestPolicyBytes)
    throw failure(
      'too-many',
      keptOut.add.length > 0
        ? 'The bucket’s policy would be longer than the 20 KB that S3 takes. Make a folder private in place of so many single objects.'
        : 'The bucket’s policy would be longer than the 20 KB that S3 takes. Make a prefix public in place of so many single objects.',
    )
  checkEdit(document, place, edit.after)
  return edit
}

function documentOf(text: string | null): PolicyDocument | null {
  const document = text === null ? null : parsePolicyDocument(text)
  if (text !== null && document === null)
    throw failure(
      'safety-refused',
      'The bucket has a policy that Pail does not understand, and so it changes nothing in it.',
    )
  return document
}

function editStatement(
  text: string | null,
  place: PolicyPlace,
  kind: OwnKind,
  change: OwnResources,
): PolicyEdit | null {
  const document = documentOf(text)
  const own = ownStatement(document, place, kind)
  const before = resourcesOf(own)
  const removed = new Set(change.remove)
  const after = tidy([...before.filter((resource) => !removed.has(resource)), ...change.add])
  if (isSameSet(before, after)) return null
  return editFor(text, document, own, after.length === 0 ? null : kind.write(after, own))
}

/** Two changes, the second of what the first one leaves, as one: from where one of them begins to where both have ended. */
function joined(first: PolicyEdit | null, second: PolicyEdit | null): PolicyEdit | null {
  if (first === null || second === null) return first ?? second
  const [text, after] = [first.before ?? '', second.after ?? '']
  const at = Math.min(first.at, second.at)
  const kept = Math.min(behind(first), behind(second))
  return {
    at,
    removed: text.slice(at, text.length - kept),
    added: after.slice(at, after.length - kept),
    before: first.before,
    after: second.after,
  }
}

/** How much of a policy stands unchanged behind a change. */
function behind({ at, removed, before }: PolicyEdit): number {
  return (before ?? '').length - at - removed.length
}

/** Without what a prefix among them opens already; each once. */
function tidy(resources: readonly string[]): string[] {
  const prefixes = resources.filter((resource) => resource.endsWith('*')).map((each) => each.slice(0, -1))
  return [...new Set(resources)].filter((resource) => {
    const bare = resource.endsWith('*') ? resource.slice(0, -1) : resource
    return !prefixes.some((prefix) => bare.startsWith(prefix) && !(resource.endsWith('*') && bare === prefix))
  })
}

function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return new Set(a).size === b.length && b.every((item) => a.includes(item))
}

function ownStatement(
  document: PolicyDocument | null,
  place: PolicyPlace,
  { sid, isOwn }: OwnKind,
): LocatedStatement | null {
  const named = document?.statements.filter(({ value }) => value['Sid'] === sid) ?? []
  const [own, another] = named
  if (own === undefined) return null
  if (another !== undefined || !isOwn(own.value, place))
    throw failure(
      'safety-refused',
      `The bucket’s policy has a statement “${sid}” that is not as Pail writes it. Give it another name, or remove it.`,
    )
  return own
}

function editFor(
  text: string | null,
  document: PolicyDocument | null,
  own: LocatedStatement | null,
  statement: object | null,
): PolicyEdit {
  if (text === null || document === null) {
    const added = JSON.stringify({ Version: '2012-10-17', Statement: [statement] }, null, 2)
    return { at: 0, removed: '', added, before: null, after: added }
  }
  if (statement === null) return withoutStatement(text, document, own)
  if (own !== null) {
    const isMultiline = text.slice(own.start, own.end).includes('\n')
    return replaced(
      text,
      own.start,
      own.end,
      written(statement, isMultiline ? indentBefore(text, own.start) : null),
    )
  }
  const last = document.statements.at(-1)
  if (document.list === null && last !== undefined) {
    // A lone statement becomes the first of a list.
    const indent = text.includes('\n') ? indentBefore(text, last.start) : null
    const lone = text.slice(last.start, last.end)
    return replaced(text, last.start, last.end, `[${lone}, ${written(statement, indent)}]`)
  }
  if (last === undefined) {
    const at = (document.list?.start ?? 0) + 1
    return replaced(text, at, at, written(statement, null))
  }
  const lineStart = text.lastIndexOf('\n', last.start) + 1
  const indent = text.slice(lineStart, last.start)
  // On a line of its own, as the others are, or behind the last one.
  return lineStart > 0 && /^[ \t]*$/.test(indent)
    ? replaced(text, last.end, last.end, `,\n${indent}${written(statement, indent)}`)
    : replaced(text, last.end, last.end, `,${written(statement, null)}`)
}

function withoutStatement(text: string, document: PolicyDocument, own: LocatedStatement | null): PolicyEdit {
  const index = own === null ? -1 : document.statements.indexOf(own)
  // A policy without statements is none that S3 takes.
  if (own === null || document.statements.length === 1)
    return { at: 0, removed: text, added: '', before: text, after: null }
  const previous = document.statements[index - 1]
  const next = document.statements[index + 1]
  // With the comma and the space on one side of it.
  return previous === undefined
    ? replaced(text, own.start, next?.start ?? own.end, '')
    : replaced(text, previous.end, own.end, '')
}

function replaced(text: string, start: number, end: number, added: string): PolicyEdit {
  return {
    at: start,
    removed: text.slice(start, end),
    added,
    before: text,
    after: text.slice(0, start) + added + text.slice(end),
  }
}

/** `indent` stands before each line but the first; null writes it on one line. */
function written(statement: object, indent: string | null): string {
  return indent === null
    ? JSON.stringify(statement)
    : JSON.stringify(statement, null, 2).replaceAll('\n', `\n${indent}`)
}

function indentBefore(text: string, at: number): string {
  return /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', at - 1) + 1, at))?.[0] ?? ''
}

/** What is written goes through the eyes that read it: nobody else's statement may be another one afterwards. */
function checkEdit(before: PolicyDocument | null, place: PolicyPlace, after: string | null): void {
  const others = (document: PolicyDocument | null) =>
    (document?.statements ?? [])
      .filter(({ value }) => !isOwnStatement(value, place) && !isOwnDeny(value, place))
      .map(({ start, end }) => document?.text.slice(start, end))
  const written = after === null ? null : parsePolicyDocument(after)
  const kept = others(written)
  const wanted = others(before)
  if (
    (after !== null && written === null) ||
    kept.length !== wanted.length ||
    kept.some((text, index) => text !== wanted[index])
  )
    throw failure('bug', 'The changed policy is not what it was meant to be, and was not sent.')
}

/** The resource of a key, or of everything below a prefix. Throws `invalid-argument` for what a policy would read as a pattern. */
export function resourceOf(place: PolicyPlace, target: { key: string } | { prefix: string }): string {
  const name = 'key' in target ? target.key : target.prefix
  if (/[*?]|\$\{/.test(name))
    throw failure(
      'invalid-argument',
      'A name with *, ? or ${ in it cannot be named in a policy by itself: it would mean other names, too.',
      { key: name },
    )
  return `${objectArnBase(place)}${name}${'key' in target ? '' : '*'}`
}
