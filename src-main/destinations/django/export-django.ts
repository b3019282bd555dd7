import { isIP } from 'node:net'
import type { DestinationInput } from '../../../src-preload/contract/destination.ts'
import type { DjangoAccess, DjangoExport, DjangoForm } from '../../../src-preload/contract/django.ts'
import { failure } from '../../../src-preload/contract/failure.ts'
import type { ProfileInput } from '../../../src-preload/contract/profile.ts'
import { encodeKey, encodeKeyForSite } from '../../s3/object-url.ts'
import { corsRules, leastPrivilegePolicy, publicReadPolicy } from './export-policies.ts'
import { cloudFrontKeyPair, type StorageClass, storageBackends, storageClasses } from './export-storages.ts'
import { commentText, pythonString } from './python-text.ts'

/** What settings are made for. */
export interface ExportDjangoOptions {
  readonly bucket: string
  readonly service: Pick<ProfileInput, 'endpoint' | 'region' | 'addressing'>
  /** The destinations of this bucket. */
  readonly destinations: readonly DestinationInput[]
  readonly form: DjangoForm
  readonly access: DjangoAccess
  /** The dotted name under which Django will find `storage_backends.py`. */
  readonly module: string
  /** The site's own origins, for the CORS rules; with none, every origin may read. */
  readonly origins: readonly string[]
}

/**
 * The settings with which a Django project uses the destinations of a bucket, and what the bucket and the site's key
 * need for it. Data only: nothing is written, and no key is in it.
 * Throws `invalid-argument` for a module name or an origin that cannot be one, `not-found` without destinations.
 */
export function exportDjango(options: ExportDjangoOptions): DjangoExport {
  const { bucket, service, destinations, form, access, module, origins } = options
  if (!/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/.test(module) || module.length > 200)
    throw failure('invalid-argument', `“${module}” is not the name of a Python module.`)
  for (const origin of origins)
    if (!URL.canParse(origin) || new URL(origin).origin !== origin || !/^https?:/.test(origin))
      throw failure('invalid-argument', `“${origin}” is not an origin: write https://www.example.org.`)
  if (destinations.length === 0)
    throw failure('not-found', `The bucket ${bucket} has no destinations to make settings from.`)
  const notes: string[] = []
  const note = (sentence: string) => void notes.push(sentence.slice(0, 1000))
  const classes = storageClasses(destinations, access, note)
  const keyPairId = cloudFrontKeyPair(destinations)
  const isAnyPublic = destinations.some(({ visibility }) => visibility === 'public')
  const { policy, leftOut } =
    access === 'policy'
      ? publicReadPolicy(bucket, service.region, destinations)
      : { policy: null, leftOut: [] }
  for (const { open, hidden } of leftOut)
    note(
      `“${open.name}” is public and holds “${hidden.name}”, which is private. A policy for the whole prefix would open both, so that it has neither: move one of the two.`,
    )
  return {
    files: [
      {
        name: 's3_settings.py',
        purpose:
          form === 'storages'
            ? 'For Django 4.2 and later. Put it beside settings.py and import it there: from .s3_settings import *'
            : 'For Django before 4.2. Put it beside settings.py and import it there: from .s3_settings import *',
        text: settingsText(options, classes),
      },
      {
        name: 'storage_backends.py',
        purpose: `The storage classes, found by Django as ${module}.`,
        text: storageBackends(bucket, classes),
      },
      {
        name: '.env.example',
        purpose:
          'The variables that the site’s environment has to have. Keep the keys out of the repository.',
        text: `AWS_ACCESS_KEY_ID=\nAWS_SECRET_ACCESS_KEY=\n${keyPairId === null ? '' : 'AWS_CLOUDFRONT_KEY=\n'}`,
      },
      {
        name: 'iam-policy.json',
        purpose: 'For the IAM user whose keys the site has, in place of AmazonS3FullAccess.',
        text: json(leastPrivilegePolicy(bucket, service.region, destinations, access === 'acl')),
      },
      ...(policy === null
        ? []
        : [
            {
              name: 'bucket-policy.json' as const,
              purpose: 'Lets everybody read the public prefixes. The bucket must not block public policies.',
              text: json(policy),
            },
          ]),
      ...(isAnyPublic
        ? [
            {
              name: 'cors.json' as const,
              purpose: 'Lets pages of the site use fonts and scripts from the bucket (put-bucket-cors).',
              text: json(corsRules(origins)),
            },
          ]
        : []),
    ],
    notes,
  }
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

function settingsText(options: ExportDjangoOptions, classes: readonly StorageClass[]): string {
  const { bucket, service, form, module } = options
  const keyPairId = cloudFrontKeyPair(options.destinations)
  const backendOf = (each: StorageClass) => pythonString(`${module}.${each.className}`)
  const forStatic = classes.find(({ alias }) => alias === 'staticfiles')
  const byDefault = classes.find(({ alias }) => alias === 'default')
  const lines = [
    `# Files of this site are in the bucket ${commentText(bucket)}. The keys come from the environment.`,
    'import os',
    '',
    'AWS_ACCESS_KEY_ID = os.environ.get("AWS_ACCESS_KEY_ID")',
    'AWS_SECRET_ACCESS_KEY = os.environ.get("AWS_SECRET_ACCESS_KEY")',
    `AWS_STORAGE_BUCKET_NAME = ${pythonString(bucket)}`,
    `AWS_S3_REGION_NAME = ${pythonString(service.region)}`,
    ...(service.endpoint === null ? [] : [`AWS_S3_ENDPOINT_URL = ${pythonString(service.endpoint)}`]),
    `AWS_S3_ADDRESSING_STYLE = ${pythonString(addressingOf(options))}`,
    'AWS_S3_SIGNATURE_VERSION = "s3v4"',
    ...(keyPairId === null
      ? []
      : [
          '# Signs links at a custom domain for CloudFront: a private key as PEM, with \\n for its ends of lines if need be.',
          `AWS_CLOUDFRONT_KEY_ID = ${pythonString(keyPairId)}`,
          'AWS_CLOUDFRONT_KEY = os.environ.get("AWS_CLOUDFRONT_KEY", "").replace("\\\\n", "\\n").encode("ascii")',
        ]),
    '',
    ...(forStatic ? [`STATIC_URL = ${pythonString(addressOf(options, forStatic))}`] : []),
    ...(byDefault ? [`MEDIA_URL = ${pythonString(addressOf(options, byDefault))}`] : []),
    '',
  ]
  const others = classes.filter((each) => each !== forStatic && each !== byDefault)
  if (form === 'older')
    lines.push(
      ...(byDefault ? [`DEFAULT_FILE_STORAGE = ${backendOf(byDefault)}`] : []),
      ...(forStatic ? [`STATICFILES_STORAGE = ${backendOf(forStatic)}`] : []),
      ...others.map((each) => `${each.alias.toUpperCase()}_STORAGE = ${backendOf(each)}`),
    )
  else
    lines.push(
      'STORAGES = {',
      `    "default": {"BACKEND": ${byDefault ? backendOf(byDefault) : '"django.core.files.storage.FileSystemStorage"'}},`,
      `    "staticfiles": {"BACKEND": ${forStatic ? backendOf(forStatic) : '"django.contrib.staticfiles.storage.StaticFilesStorage"'}},`,
      ...others.map((each) => `    ${pythonString(each.alias)}: {"BACKEND": ${backendOf(each)}},`),
      '}',
    )
  return `${lines.join('\n')}\n`
}

/** A bucket whose name has dots, or a service without names for its buckets, is reached by its path. */
function addressingOf({ service, bucket }: ExportDjangoOptions): 'virtual' | 'path' {
  const host = service.endpoint === null ? '' : new URL(service.endpoint).hostname
  const isNumeric = isIP(host.replace(/^\[|\]$/g, '')) !== 0
  return service.addressing === 'path' || isNumeric || bucket.includes('.') ? 'path' : 'virtual'
}

/** Where the files of a storage are, with a slash at the end. */
function addressOf(options: ExportDjangoOptions, { attributes, destination }: StorageClass): string {
  const { service, bucket } = options
  const domain = attributes['custom_domain']
  if (typeof domain === 'string')
    return `${String(attributes['url_protocol'])}//${domain}/${encodeKeyForSite(destination.prefix)}`
  const prefix = encodeKey(destination.prefix)
  const { region } = service
  const host = region === 'us-east-1' ? 's3.amazonaws.com' : `s3.${region}.amazonaws.com`
  const url = new URL(service.endpoint ?? `https://${host}${region.startsWith('cn-') ? '.cn' : ''}`)
  return addressingOf(options) === 'path'
    ? `${url.origin}/${encodeURIComponent(bucket)}/${prefix}`
    : `${url.protocol}//${bucket}.${url.host}/${prefix}`
}
