import { posix } from 'node:path'
import { keyPairIdSchema } from '../../../src-preload/contract/cloudfront-key.ts'
import type { WithoutKeys } from '../../../src-preload/contract/destination.ts'
import type { DjangoDestination } from '../../../src-preload/contract/django.ts'
import { type HeaderRule, headerRuleSchema } from '../../../src-preload/contract/header-rule.ts'
import { type PythonValue, textOf, truth } from './python-value.ts'
import type { FoundStorage } from './find-storages.ts'
import type { StorageSetting } from './storage-facts.ts'

/** What a destination is made of, but for its name. */
export type NamelessDestination = WithoutKeys<DjangoDestination, 'name'>

/** Hears of what cannot be told from the source, and of what has no counterpart. */
export interface ReadingRemarks {
  question(setting: string, value: PythonValue): void
  note(sentence: string): void
}

/** A setting's text; null for None, False, the empty text, and what is not known, which is asked. */
export function settingText(
  storage: FoundStorage,
  name: StorageSetting,
  remarks: ReadingRemarks,
): string | null {
  const { value } = storage.facts.setting(name)
  if (value.type === 'unknown' || value.type === 'secret') remarks.question(name, value)
  const isNothing = truth(value) !== true
  return isNothing ? null : textOf(value)
}

/** Methods of which what they come to is read, or asked. */
const answeredMethods = new Set(['get_object_parameters', 'get_available_name'])

/** The parameters of a write that other parts of the application carry for a destination. */
const carried = new Set([
  'CacheControl',
  'ContentDisposition',
  'ContentEncoding',
  'ContentLanguage',
  'ContentType',
  'ACL',
])

/** What parameters of a write are called in a header rule. */
const ruled = [
  ['ContentDisposition', 'contentDisposition'],
  ['ContentEncoding', 'contentEncoding'],
  ['ContentLanguage', 'contentLanguage'],
  ['ContentType', 'contentType'],
] as const

/**
 * The destination that a storage comes to, by the rules of django-storages: a custom domain is never signed, without
 * one `url()` is signed unless `querystring_auth` is off, and `default_acl` says who can read what is written.
 */
export function destinationOfStorage(
  storage: FoundStorage,
  remarks: ReadingRemarks,
): { readonly destination: NamelessDestination; readonly visibilityFrom: StorageSetting } {
  const { facts, alias } = storage
  const text = (name: StorageSetting) => settingText(storage, name, remarks)
  const flag = (name: StorageSetting): boolean => {
    const { value } = facts.setting(name)
    const holds = truth(value)
    if (holds === null) remarks.question(name, value)
    return holds === true
  }
  const bucket = text('bucket_name')
  const location = facts.setting('location').value
  const isLocationKnown = location.type !== 'unknown' && location.type !== 'secret'
  const parameters = readParameters(storage, remarks)
  const acl = parameters.acl ?? text('default_acl')
  const domain = text('custom_domain')
  const signs = domain === null && flag('querystring_auth')
  const isPublicAcl = acl !== null && acl.startsWith('public-read')
  const signsByCloudFront = domain !== null && truth(facts.setting('cloudfront_key_id').value) !== false
  const isPrivate = isPublicAcl
    ? false
    : acl === 'private' || signs || (signsByCloudFront && flag('querystring_auth'))
  if (acl === 'private' && domain !== null && !signsByCloudFront)
    remarks.note(
      `${facts.name} is private and has a custom domain, so that Django’s links to it carry no signature and cannot be opened. Here its links are presigned, at the bucket’s own address.`,
    )
  // django-storages signs at a custom domain with the one key pair, and there only.
  const keyPairId =
    isPrivate && signsByCloudFront && flag('querystring_auth') ? keyPairOf(storage, remarks) : null
  for (const each of new Set(facts.strangers))
    remarks.note(
      `${facts.name} is also made from what is not in this folder (${each.slice(0, 200)}): what that says is not known.`,
    )
  const others = [...facts.methods].filter(([name]) => !answeredMethods.has(name))
  if (others.length > 0)
    remarks.note(
      `${facts.name} has methods of its own, which are not read: ${others
        .map(([name, { file, line }]) => `${name} (${file}, line ${line})`)
        .join(', ')
        .slice(0, 600)}.`,
    )
  if (flag('gzip'))
    remarks.note(`${facts.name} stores text compressed (gzip). Here a sync has --precompress for that.`)
  const expires = Number(text('querystring_expire') ?? 3600)
  const baseUrl =
    isPrivate && keyPairId === null
      ? null
      : baseUrlOf(domain, text('url_protocol') ?? 'https:', facts.name, remarks)
  const shared = {
    bucket,
    prefix: isLocationKnown ? prefixOf(text('location') ?? '') : askLocation(location, remarks),
    visibility: isPrivate ? ('private' as const) : ('public' as const),
    cacheControl: parameters.cacheControl,
    baseUrl,
    ...(keyPairId === null || baseUrl === null ? {} : { keyPairId }),
    linkExpirySeconds: Number.isInteger(expires) ? Math.min(Math.max(expires, 1), 604_800) : 3600,
    ...(parameters.rules.length > 0 ? { rules: parameters.rules } : {}),
  }
  // Asked for static files, too: a setting that cannot be told is a question, whatever it is used for.
  const overwrites = flag('file_overwrite')
  const isStatic =
    alias === 'staticfiles' ||
    (alias === null && facts.isStatic) ||
    // Static files that are not those of `collectstatic`: what replaces nothing is uploads.
    (alias !== null && alias !== 'default' && facts.isMadeForStatic && overwrites)
  const destination: NamelessDestination = isStatic
    ? {
        ...shared,
        kind: 'static',
        folderId: null,
        exclude: [],
        ...(facts.isManifest ? { longCache: true } : {}),
      }
    : {
        ...shared,
        kind: 'media',
        onConflict: overwrites ? 'overwrite' : 'keep-both',
        // Django cleans the names of uploads, and looks for them under what is left.
        cleanNames: true,
      }
  const isOpen = (name: StorageSetting) => truth(facts.setting(name).value) === null
  const visibilityFrom =
    parameters.acl !== null
      ? 'object_parameters'
      : acl !== null || isOpen('default_acl')
        ? 'default_acl'
        : (domain !== null && !signsByCloudFront) || isOpen('custom_domain')
          ? 'custom_domain'
          : 'querystring_auth'
  return { destination, visibilityFrom }
}

/** The key pair that signs a storage's links for CloudFront; null when it is not known, which is asked, or is none. */
function keyPairOf({ facts }: FoundStorage, remarks: ReadingRemarks): string | null {
  const { value } = facts.setting('cloudfront_key_id')
  const id = textOf(value)
  if (id === null) {
    remarks.question('cloudfront_key_id', value)
    remarks.note(
      `${facts.name} signs its links with a key pair of CloudFront whose ID is not known. Until it is, they are presigned, at the bucket’s own address.`,
    )
    return null
  }
  if (!keyPairIdSchema.safeParse(id).success) {
    remarks.note(
      `${facts.name} signs its links for CloudFront, but what it has for the ID of the key pair is none. Here they are presigned, at the bucket’s own address.`,
    )
    return null
  }
  remarks.note(
    `${facts.name} signs its links with the key pair ${id} of CloudFront. Its private key is not read: enter it in Pail, where the destination is edited, under “Links signed for CloudFront”. Without it there are no links.`,
  )
  return id
}

function askLocation(value: PythonValue, remarks: ReadingRemarks): null {
  remarks.question('location', value)
  return null
}

/** As django-storages joins a location and a name; a backslash in a location is one in the keys. */
function prefixOf(location: string): string {
  const normal = posix.normalize(location).replace(/^\/+|\/+$/g, '')
  return normal === '.' || normal === '' ? '' : `${normal}/`
}

function baseUrlOf(
  domain: string | null,
  protocol: string,
  name: string,
  remarks: ReadingRemarks,
): string | null {
  if (domain === null) return null
  const url = `${protocol}//${domain.replace(/\/+$/, '')}`
  const parsed = URL.canParse(url) ? new URL(url) : null
  if (parsed && /^https?:$/.test(parsed.protocol) && !parsed.username && !parsed.password && !parsed.search)
    return url.slice(0, 1024)
  remarks.note(`The custom domain of ${name} is no address that links could have.`)
  return null
}

function readParameters(
  storage: FoundStorage,
  remarks: ReadingRemarks,
): { cacheControl: string | null; acl: string | null; rules: HeaderRule[] } {
  const { value } = storage.facts.setting('object_parameters')
  const nothing = { cacheControl: null, acl: null, rules: [] }
  if (value.type !== 'dict') {
    if (value.type === 'unknown' || value.type === 'secret') remarks.question('object_parameters', value)
    return nothing
  }
  if (value.rest !== undefined) remarks.question('object_parameters', value.rest)
  const text = (name: string): string | null => {
    const entry = value.entries.get(name)
    if (entry === undefined) return null
    if (entry.type === 'unknown' || entry.type === 'secret')
      remarks.question(`object_parameters["${name}"]`, entry)
    const found = truth(entry) === true ? textOf(entry) : null
    return found !== null && /^[\t\u0020-\u007e]{1,512}$/.test(found) ? found : null
  }
  const left = [...value.entries.keys()].filter((name) => !carried.has(name))
  if (left.length > 0)
    remarks.note(
      `${storage.facts.name} also sends ${left.join(', ').slice(0, 200)}, which is not taken over.`,
    )
  const rule = Object.fromEntries(
    ruled.flatMap(([parameter, header]) => {
      const value = text(parameter)
      if (value === null) return []
      if (headerRuleSchema.safeParse({ glob: '*', [header]: value }).success)
        return [[header, value] as const]
      remarks.note(
        `${storage.facts.name} sends a ${parameter} that is no such header, and which is not taken over.`,
      )
      return []
    }),
  )
  return {
    cacheControl: text('CacheControl'),
    acl: text('ACL'),
    rules: Object.keys(rule).length === 0 ? [] : [{ glob: '*', ...rule }],
  }
}
